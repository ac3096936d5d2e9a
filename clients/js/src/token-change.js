// Decides how a connection that is open gets another viewer: by the message `authenticate`, so that no route is
// lost for a moment. Without an answer, or with one that says nothing of the token, a new connection does it.
// Knows no route.

/** @typedef {import("./reconnecting-socket.js").Timers} Timers */

export class TokenChange {
  /** The latest question; an answer to an earlier one is nobody's. */
  #asked = 0;
  /** @type {unknown} */
  #timer;
  /** Whether the viewer who is known to the server is another one than who is asked about. */
  #isOther = false;
  #options;

  /**
   * @param {object} options
   * @param {(frame: object) => boolean} options.send  Whether it was handed to an open connection.
   * @param {Timers} options.timers
   * @param {number} options.answerMaxMs
   * @param {() => void} options.onOtherViewer  From here on the server tells what another viewer may know.
   * @param {() => void} options.onRefused  The server takes this token from nobody.
   * @param {() => void} options.onUnanswered
   */
  constructor(options) {
    this.#options = options;
  }

  /** @param {string} token @param {boolean} isOther  @returns {boolean} whether the server was asked */
  ask(token, isOther) {
    // Behind a question without an answer the server still tells what the viewer before may know.
    const isOtherNow = isOther || this.#isOther;
    this.stop();
    this.#isOther = isOtherNow;
    const isAsked = this.#options.send({ event: "authenticate", data: { token }, id: this.#id });
    if (isAsked) this.#timer = this.#options.timers.setTimeout(this.#options.onUnanswered, this.#options.answerMaxMs);
    return isAsked;
  }

  /** Whether the frame was an answer of this kind. @param {{event?: string, data?: any, id?: unknown}} frame */
  hear({ event, data, id }) {
    if (event !== "authenticated" && data?.event !== "authenticate") return false;
    if (id !== this.#id) return true;
    const isOther = this.#isOther;
    this.stop();
    if (event === "authenticated") {
      if (isOther) this.#options.onOtherViewer();
      return true;
    }
    if (data.code === "unauthorized") this.#options.onRefused();
    else this.#options.onUnanswered();
    return true;
  }

  /** No answer is waited for any more. */
  stop() {
    this.#options.timers.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isOther = false;
    this.#asked += 1;
  }

  /** Not a number: those are of questions about offers. */
  get #id() {
    return `token-${this.#asked}`;
  }
}
