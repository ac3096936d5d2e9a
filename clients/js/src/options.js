// What an application may say of a connection, and what stands in where it says nothing.

import { LIMITS } from "./limits.js";

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
export function withDefaults(options) {
  const WebSocket = options.WebSocket ?? globalThis.WebSocket;
  if (!WebSocket) throw new TypeError("There is no WebSocket here: pass a class as `WebSocket` (before Node 22)");
  return {
    WebSocket,
    fetch: options.fetch ?? ownFetch,
    timers: options.timers ?? OWN_TIMERS,
    random: options.random ?? Math.random,
    window: options.window ?? /** @type {any} */ (globalThis).window,
    limits: Object.freeze({ ...LIMITS, ...options.limits }),
  };
}

/** @type {typeof globalThis.fetch} */
const ownFetch = (input, init) => fetch(input, init);

/** @type {Timers} */
const OWN_TIMERS = {
  setTimeout: (run, delayMs) => setTimeout(run, delayMs),
  clearTimeout: (timer) => clearTimeout(timer),
};
