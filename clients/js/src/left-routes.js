// Decides which rooms have to be left once more: the server may refuse `unsubscribe_route` (too many messages), and
// then keeps the room, of which one connection has a limited number. Keeps the invariant that a route that was left
// is not forgotten before the server has confirmed it, it is watched again, or the connection has ended.
// Knows no map.

/** @typedef {import("./reconnecting-socket.js").Timers} Timers */

/** Twice the rooms of a connection. If more are not confirmed, a new connection leaves all of them at once. */
export const LEFT_MAX = 128;
const PASSING = new Set(["rate_limited", "unavailable"]);

export class LeftRoutes {
  /** The id of the question about each route. @type {Map<string, string>} */
  #unconfirmed = new Map();
  #asked = 0;
  /** @type {unknown} */
  #timer;
  #options;

  /**
   * @param {object} options
   * @param {(frame: object) => boolean} options.send  Whether it was handed to an open connection.
   * @param {Timers} options.timers
   * @param {number} options.retryMs
   * @param {() => void} options.onTooMany
   */
  constructor(options) {
    this.#options = options;
  }

  /** @param {string} routeId */
  leave(routeId) {
    // Each leaving has an id of its own: the answer to an earlier one confirms nothing.
    const id = `left-${(this.#asked += 1)}`;
    if (!this.#ask(routeId, id)) return;
    this.#unconfirmed.set(routeId, id);
    if (this.#unconfirmed.size > LEFT_MAX) this.#options.onTooMany();
  }

  /** It is watched again, so it must not be left any more. @param {string} routeId */
  keep(routeId) {
    this.#unconfirmed.delete(routeId);
  }

  /** Whether the frame was an answer of this kind. @param {{event?: string, data?: any, id?: unknown}} frame */
  hear({ event, data, id }) {
    if (event !== "unsubscribed" && data?.event !== "unsubscribe_route") return false;
    if (PASSING.has(data?.code)) {
      this.#timer ??= this.#options.timers.setTimeout(() => this.#askAgain(), this.#options.retryMs);
      return true;
    }
    for (const [routeId, own] of this.#unconfirmed) if (own === id) this.#unconfirmed.delete(routeId);
    return true;
  }

  /** The connection has ended, and all of its rooms with it. */
  stop() {
    this.#options.timers.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#unconfirmed.clear();
  }

  #askAgain() {
    this.#timer = undefined;
    for (const [routeId, id] of this.#unconfirmed) this.#ask(routeId, id);
  }

  /** @param {string} routeId @param {string} id */
  #ask(routeId, id) {
    return this.#options.send({ event: "unsubscribe_route", data: { routeId }, id });
  }
}
