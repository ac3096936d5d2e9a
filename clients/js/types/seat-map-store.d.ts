import { Seatwire } from "./seatwire.js";
export type Gender = import("./seatmap.js").Gender;
export type Offer = import("./seatmap.js").Offer;
export type SeatMap = import("./seatmap.js").SeatMap;
export type SeatUpdate = import("./seatmap.js").SeatUpdate;
export type BusPosition = import("./messages.js").BusPosition;
export type Notice = import("./messages.js").Notice;
export type RouteUpdate = import("./messages.js").RouteUpdate;
export type SeatwireOptions = import("./options.js").SeatwireOptions;
export type ServerError = import("./messages.js").ServerError;
export type ConnectionState = "connecting" | "live" | "offline" | "error";
export type Seat = {
    seatNumber: number;
    /**
     * On the segment that was asked for.
     */
    state: "free" | "reserved" | "confirmed" | "blocked";
    gender?: Gender;
    /**
     * A free seat that is not for everybody; only with the option `offers`.
     */
    offeredTo?: Gender;
    /**
     * The viewer's own, and for staff.
     */
    ticketId?: string;
    /**
     * The same.
     */
    pnrNumber?: string;
};
export type SeatMapSnapshot = {
    routeId: string;
    state: ConnectionState;
    error: ServerError | null;
    /**
     * The last event that is in it; 0 before the first map.
     */
    seq: number;
    /**
     * Seat 1 first; empty before the first map.
     */
    seats: readonly Readonly<Seat>[];
    freeSeats: readonly number[];
    /**
     * The event that made it; null after a whole map, and for another viewer.
     */
    lastUpdate: SeatUpdate | null;
    /**
     * The latest change that is no sale: `delayed`, `bus`, …
     */
    routeChange: RouteUpdate["change"] | null;
    /**
     * How many there were: ask for the route again when it rises.
     */
    routeChanges: number;
    busPosition: BusPosition | null;
    /**
     * The latest that an administrator has said to those who watch.
     */
    notice: Notice | null;
};
export type SegmentOptions = {
    /**
     * The traveller's segment; the whole route when absent.
     */
    fromStopIndex?: number | undefined;
    toStopIndex?: number | undefined;
};
export type SeatMapOptions = SegmentOptions & {
    offers?: boolean | undefined;
} & Omit<SeatwireOptions, "url">;
/**
 * The live map of a route. Nothing is asked until somebody subscribes, and nothing after the last one left.
 * @param {string | URL | Seatwire | undefined} server  An address, or a connection that several maps share.
 * @param {string | null | undefined} routeId  Nothing is watched without one.
 * @param {SeatMapOptions} [options]
 */
export declare function seatMap(server: string | URL | Seatwire | undefined, routeId: string | null | undefined, options?: SeatMapOptions): SeatMapStore;
export declare class SeatMapStore {
    #private;
    /** @param {string | URL | Seatwire | undefined} server @param {string | null | undefined} routeId @param {SeatMapOptions} options */
    constructor(server: string | URL | Seatwire | undefined, routeId: string | null | undefined, options: SeatMapOptions);
    /**
     * Calls back after every change, not at once. Bound to this map, so it can be handed on.
     * @param {(snapshot: SeatMapSnapshot) => void} listener
     * @returns {() => void} ends it
     */
    subscribe: (listener: (snapshot: SeatMapSnapshot) => void) => () => void;
    /**
     * The map as it is now: the same object until something changes. Without indexes, on the segment of the options.
     * @param {number} [fromStopIndex]
     * @param {number} [toStopIndex]
     * @returns {SeatMapSnapshot}
     */
    getSnapshot: (fromStopIndex?: number, toStopIndex?: number) => SeatMapSnapshot;
    /**
     * Changes who is watching; the map goes on where it was, without what only the former viewer may know. Not for a
     * shared connection, which has its own.
     * @param {string | undefined} token
     */
    setToken(token: string | undefined): void;
    /**
     * Changes the segment that is shown when none is named, and that is asked about for offers.
     * @param {number | undefined} fromStopIndex @param {number | undefined} toStopIndex
     */
    setSegment(fromStopIndex: number | undefined, toStopIndex: number | undefined): void;
    /** Asks for the whole map again, for example after a refusal that it did not foresee. */
    refresh(): void;
}
