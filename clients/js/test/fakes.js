// Stand-ins for the network, the clock and the page, moved only by the tests: nothing here waits.

/** Timers that fire when the test lets time pass. */
export class FakeTimers {
  nowMs = 0;
  #pending = new Map();
  #next = 1;

  setTimeout = (run, delayMs) => {
    const timer = this.#next;
    this.#next += 1;
    this.#pending.set(timer, { run, dueMs: this.nowMs + delayMs });
    return timer;
  };

  clearTimeout = (timer) => {
    this.#pending.delete(timer);
  };

  get count() {
    return this.#pending.size;
  }

  /** Delays left, in the order in which they will end. */
  get delaysMs() {
    return [...this.#pending.values()].map(({ dueMs }) => dueMs - this.nowMs).sort((a, b) => a - b);
  }

  pass(durationMs) {
    const endMs = this.nowMs + durationMs;
    for (;;) {
      const due = [...this.#pending].filter(([, { dueMs }]) => dueMs <= endMs);
      if (due.length === 0) break;
      const [timer, { run, dueMs }] = due.reduce((a, b) => (b[1].dueMs < a[1].dueMs ? b : a));
      this.#pending.delete(timer);
      this.nowMs = dueMs;
      run();
    }
    this.nowMs = endMs;
  }
}

/** A WebSocket class that keeps every socket it made, newest last. */
export function fakeNetwork() {
  class FakeWebSocket {
    static made = [];
    static get last() {
      return FakeWebSocket.made.at(-1);
    }

    onopen = null;
    onmessage = null;
    onclose = null;
    onerror = null;
    sent = [];
    closed = false;

    constructor(url) {
      this.url = url;
      FakeWebSocket.made.push(this);
    }

    send(text) {
      this.sent.push(JSON.parse(text));
    }

    close() {
      this.closed = true;
    }

    // What the server does.
    accept() {
      this.onopen?.({});
      return this;
    }

    say(event, data, id) {
      this.onmessage?.({ data: JSON.stringify({ event, data, id }) });
      return this;
    }

    sayRaw(data) {
      this.onmessage?.({ data });
      return this;
    }

    hangUp() {
      this.onclose?.({ code: 1006 });
    }

    /** Takes what was sent since it was last asked. */
    take() {
      return this.sent.splice(0);
    }
  }
  return FakeWebSocket;
}

/** A page's window, as far as the client listens to it. */
export function fakeWindow() {
  const window = new EventTarget();
  window.document = new EventTarget();
  window.document.visibilityState = "visible";
  return window;
}

export const ROUTE = "0192f0c0-0000-7000-8000-000000000001";
export const OTHER_ROUTE = "0192f0c0-0000-7000-8000-000000000002";

export function snapshot(seq, seats = [], more = {}) {
  return { routeId: ROUTE, seq, seatCount: 4, fromStopIndex: 0, toStopIndex: 3, availableSeats: [], seats, ...more };
}

export function update(seq, eventType, seatNumber, fromStopIndex = 0, toStopIndex = 3, more = {}) {
  return {
    routeId: ROUTE,
    seq,
    eventType,
    seatNumber,
    fromStopIndex,
    toStopIndex,
    timestamp: "2026-11-23T10:30:00.000Z",
    metadata: { gender: "MALE" },
    ...more,
  };
}

export function taken(seatNumber, fromStopIndex, toStopIndex, status = "CONFIRMED", gender = "FEMALE") {
  return { seatNumber, status, fromStopIndex, toStopIndex, gender };
}
