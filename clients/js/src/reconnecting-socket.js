// Decides when there is a connection: dials, notices loss and silence, waits with growing, random delays
// and dials again until it is closed. Keeps the invariant that at most one socket is heard at any time.
// Knows nothing of routes or seats; what a frame means is the owner's business.

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

export class ReconnectingSocket {
  /** @type {SocketOptions} */
  #options;
  /** @type {WebSocket | undefined} */
  #socket;
  /** @type {"idle" | "connecting" | "open" | "waiting"} */
  #state = "idle";
  #failures = 0;
  /** One timer serves all states: handshake deadline, silence, or the delay before the next attempt.
   * @type {unknown} */
  #timer;

  /** @param {SocketOptions} options */
  constructor(options) {
    this.#options = options;
  }

  get isOpen() {
    return this.#state === "open";
  }

  /** Connects now unless a connection exists or is being made; cuts a waiting delay short. */
  open() {
    if (this.#state === "idle" || this.#state === "waiting") this.#dial();
  }

  /** Gives up the present connection and makes a new one at once, without reporting a loss. */
  restart() {
    this.#abandon();
    this.#dial();
  }

  /** Treats the present connection as dead: reports the loss and tries again after a delay. */
  drop() {
    if (this.#state === "connecting" || this.#state === "open") this.#lose();
  }

  /** Ends for good (until `open`). */
  close() {
    this.#abandon();
    this.#state = "idle";
    this.#failures = 0;
  }

  /** The owner has heard a proper answer: the next loss starts again with the shortest delay.
   * Not done on opening, or a server that accepts and then hangs up would be hammered. */
  confirmHealthy() {
    this.#failures = 0;
  }

  /** @param {object} frame  @returns {boolean} whether it was handed to the connection */
  send(frame) {
    if (this.#state !== "open" || !this.#socket) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  #dial() {
    this.#disarm();
    this.#state = "connecting";
    /** @type {WebSocket} */
    let socket;
    try {
      socket = new this.#options.WebSocket(this.#options.url());
    } catch {
      this.#lose();
      return;
    }
    this.#socket = socket;
    this.#arm(this.#options.limits.connectMaxMs, () => this.#lose());

    socket.onopen = () => {
      this.#state = "open";
      this.#armSilence();
      this.#options.onOpen();
    };
    socket.onmessage = ({ data }) => {
      this.#armSilence();
      const frame = parse(data);
      if (frame) this.#options.onFrame(frame);
    };
    socket.onclose = () => this.#lose();
    // Without a handler some implementations throw; a close event follows every error.
    socket.onerror = () => {};
  }

  #lose() {
    const wasOpen = this.#state === "open";
    this.#abandon();
    this.#state = "waiting";
    const { backoffBaseMs, backoffMaxMs } = this.#options.limits;
    const ceilingMs = Math.min(backoffMaxMs, backoffBaseMs * 2 ** Math.min(this.#failures, 30));
    this.#failures += 1;
    // Full jitter: thousands of viewers of a restarted server must not come back in step.
    this.#arm(this.#options.random() * ceilingMs, () => this.#dial());
    this.#options.onLost(wasOpen);
  }

  /** Lets go of the socket. Its handlers are taken off first: a dead network may report the close much later. */
  #abandon() {
    this.#disarm();
    const socket = this.#socket;
    this.#socket = undefined;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    try {
      socket.close();
    } catch {
      // Some implementations refuse to close while connecting; nobody listens to it any more.
    }
  }

  #armSilence() {
    this.#arm(this.#options.limits.silenceMs, () => {
      this.#armSilence();
      this.#options.onSilence();
    });
  }

  /** @param {number} delayMs @param {() => void} run */
  #arm(delayMs, run) {
    this.#disarm();
    this.#timer = this.#options.timers.setTimeout(run, delayMs);
  }

  #disarm() {
    this.#options.timers.clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

/** @param {unknown} data */
function parse(data) {
  if (typeof data !== "string") return undefined;
  try {
    const frame = JSON.parse(data);
    return typeof frame === "object" && frame !== null ? frame : undefined;
  } catch {
    return undefined;
  }
}
