// Decides what is kept about one watched route, and what of it each watcher is told.
// Knows no socket: the connection changes a `WatchedRoute`, its watches only look.

import { SeatMap } from "./seatmap.js";

/**
 * @typedef {import("./seatwire.js").Status} Status
 * @typedef {import("./messages.js").ServerError} ServerError
 * @typedef {import("./messages.js").BusPosition} BusPosition
 * @typedef {import("./messages.js").RouteUpdate} RouteUpdate
 * @typedef {import("./messages.js").Notice} Notice
 * @typedef {import("./seatmap.js").Offer} Offer
 * @typedef {import("./seatmap.js").SeatUpdate} SeatUpdate
 *
 * @typedef {object} WatchOptions
 * @property {number | undefined} [fromStopIndex]  The traveller's segment, for `freeSeats` and `stateOf` of the watch;
 * @property {number | undefined} [toStopIndex]    the whole route when absent.
 * @property {string | undefined} [token]          Replaces the connection's token (one connection, one viewer).
 * @property {(map: SeatMap, update: SeatUpdate | null) => void} [onChange]
 *   After every event, and after a snapshot or for another viewer (then `update` is null). The map is live: read it,
 *   do not keep it.
 * @property {(update: RouteUpdate) => void} [onRouteUpdate]
 *   After a change that is no sale; the map is asked for again by itself.
 * @property {(position: BusPosition) => void} [onBusPosition]
 * @property {(notice: Notice) => void} [onNotice]  Of the route, or of the viewer's account.
 * @property {((offers: Offer[]) => void) | undefined} [onOffers]
 *   The free seats of the watch's segment that are not for everybody, asked for after every change.
 * @property {(status: Status) => void} [onStatus]
 * @property {(error: ServerError) => void} [onError]
 *   `route_not_found` ends the watch; after `unauthorized` nothing happens until there is another token.
 */

/** Somebody's interest in a route; returned by `watchRoute`. */
export class RouteWatch {
  /** @type {WatchedRoute} */
  #route;
  #actions;
  /** @type {{fromStopIndex: number | undefined, toStopIndex: number | undefined}} */
  #segment;
  /** When offers are asked for, if somebody wants them. @type {import("./throttle.js").Throttle | undefined} */
  offers;
  /** What answers about offers bear. @type {number | undefined} */
  id;

  /** @param {WatchedRoute} route @param {WatchOptions} options @param {{refresh(): void, close(): void}} actions */
  constructor(route, options, actions) {
    this.#route = route;
    this.#actions = actions;
    /** @readonly */
    this.options = options;
    this.#segment = { fromStopIndex: options.fromStopIndex, toStopIndex: options.toStopIndex };
  }

  get segment() {
    return this.#segment;
  }

  get routeId() {
    return this.#route.routeId;
  }

  get status() {
    return this.#route.status;
  }

  get map() {
    return this.#route.map;
  }

  /** Free seats on the watch's own segment. */
  freeSeats() {
    return this.map.freeSeats(this.#segment.fromStopIndex, this.#segment.toStopIndex);
  }

  /** @param {number} seatNumber */
  stateOf(seatNumber) {
    return this.map.stateOf(seatNumber, this.#segment.fromStopIndex, this.#segment.toStopIndex);
  }

  /** @param {number | undefined} fromStopIndex @param {number | undefined} toStopIndex */
  setSegment(fromStopIndex, toStopIndex) {
    this.#segment = { fromStopIndex, toStopIndex };
    this.offers?.wish();
  }

  /** Asks for a fresh snapshot, for example after a refusal that the map did not foresee. */
  refresh() {
    this.#actions.refresh();
  }

  close() {
    this.#actions.close();
  }
}

/** What one connection knows about one route; shared by its watches. */
export class WatchedRoute {
  map = new SeatMap();
  /** @type {Set<RouteWatch>} */
  watches = new Set();
  /** Whether this connection's subscription was acknowledged. */
  subscribed = false;
  /** Whether a snapshot is on its way. */
  asked = false;
  /** Whether the map is known to be the server's. */
  settled = false;
  /** @type {unknown} */
  timer;

  /** @param {string} routeId @param {Status} status */
  constructor(routeId, status) {
    this.routeId = routeId;
    this.status = status;
  }

  /** @param {Status} status */
  setStatus(status) {
    if (this.status === status) return;
    this.status = status;
    for (const { options } of [...this.watches]) options.onStatus?.(status);
  }

  /** @param {SeatUpdate | null} update */
  tellChange(update) {
    for (const { options } of [...this.watches]) options.onChange?.(this.map, update);
  }

  /** Another viewer watches: of whose tickets they are nothing is kept, also not in the last event that was told. */
  forgetTickets() {
    this.map.forgetTickets();
    if (this.map.ready) this.tellChange(null);
  }

  /** Has offers asked for where somebody wants them. */
  wishOffers() {
    for (const { offers } of this.watches) offers?.wish();
  }

  /** @param {unknown} id @param {Offer[]} offers */
  tellOffers(id, offers) {
    for (const watch of [...this.watches]) if (watch.id === id) watch.options.onOffers?.(offers);
  }

  /** @param {BusPosition} position */
  tellBusPosition(position) {
    for (const { options } of [...this.watches]) options.onBusPosition?.(position);
  }

  /** @param {RouteUpdate} update */
  tellRouteUpdate(update) {
    for (const { options } of [...this.watches]) options.onRouteUpdate?.(update);
  }

  /** @param {Notice} notice */
  tellNotice(notice) {
    for (const { options } of [...this.watches]) options.onNotice?.(notice);
  }

  /** @param {ServerError} error */
  tellError(error) {
    for (const { options } of [...this.watches]) options.onError?.(error);
  }
}
