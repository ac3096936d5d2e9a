/**
 * Whether somebody who was watching is not the one who watches from now on. Before a token there was nobody.
 * @param {string | undefined} before @param {string | undefined} after
 */
export declare function isOtherViewer(before: string | undefined, after: string | undefined): boolean;
