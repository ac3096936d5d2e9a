/**
 * The server's spelling of a route's id. What is no id stays as it is, so that the server can say so.
 * @param {string} id
 * @returns {string}
 */
export declare function canonicalRouteId(id: string): string;
