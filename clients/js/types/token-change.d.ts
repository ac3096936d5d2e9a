export type Timers = import("./reconnecting-socket.js").Timers;
/** @typedef {import("./reconnecting-socket.js").Timers} Timers */
export declare class TokenChange {
    #private;
    /**
     * @param {object} options
     * @param {(frame: object) => boolean} options.send  Whether it was handed to an open connection.
     * @param {Timers} options.timers
     * @param {number} options.answerMaxMs
     * @param {() => void} options.onOtherViewer  From here on the server tells what another viewer may know.
     * @param {() => void} options.onRefused  The server takes this token from nobody.
     * @param {() => void} options.onUnanswered
     */
    constructor(options: {
        send: (frame: object) => boolean;
        timers: Timers;
        answerMaxMs: number;
        onOtherViewer: () => void;
        onRefused: () => void;
        onUnanswered: () => void;
    });
    /** @param {string} token @param {boolean} isOther  @returns {boolean} whether the server was asked */
    ask(token: string, isOther: boolean): boolean;
    /** Whether the frame was an answer of this kind. @param {{event?: string, data?: any, id?: unknown}} frame */
    hear({ event, data, id }: {
        event?: string;
        data?: any;
        id?: unknown;
    }): boolean;
    /** No answer is waited for any more. */
    stop(): void;
}
