export type Timers = import("./reconnecting-socket.js").Timers;
/** @typedef {import("./reconnecting-socket.js").Timers} Timers */
/** Twice the rooms of a connection. If more are not confirmed, a new connection leaves all of them at once. */
export declare const LEFT_MAX = 128;
export declare class LeftRoutes {
    #private;
    /**
     * @param {object} options
     * @param {(frame: object) => boolean} options.send  Whether it was handed to an open connection.
     * @param {Timers} options.timers
     * @param {number} options.retryMs
     * @param {() => void} options.onTooMany
     */
    constructor(options: {
        send: (frame: object) => boolean;
        timers: Timers;
        retryMs: number;
        onTooMany: () => void;
    });
    /** @param {string} routeId */
    leave(routeId: string): void;
    /** It is watched again, so it must not be left any more. @param {string} routeId */
    keep(routeId: string): void;
    /** Whether the frame was an answer of this kind. @param {{event?: string, data?: any, id?: unknown}} frame */
    hear({ event, data, id }: {
        event?: string;
        data?: any;
        id?: unknown;
    }): boolean;
    /** The connection has ended, and all of its rooms with it. */
    stop(): void;
}
