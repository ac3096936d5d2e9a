import { SeatMap } from "./seatmap.js";
import { RouteWatch } from "./watched-route.js";
export { RouteWatch, SeatMap };
export type SeatUpdate = import("./seatmap.js").SeatUpdate;
export type Offer = import("./seatmap.js").Offer;
export type Timers = import("./reconnecting-socket.js").Timers;
export type Status = "connecting" | "live" | "reconnecting";
export type ServerError = {
    message: string;
    code: string;
    event?: string;
    routeId?: string;
};
export type RouteUpdate = {
    routeId: string;
    seq: number;
    change: "bus" | "delayed" | "inactive" | "active" | "deleted";
};
export type BusPosition = {
    routeId: string;
    lat: number;
    lng: number;
    /**
     * In km/h.
     */
    speed: number | null;
    at: string;
};
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
     * After every event, and after a snapshot (then `update` is null). The map is live: read it, do not keep it.
     */
    onChange?: (map: SeatMap, update: SeatUpdate | null) => void;
    /**
     * After a change that is no sale; the map is asked for again by itself.
     */
    onRouteUpdate?: (update: RouteUpdate) => void;
    onBusPosition?: (position: BusPosition) => void;
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
export type SeatwireOptions = {
    /**
     * `http(s)://host` or `ws(s)://host/seats`; the page's own host when absent.
     */
    url?: string | URL | undefined;
    token?: string | undefined;
    /**
     * A WebSocket class, for Node before 22 or for tests.
     */
    WebSocket?: any;
    fetch?: typeof globalThis.fetch;
    timers?: Timers;
    random?: () => number;
    /**
     * Where `online`, `offline`, `pageshow` and `visibilitychange` are heard.
     */
    window?: any;
    limits?: Partial<typeof LIMITS>;
};
/**
 * @typedef {import("./seatmap.js").SeatUpdate} SeatUpdate
 * @typedef {import("./seatmap.js").Offer} Offer
 * @typedef {import("./reconnecting-socket.js").Timers} Timers
 * @typedef {"connecting" | "live" | "reconnecting"} Status
 *
 * @typedef {object} ServerError  The data of an `error` frame.
 * @property {string} message
 * @property {string} code
 * @property {string} [event]
 * @property {string} [routeId]
 *
 * @typedef {object} RouteUpdate  The data of `route_update`.
 * @property {string} routeId
 * @property {number} seq
 * @property {"bus" | "delayed" | "inactive" | "active" | "deleted"} change
 *
 * @typedef {object} BusPosition  The data of `bus_position`.
 * @property {string} routeId
 * @property {number} lat
 * @property {number} lng
 * @property {number | null} speed  In km/h.
 * @property {string} at
 *
 * @typedef {object} WatchOptions
 * @property {number | undefined} [fromStopIndex]  The traveller's segment, for `freeSeats` and `stateOf` of the watch;
 * @property {number | undefined} [toStopIndex]    the whole route when absent.
 * @property {string | undefined} [token]          Replaces the connection's token (one connection, one viewer).
 * @property {(map: SeatMap, update: SeatUpdate | null) => void} [onChange]
 *   After every event, and after a snapshot (then `update` is null). The map is live: read it, do not keep it.
 * @property {(update: RouteUpdate) => void} [onRouteUpdate]
 *   After a change that is no sale; the map is asked for again by itself.
 * @property {(position: BusPosition) => void} [onBusPosition]
 * @property {((offers: Offer[]) => void) | undefined} [onOffers]
 *   The free seats of the watch's segment that are not for everybody, asked for after every change.
 * @property {(status: Status) => void} [onStatus]
 * @property {(error: ServerError) => void} [onError]
 *   `route_not_found` ends the watch; after `unauthorized` nothing happens until there is another token.
 *
 * @typedef {object} SeatwireOptions
 * @property {string | URL | undefined} [url]        `http(s)://host` or `ws(s)://host/seats`; the page's own host when absent.
 * @property {string | undefined} [token]
 * @property {any} [WebSocket]     A WebSocket class, for Node before 22 or for tests.
 * @property {typeof globalThis.fetch} [fetch]
 * @property {Timers} [timers]
 * @property {() => number} [random]
 * @property {any} [window]        Where `online`, `offline`, `pageshow` and `visibilitychange` are heard.
 * @property {Partial<typeof LIMITS>} [limits]
 */
export declare const LIMITS: Readonly<{
    backoffBaseMs: 500;
    backoffMaxMs: 15000;
    connectMaxMs: 10000;
    silenceMs: 30000;
    answerMaxMs: 10000;
    retryMs: 3000;
    offersEveryMs: 200;
}>;
/** One connection that watches any number of routes. */
export declare class Seatwire {
    #private;
    /** @param {SeatwireOptions} [options] */
    constructor(options?: SeatwireOptions);
    /**
     * Starts watching a route. Several watches of one route share its subscription and its map.
     * @param {string} routeId
     * @param {WatchOptions} [options]
     * @returns {RouteWatch}
     */
    watchRoute(routeId: string, options?: WatchOptions): RouteWatch;
    /**
     * Changes who is watching. A viewer is identified once per connection, so this makes a new one,
     * resuming every route where it was.
     * @param {string | undefined} token
     */
    setToken(token: string | undefined): void;
    /** Tries now instead of waiting; on an open connection, makes sure that it still answers. */
    wake(): void;
    /** Ends every watch and the connection. */
    close(): void;
}
/**
 * Watches one route on a connection of its own.
 * @param {string} routeId
 * @param {WatchOptions & SeatwireOptions} [options]
 * @returns {RouteWatch} closing it closes the connection
 */
export declare function watchRoute(routeId: string, options?: WatchOptions & SeatwireOptions): RouteWatch;
