export type SeatMapOptions = import("./seat-map-store.js").SeatMapOptions;
export type SeatMapSnapshot = import("./seat-map-store.js").SeatMapSnapshot;
export type Seatwire = import("./seatwire.js").Seatwire;
/**
 * @typedef {import("./seat-map-store.js").SeatMapOptions} SeatMapOptions
 * @typedef {import("./seat-map-store.js").SeatMapSnapshot} SeatMapSnapshot
 * @typedef {import("./seatwire.js").Seatwire} Seatwire
 */
/**
 * The live seats of a route. Another token or segment keeps the map; another server or route begins anew.
 * @param {string | URL | Seatwire | undefined} server  An address, or a connection that components share.
 * @param {string | null | undefined} routeId  Nothing is watched while there is none.
 * @param {Pick<SeatMapOptions, "token" | "fromStopIndex" | "toStopIndex" | "offers" | "WebSocket">} [options]
 * @returns {SeatMapSnapshot & {refresh: () => void}}
 */
export declare function useSeatMap(server: string | URL | Seatwire | undefined, routeId: string | null | undefined, options?: Pick<SeatMapOptions, "token" | "fromStopIndex" | "toStopIndex" | "offers" | "WebSocket">): SeatMapSnapshot & {
    refresh: () => void;
};
