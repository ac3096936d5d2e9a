export type Timers = {
    setTimeout: (run: () => void, delayMs: number) => unknown;
    clearTimeout: (timer: any) => void;
};
export type SocketLimits = {
    /**
     * Upper end of the first delay; it doubles with each failure …
     */
    backoffBaseMs: number;
    /**
     * … up to here.
     */
    backoffMaxMs: number;
    /**
     * How long a handshake may take.
     */
    connectMaxMs: number;
    /**
     * Silence after which the owner is asked to provoke an answer.
     */
    silenceMs: number;
};
export type SocketOptions = {
    /**
     * Asked again for every attempt, so that a new token is used.
     */
    url: () => string;
    WebSocket: new (url: string) => WebSocket;
    timers: Timers;
    /**
     * In [0, 1).
     */
    random: () => number;
    limits: SocketLimits;
    onOpen: () => void;
    /**
     * A parsed JSON object.
     */
    onFrame: (frame: any) => void;
    /**
     * `wasOpen` is false after an attempt that never opened.
     */
    onLost: (wasOpen: boolean) => void;
    onSilence: () => void;
};
/**
 * @typedef {object} Timers
 * @property {(run: () => void, delayMs: number) => unknown} setTimeout
 * @property {(timer: any) => void} clearTimeout
 *
 * @typedef {object} SocketLimits
 * @property {number} backoffBaseMs   Upper end of the first delay; it doubles with each failure …
 * @property {number} backoffMaxMs    … up to here.
 * @property {number} connectMaxMs    How long a handshake may take.
 * @property {number} silenceMs        Silence after which the owner is asked to provoke an answer.
 *
 * @typedef {object} SocketOptions
 * @property {() => string} url         Asked again for every attempt, so that a new token is used.
 * @property {new (url: string) => WebSocket} WebSocket
 * @property {Timers} timers
 * @property {() => number} random      In [0, 1).
 * @property {SocketLimits} limits
 * @property {() => void} onOpen
 * @property {(frame: any) => void} onFrame  A parsed JSON object.
 * @property {(wasOpen: boolean) => void} onLost  `wasOpen` is false after an attempt that never opened.
 * @property {() => void} onSilence
 */
export declare class ReconnectingSocket {
    #private;
    /** @param {SocketOptions} options */
    constructor(options: SocketOptions);
    get isOpen(): boolean;
    /** Connects now unless a connection exists or is being made; cuts a waiting delay short. */
    open(): void;
    /** Gives up the present connection and makes a new one at once, without reporting a loss. */
    restart(): void;
    /** Treats the present connection as dead: reports the loss and tries again after a delay. */
    drop(): void;
    /** Ends for good (until `open`). */
    close(): void;
    /** The owner has heard a proper answer: the next loss starts again with the shortest delay.
     * Not done on opening, or a server that accepts and then hangs up would be hammered. */
    confirmHealthy(): void;
    /** @param {object} frame  @returns {boolean} whether it was handed to the connection */
    send(frame: object): boolean;
}
