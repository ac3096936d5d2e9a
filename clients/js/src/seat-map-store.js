// Decides what an application sees of a watched route: one unchanging picture at a time, and a call when
// there is another. Keeps the invariants that the picture is the same object until something changed, and
// that a seat of it is the same object until that seat changed.
// Connects while somebody listens. Knows no page and no framework.

import { Seatwire } from "./seatwire.js";
import { isOtherViewer } from "./viewer.js";

/**
 * @typedef {import("./seatmap.js").Gender} Gender
 * @typedef {import("./seatmap.js").Offer} Offer
 * @typedef {import("./seatmap.js").SeatMap} SeatMap
 * @typedef {import("./seatmap.js").SeatUpdate} SeatUpdate
 * @typedef {import("./messages.js").BusPosition} BusPosition
 * @typedef {import("./messages.js").Notice} Notice
 * @typedef {import("./messages.js").RouteUpdate} RouteUpdate
 * @typedef {import("./options.js").SeatwireOptions} SeatwireOptions
 * @typedef {import("./messages.js").ServerError} ServerError
 *
 * @typedef {"connecting" | "live" | "offline" | "error"} ConnectionState
 *   `offline`: the connection was lost and is being made again; the seats are the last that were known.
 *   `error`: it is over, and `error` says why; only another token or another route helps.
 *
 * @typedef {object} Seat
 * @property {number} seatNumber
 * @property {"free" | "reserved" | "confirmed" | "blocked"} state  On the segment that was asked for.
 * @property {Gender} [gender]
 * @property {Gender} [offeredTo]  A free seat that is not for everybody; only with the option `offers`.
 * @property {string} [ticketId]   The viewer's own, and for staff.
 * @property {string} [pnrNumber]  The same.
 *
 * @typedef {object} SeatMapSnapshot
 * @property {string} routeId
 * @property {ConnectionState} state
 * @property {ServerError | null} error
 * @property {number} seq                        The last event that is in it; 0 before the first map.
 * @property {readonly Readonly<Seat>[]} seats   Seat 1 first; empty before the first map.
 * @property {readonly number[]} freeSeats
 * @property {SeatUpdate | null} lastUpdate      The event that made it; null after a whole map, and for another viewer.
 * @property {RouteUpdate["change"] | null} routeChange  The latest change that is no sale: `delayed`, `bus`, …
 * @property {number} routeChanges               How many there were: ask for the route again when it rises.
 * @property {BusPosition | null} busPosition
 * @property {Notice | null} notice              The latest that an administrator has said to those who watch.
 *
 * @typedef {object} SegmentOptions
 * @property {number | undefined} [fromStopIndex]  The traveller's segment; the whole route when absent.
 * @property {number | undefined} [toStopIndex]
 *
 * @typedef {SegmentOptions & {offers?: boolean | undefined} & Omit<SeatwireOptions, "url">} SeatMapOptions
 *   `offers`: whether `offeredTo` is followed (routes with the neighbour rule).
 */

/** What no waiting mends. */
const FINAL = new Set(["route_not_found", "unauthorized"]);

/**
 * The live map of a route. Nothing is asked until somebody subscribes, and nothing after the last one left.
 * @param {string | URL | Seatwire | undefined} server  An address, or a connection that several maps share.
 * @param {string | null | undefined} routeId  Nothing is watched without one.
 * @param {SeatMapOptions} [options]
 */
export function seatMap(server, routeId, options = {}) {
  return new SeatMapStore(server, routeId, options);
}

export class SeatMapStore {
  #server;
  #routeId;
  #options;
  /** @type {Set<(snapshot: SeatMapSnapshot) => void>} */
  #listeners = new Set();
  /** @type {Seatwire | undefined} */
  #connection;
  /** @type {import("./watched-route.js").RouteWatch | undefined} */
  #watch;
  /** @type {SeatMap | undefined} */
  #map;
  /** @type {readonly Offer[]} */
  #offers = [];
  /** What does not depend on a segment. */
  #facts;
  /** The latest picture of each segment, and whether it still holds. @type {Map<string, {holds: boolean, snapshot: SeatMapSnapshot}>} */
  #pictures = new Map();

