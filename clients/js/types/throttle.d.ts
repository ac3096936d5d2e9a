export type Timers = import("./reconnecting-socket.js").Timers;
/** @typedef {import("./reconnecting-socket.js").Timers} Timers */
export declare class Throttle {
    #private;
    /** @param {() => void} ask @param {Timers} timers @param {number} everyMs */
    constructor(ask: () => void, timers: Timers, everyMs: number);
    wish(): void;
    /** Forgets the wish. */
    stop(): void;
}
