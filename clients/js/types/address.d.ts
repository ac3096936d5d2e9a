/**
 * @param {string | URL | undefined} given  `http(s)://host` or `ws(s)://host/seats`; the page's own host when absent.
 */
export declare function socketUrl(given: string | URL | undefined): URL;
/** @param {URL} base @param {string | undefined} token */
export declare function withToken(base: URL, token: string | undefined): string;
/**
 * Whether the server lets nobody watch with this token or, without one, wants a login first. To a script a refused
 * handshake looks like a broken network; asking over HTTP tells them apart.
 * @param {URL} base @param {string | undefined} token @param {string} routeId  Of a route that is to be watched.
 * @param {typeof globalThis.fetch} fetch
 */
export declare function isLoginRefused(base: URL, token: string | undefined, routeId: string, fetch: typeof globalThis.fetch): Promise<boolean>;