  /** @param {string | URL | Seatwire | undefined} server @param {string | null | undefined} routeId @param {SeatMapOptions} options */
  constructor(server, routeId, options) {
    this.#server = server;
    this.#routeId = routeId?.trim() ?? "";
    // A copy: a framework's own object would change under us, and no change of it would be seen.
    this.#options = { ...options };
    this.#facts = {
      routeId: this.#routeId,
      state: /** @type {ConnectionState} */ ("connecting"),
      error: /** @type {ServerError | null} */ (null),
      lastUpdate: /** @type {SeatUpdate | null} */ (null),
      routeChange: /** @type {RouteUpdate["change"] | null} */ (null),
      routeChanges: 0,
      busPosition: /** @type {BusPosition | null} */ (null),
      notice: /** @type {Notice | null} */ (null),
    };
  }

  /**
   * Calls back after every change, not at once. Bound to this map, so it can be handed on.
   * @param {(snapshot: SeatMapSnapshot) => void} listener
   * @returns {() => void} ends it
   */
  subscribe = (listener) => {
    // One function given twice is two subscriptions.
    const own = (/** @type {SeatMapSnapshot} */ snapshot) => listener(snapshot);
    this.#listeners.add(own);
    if (this.#listeners.size === 1) this.#start();
    return () => {
      if (this.#listeners.delete(own) && this.#listeners.size === 0) this.#stop();
    };
  };

  /**
   * The map as it is now: the same object until something changes. Without indexes, on the segment of the options.
   * @param {number} [fromStopIndex]
   * @param {number} [toStopIndex]
   * @returns {SeatMapSnapshot}
   */
  getSnapshot = (fromStopIndex = this.#options.fromStopIndex, toStopIndex = this.#options.toStopIndex) => {
    const on = `${fromStopIndex}-${toStopIndex}`;
    const known = this.#pictures.get(on);
    if (known?.holds) return known.snapshot;
    const snapshot = this.#draw(fromStopIndex, toStopIndex, known?.snapshot.seats ?? []);
    this.#pictures.set(on, { holds: true, snapshot });
    return snapshot;
  };

  /**
   * Changes who is watching; the map goes on where it was, without what only the former viewer may know. Not for a
   * shared connection, which has its own.
   * @param {string | undefined} token
   */
  setToken(token) {
    if (this.#server instanceof Seatwire) return;
    const isOther = isOtherViewer(this.#options.token, token);
    this.#options = { ...this.#options, token };
    // The connection knows no map that stands from an earlier one.
    if (isOther && this.#map) {
      this.#map.forgetTickets();
      this.#change({ lastUpdate: null });
    }
    this.#connection?.setToken(token);
  }

  /**
   * Changes the segment that is shown when none is named, and that is asked about for offers.
   * @param {number | undefined} fromStopIndex @param {number | undefined} toStopIndex
   */
  setSegment(fromStopIndex, toStopIndex) {
    if (fromStopIndex === this.#options.fromStopIndex && toStopIndex === this.#options.toStopIndex) return;
    this.#options = { ...this.#options, fromStopIndex, toStopIndex };
    this.#watch?.setSegment(fromStopIndex, toStopIndex);
    this.#change({});
  }

  /** Asks for the whole map again, for example after a refusal that it did not foresee. */
  refresh() {
    this.#watch?.refresh();
  }

  #start() {
    if (this.#routeId === "") return;
    const server = this.#server;
    this.#connection = server instanceof Seatwire ? server : new Seatwire({ ...this.#options, url: server });
    const { fromStopIndex, toStopIndex, offers } = this.#options;
    this.#watch = this.#connection.watchRoute(this.#routeId, {
      fromStopIndex,
      toStopIndex,
      onStatus: (status) => this.#become(status === "reconnecting" ? "offline" : status, null),
      onChange: (map, update) => {
        this.#map = map;
        this.#change({ lastUpdate: update });
      },
      onRouteUpdate: ({ change }) => this.#change({ routeChange: change, routeChanges: this.#facts.routeChanges + 1 }),
      onBusPosition: (busPosition) => this.#change({ busPosition }),
      onNotice: (notice) => this.#change({ notice }),
      onError: (error) => {
        if (FINAL.has(error.code)) this.#become("error", error);
      },
      onOffers: offers ? (all) => this.#offer(all) : undefined,
    });
  }

  #stop() {
    this.#watch?.close();
    if (this.#connection !== this.#server) this.#connection?.close();
    this.#connection = this.#watch = undefined;
    this.#become("connecting", null);
  }

  /** @param {ConnectionState} state @param {ServerError | null} error */
  #become(state, error) {
    if (state === this.#facts.state && error === this.#facts.error) return;
    this.#change({ state, error });
  }

  /** @param {readonly Offer[]} offers */
  #offer(offers) {
    this.#offers = offers;
    this.#change({});
  }

  /** @param {object} facts */
  #change(facts) {
    Object.assign(this.#facts, facts);
    for (const picture of this.#pictures.values()) picture.holds = false;
    for (const listener of [...this.#listeners]) listener(this.getSnapshot());
  }

  /**
   * @param {number | undefined} from @param {number | undefined} to
   * @param {readonly Readonly<Seat>[]} before
   * @returns {SeatMapSnapshot}
   */
  #draw(from, to, before) {
    const map = this.#map;
    const offered = new Map(this.#offers.map(({ seatNumber, offeredTo }) => [seatNumber, offeredTo]));
    /** @type {Readonly<Seat>[]} */
    const seats = [];
    for (let seatNumber = 1; map && seatNumber <= map.seatCount; seatNumber += 1) {
      const { blocked, state, ...more } = map.stateOf(seatNumber, from, to);
      const offeredTo = state === "free" ? offered.get(seatNumber) : undefined;
      /** @type {Seat} */
      const seat = { seatNumber, state: blocked ? "blocked" : state, ...more, ...(offeredTo ? { offeredTo } : {}) };
      const same = before[seatNumber - 1];
      seats.push(same && isSame(same, seat) ? same : Object.freeze(seat));
    }
    return Object.freeze({
      ...this.#facts,
      seq: map?.seq ?? 0,
      seats: Object.freeze(seats),
      freeSeats: Object.freeze(seats.filter(({ state }) => state === "free").map(({ seatNumber }) => seatNumber)),
    });
  }
}

/** @param {object} a @param {object} b */
function isSame(a, b) {
  return JSON.stringify(a) === JSON.stringify(b);
}
