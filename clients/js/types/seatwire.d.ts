import { LIMITS } from "./limits.js";
import { SeatMap } from "./seatmap.js";
import { RouteWatch } from "./watched-route.js";
export { LIMITS, RouteWatch, SeatMap };
export type SeatUpdate = import("./seatmap.js").SeatUpdate;
export type Notice = import("./messages.js").Notice;
export type RouteUpdate = import("./messages.js").RouteUpdate;
export type ServerError = import("./messages.js").ServerError;
export type SeatwireOptions = import("./options.js").SeatwireOptions;
export type WatchOptions = import("./watched-route.js").WatchOptions;
export type Status = "connecting" | "live" | "reconnecting";
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
     * Changes who is watching: on the connection that is open, or by a new one that resumes every route where it
     * was. Nobody is said to be watching only by a new one. What only the former viewer may know is forgotten.
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
