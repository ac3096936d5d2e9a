export type SeatMapOptions = import("./seat-map-store.js").SeatMapOptions;
export type SeatMapSnapshot = import("./seat-map-store.js").SeatMapSnapshot;
export type SeatMapStore = import("./seat-map-store.js").SeatMapStore;
export type Seatwire = import("./seatwire.js").Seatwire;
export type UseSeatMapOptions = Pick<SeatMapOptions, "token" | "fromStopIndex" | "toStopIndex" | "offers" | "WebSocket">;
/**
 * @typedef {import("./seat-map-store.js").SeatMapOptions} SeatMapOptions
 * @typedef {import("./seat-map-store.js").SeatMapSnapshot} SeatMapSnapshot
 * @typedef {import("./seat-map-store.js").SeatMapStore} SeatMapStore
 * @typedef {import("./seatwire.js").Seatwire} Seatwire
 * @typedef {Pick<SeatMapOptions, "token" | "fromStopIndex" | "toStopIndex" | "offers" | "WebSocket">} UseSeatMapOptions
 */
/**
 * The live seats of a route. Every argument may be a ref or a getter: another token or segment keeps the map,
 * another server or route begins anew.
 * @param {import("vue").MaybeRefOrGetter<string | URL | Seatwire | undefined>} server
 * @param {import("vue").MaybeRefOrGetter<string | null | undefined>} routeId  Nothing is watched while there is none.
 * @param {import("vue").MaybeRefOrGetter<UseSeatMapOptions>} [options]
 * @returns {{snapshot: Readonly<import("vue").ShallowRef<SeatMapSnapshot>>, refresh: () => void}}
 */
export declare function useSeatMap(server: import("vue").MaybeRefOrGetter<string | URL | Seatwire | undefined>, routeId: import("vue").MaybeRefOrGetter<string | null | undefined>, options?: import("vue").MaybeRefOrGetter<UseSeatMapOptions>): {
    snapshot: Readonly<import("vue").ShallowRef<SeatMapSnapshot>>;
    refresh: () => void;
};
