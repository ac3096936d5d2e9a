/**
 * @param {any} window  Where they are heard; nothing is heard without one.
 * @param {{wake: () => void, drop: () => void}} signals
 *   `wake`: the page is looked at, or the network is back; `drop`: the network has gone.
 * @returns {() => void} ends it
 */
export declare function hearPage(window: any, { wake, drop }: {
    wake: () => void;
    drop: () => void;
}): () => void;
