import { LIMITS } from "./limits.js";
export type Notice = import("./messages.js").Notice;
export type Timers = import("./reconnecting-socket.js").Timers;
export type SeatwireOptions = {
    /**
     * `http(s)://host` or `ws(s)://host/seats`; the page's own host when absent.
     */
    url?: string | URL | undefined;
    token?: string | undefined;
    /**
     * Each once, whatever is watched.
     */
    onNotice?: (notice: Notice) => void;
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
 * @typedef {import("./messages.js").Notice} Notice
 * @typedef {import("./reconnecting-socket.js").Timers} Timers
 *
 * @typedef {object} SeatwireOptions
 * @property {string | URL | undefined} [url]        `http(s)://host` or `ws(s)://host/seats`; the page's own host when absent.
 * @property {string | undefined} [token]
 * @property {(notice: Notice) => void} [onNotice]  Each once, whatever is watched.
 * @property {any} [WebSocket]     A WebSocket class, for Node before 22 or for tests.
 * @property {typeof globalThis.fetch} [fetch]
 * @property {Timers} [timers]
 * @property {() => number} [random]
 * @property {any} [window]        Where `online`, `offline`, `pageshow` and `visibilitychange` are heard.
 * @property {Partial<typeof LIMITS>} [limits]
 */
/** @param {SeatwireOptions} options */
export declare function withDefaults(options: SeatwireOptions): {
    WebSocket: any;
    fetch: typeof fetch;
    timers: import("./reconnecting-socket.js").Timers;
    random: () => number;
    window: any;
    limits: Readonly<{
        backoffBaseMs: 500;
        backoffMaxMs: 15000;
        connectMaxMs: 10000;
        silenceMs: 30000;
        answerMaxMs: 10000;
        retryMs: 3000;
        offersEveryMs: 200;
    }>;
};
