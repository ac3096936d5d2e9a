// Decides how often something is asked again: at once, then not more often than once in a while, and once
// more after the last wish. Keeps the invariant that every wish is followed by an asking.

/** @typedef {import("./reconnecting-socket.js").Timers} Timers */

export class Throttle {
  #ask;
  #timers;
  #everyMs;
  /** @type {unknown} */
  #timer;
  #wished = false;

  /** @param {() => void} ask @param {Timers} timers @param {number} everyMs */
  constructor(ask, timers, everyMs) {
    this.#ask = ask;
    this.#timers = timers;
    this.#everyMs = everyMs;
  }

  wish() {
    this.#wished = true;
    if (this.#timer === undefined) this.#answer();
  }

  /** Forgets the wish. */
  stop() {
    this.#timers.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#wished = false;
  }

  #answer() {
    this.#timer = undefined;
    if (!this.#wished) return;
    this.#wished = false;
    this.#timer = this.#timers.setTimeout(() => this.#answer(), this.#everyMs);
    this.#ask();
  }
}
