import { SeatMap } from "./seatmap.js";
export type Status = import("./seatwire.js").Status;
export type ServerError = import("./messages.js").ServerError;
export type BusPosition = import("./messages.js").BusPosition;
export type RouteUpdate = import("./messages.js").RouteUpdate;
export type Notice = import("./messages.js").Notice;
export type Offer = import("./seatmap.js").Offer;
export type SeatUpdate = import("./seatmap.js").SeatUpdate;
export type WatchOptions = {
    /**
     * The traveller's segment, for `freeSeats` and `stateOf` of the watch;
     */
    fromStopIndex?: number | undefined;
    /**
     * the whole route when absent.
     */
    toStopIndex?: number | undefined;
    /**
     * Replaces the connection's token (one connection, one viewer).
     */
    token?: string | undefined;
    /**
     * After every event, and after a snapshot or for another viewer (then `update` is null). The map is live: read it,
     * do not keep it.
     */
    onChange?: (map: SeatMap, update: SeatUpdate | null) => void;
    /**
     * After a change that is no sale; the map is asked for again by itself.
     */
    onRouteUpdate?: (update: RouteUpdate) => void;
    onBusPosition?: (position: BusPosition) => void;
    /**
     * Of the route, or of the viewer's account.
     */
    onNotice?: (notice: Notice) => void;
    /**
     * The free seats of the watch's segment that are not for everybody, asked for after every change.
     */
    onOffers?: ((offers: Offer[]) => void) | undefined;
    onStatus?: (status: Status) => void;
    /**
     * `route_not_found` ends the watch; after `unauthorized` nothing happens until there is another token.
     */
    onError?: (error: ServerError) => void;
};
/**
 * @typedef {import("./seatwire.js").Status} Status
 * @typedef {import("./messages.js").ServerError} ServerError
 * @typedef {import("./messages.js").BusPosition} BusPosition
 * @typedef {import("./messages.js").RouteUpdate} RouteUpdate
 * @typedef {import("./messages.js").Notice} Notice
 * @typedef {import("./seatmap.js").Offer} Offer
 * @typedef {import("./seatmap.js").SeatUpdate} SeatUpdate
 *
 * @typedef {object} WatchOptions
 * @property {number | undefined} [fromStopIndex]  The traveller's segment, for `freeSeats` and `stateOf` of the watch;
 * @property {number | undefined} [toStopIndex]    the whole route when absent.
 * @property {string | undefined} [token]          Replaces the connection's token (one connection, one viewer).
 * @property {(map: SeatMap, update: SeatUpdate | null) => void} [onChange]
 *   After every event, and after a snapshot or for another viewer (then `update` is null). The map is live: read it,
 *   do not keep it.
 * @property {(update: RouteUpdate) => void} [onRouteUpdate]
 *   After a change that is no sale; the map is asked for again by itself.
 * @property {(position: BusPosition) => void} [onBusPosition]
 * @property {(notice: Notice) => void} [onNotice]  Of the route, or of the viewer's account.
 * @property {((offers: Offer[]) => void) | undefined} [onOffers]
 *   The free seats of the watch's segment that are not for everybody, asked for after every change.
 * @property {(status: Status) => void} [onStatus]
 * @property {(error: ServerError) => void} [onError]
 *   `route_not_found` ends the watch; after `unauthorized` nothing happens until there is another token.
 */
/** Somebody's interest in a route; returned by `watchRoute`. */
export declare class RouteWatch {
    #private;
    /** @readonly */
    options: WatchOptions;
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
    /** Another viewer watches: of whose tickets they are nothing is kept, also not in the last event that was told. */
    forgetTickets(): void;
    /** Has offers asked for where somebody wants them. */
    wishOffers(): void;
    /** @param {unknown} id @param {Offer[]} offers */
    tellOffers(id: unknown, offers: Offer[]): void;
    /** @param {BusPosition} position */
    tellBusPosition(position: BusPosition): void;
    /** @param {RouteUpdate} update */
    tellRouteUpdate(update: RouteUpdate): void;
    /** @param {Notice} notice */
    tellNotice(notice: Notice): void;
    /** @param {ServerError} error */
    tellError(error: ServerError): void;
}
