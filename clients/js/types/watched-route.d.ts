import { SeatMap } from "./seatmap.js";
export type Status = import("./seatwire.js").Status;
export type WatchOptions = import("./seatwire.js").WatchOptions;
export type ServerError = import("./seatwire.js").ServerError;
export type BusPosition = import("./seatwire.js").BusPosition;
export type RouteUpdate = import("./seatwire.js").RouteUpdate;
export type Offer = import("./seatmap.js").Offer;
export type SeatUpdate = import("./seatmap.js").SeatUpdate;
/**
 * @typedef {import("./seatwire.js").Status} Status
 * @typedef {import("./seatwire.js").WatchOptions} WatchOptions
 * @typedef {import("./seatwire.js").ServerError} ServerError
 * @typedef {import("./seatwire.js").BusPosition} BusPosition
 * @typedef {import("./seatwire.js").RouteUpdate} RouteUpdate
 * @typedef {import("./seatmap.js").Offer} Offer
 * @typedef {import("./seatmap.js").SeatUpdate} SeatUpdate
 */
/** Somebody's interest in a route; returned by `watchRoute`. */
export declare class RouteWatch {
    #private;
    /** @readonly */
    options: import("./seatwire.js").WatchOptions;
    /** When offers are asked for, if somebody wants them. @type {import("./throttle.js").Throttle | undefined} */
    offers: import("./throttle.js").Throttle | undefined;
    /** What answers about offers bear. @type {number | undefined} */
    id: number | undefined;
    /** @param {WatchedRoute} route @param {WatchOptions} options @param {{refresh(): void, close(): void}} actions */
    constructor(route: WatchedRoute, options: WatchOptions, actions: {
        refresh(): void;
        close(): void;
    });
    get segment(): {
        fromStopIndex: number | undefined;
        toStopIndex: number | undefined;
    };
    get routeId(): string;
    get status(): import("./seatwire.js").Status;
    get map(): SeatMap;
    /** Free seats on the watch's own segment. */
    freeSeats(): number[];
    /** @param {number} seatNumber */
    stateOf(seatNumber: number): import("./seatmap.js").SeatState;
    /** @param {number | undefined} fromStopIndex @param {number | undefined} toStopIndex */
    setSegment(fromStopIndex: number | undefined, toStopIndex: number | undefined): void;
    /** Asks for a fresh snapshot, for example after a refusal that the map did not foresee. */
    refresh(): void;
    close(): void;
}
/** What one connection knows about one route; shared by its watches. */
export declare class WatchedRoute {
    routeId: string;
    status: import("./seatwire.js").Status;
    map: SeatMap;
    /** @type {Set<RouteWatch>} */
    watches: Set<RouteWatch>;
    /** Whether this connection's subscription was acknowledged. */
    subscribed: boolean;
    /** Whether a snapshot is on its way. */
    asked: boolean;
    /** Whether the map is known to be the server's. */
    settled: boolean;
    /** @type {unknown} */
    timer: unknown;
    /** @param {string} routeId @param {Status} status */
    constructor(routeId: string, status: Status);
    /** @param {Status} status */
    setStatus(status: Status): void;
    /** @param {SeatUpdate | null} update */
    tellChange(update: SeatUpdate | null): void;
    /** Has offers asked for where somebody wants them. */
    wishOffers(): void;
    /** @param {unknown} id @param {Offer[]} offers */
    tellOffers(id: unknown, offers: Offer[]): void;
    /** @param {BusPosition} position */
    tellBusPosition(position: BusPosition): void;
    /** @param {RouteUpdate} update */
    tellRouteUpdate(update: RouteUpdate): void;
    /** @param {ServerError} error */
    tellError(error: ServerError): void;
}
