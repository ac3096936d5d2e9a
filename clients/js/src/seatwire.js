// Decides what is said to the server and when a watched route may be called live: subscribes every route
// after every connection, resumes each from its own last `seq`, and repairs a hole by a snapshot.
// Keeps the invariant that a watcher is only ever shown a map equal to the server's at `map.seq`.
// Knows no page and no seat layout.

import { isLoginRefused, socketUrl, withToken } from "./address.js";
import { LeftRoutes } from "./left-routes.js";
import { LIMITS } from "./limits.js";
import { withDefaults } from "./options.js";
import { hearPage } from "./page-signals.js";
import { ReconnectingSocket } from "./reconnecting-socket.js";
import { canonicalRouteId } from "./route-id.js";
import { SeatMap } from "./seatmap.js";
import { Throttle } from "./throttle.js";
import { TokenChange } from "./token-change.js";
import { isOtherViewer } from "./viewer.js";
import { RouteWatch, WatchedRoute } from "./watched-route.js";

export { LIMITS, RouteWatch, SeatMap };

/**
 * @typedef {import("./seatmap.js").SeatUpdate} SeatUpdate
 * @typedef {import("./messages.js").Notice} Notice
 * @typedef {import("./messages.js").RouteUpdate} RouteUpdate
 * @typedef {import("./messages.js").ServerError} ServerError
 * @typedef {import("./options.js").SeatwireOptions} SeatwireOptions
 * @typedef {import("./watched-route.js").WatchOptions} WatchOptions
 * @typedef {"connecting" | "live" | "reconnecting"} Status
 */

const REFUSED = Object.freeze({ code: "unauthorized", message: "Unauthorized" });

/** One connection that watches any number of routes. */
export class Seatwire {
  /** @type {Map<string, WatchedRoute>} */
  #routes = new Map();
  /** @type {ReconnectingSocket} */
  #socket;
  #limits;
  #timers;
  /** @type {string | undefined} */
  #token;
  /** @type {() => void} */
  #stopListening;
  #fetch;
  #base;
  /** @type {TokenChange} */
  #tokenChange;
  /** @type {LeftRoutes} */
  #left;
  #onNotice;
  #lostOnce = false;
  /** The server lets this viewer not watch: nothing is tried before there is another token. */
  #isRefused = false;
  #watchesMade = 0;

  /** @param {SeatwireOptions} [options] */
  constructor(options = {}) {
    const { WebSocket, fetch, timers, random, window, limits } = withDefaults(options);
    this.#base = socketUrl(options.url);
    this.#fetch = fetch;
    this.#token = options.token;
    this.#onNotice = options.onNotice;
    this.#limits = limits;
    this.#timers = timers;
    this.#socket = new ReconnectingSocket({
      url: () => withToken(this.#base, this.#token),
      WebSocket,
      timers,
      random,
      limits,
      onOpen: () => this.#onOpen(),
      onFrame: (frame) => this.#onFrame(frame),
      onLost: (wasOpen) => this.#onLost(wasOpen),
      onSilence: () => this.#probe(),
    });
    const common = { send: (/** @type {object} */ frame) => this.#socket.send(frame), timers };
    this.#tokenChange = new TokenChange({
      ...common,
      answerMaxMs: limits.answerMaxMs,
      onOtherViewer: () => this.#forgetTickets(),
      onRefused: () => this.#refuseLogin(),
      onUnanswered: () => this.#restart(),
    });
    this.#left = new LeftRoutes({ ...common, retryMs: limits.retryMs, onTooMany: () => this.#restart() });
    // The network says that it has gone: no reason to call the map live until silence proves it. Where the
    // server can be reached all the same, the next attempt, in a moment, finds out.
    const signals = { wake: () => this.wake(), drop: () => this.#socket.drop() };
    this.#stopListening = hearPage(window, signals);
  }

  /**
   * Starts watching a route. Several watches of one route share its subscription and its map.
   * @param {string} routeId
   * @param {WatchOptions} [options]
   * @returns {RouteWatch}
   */
  watchRoute(routeId, options = {}) {
    if (options.token !== undefined) this.setToken(options.token);
    const id = canonicalRouteId(routeId);
    let route = this.#routes.get(id);
    if (!route) {
      route = new WatchedRoute(id, this.#status());
      this.#routes.set(id, route);
      this.#left.keep(id);
      if (this.#socket.isOpen) this.#subscribe(route);
      else if (!this.#isRefused) this.#socket.open();
    }
    const watch = new RouteWatch(route, options, {
      refresh: () => this.#askSnapshot(/** @type {WatchedRoute} */ (route)),
      close: () => this.#unwatch(/** @type {WatchedRoute} */ (route), watch),
    });
    if (options.onOffers) this.#followOffers(route, watch);
    route.watches.add(watch);
    options.onStatus?.(route.status);
    if (route.map.ready) options.onChange?.(route.map, null);
    if (this.#isRefused) options.onError?.(REFUSED);
    return watch;
  }

  /**
   * Changes who is watching: on the connection that is open, or by a new one that resumes every route where it
   * was. Nobody is said to be watching only by a new one. What only the former viewer may know is forgotten.
   * @param {string | undefined} token
   */
  setToken(token) {
    // One that was refused may be good again: its account was disabled for a while.
    if (token === this.#token && !this.#isRefused) return;
    const isOther = isOtherViewer(this.#token, token);
    this.#token = token;
    this.#isRefused = false;
    if (isOther) this.#forgetTickets();
    if (this.#routes.size === 0) return;
    if (!token || !this.#tokenChange.ask(token, isOther)) this.#restart();
  }

  /** Tries now instead of waiting; on an open connection, makes sure that it still answers. */
  wake() {
    if (this.#routes.size === 0 || this.#isRefused) return;
    if (this.#socket.isOpen) this.#probe();
    else this.#socket.open();
  }

  /** Ends every watch and the connection. */
  close() {
    for (const route of this.#routes.values()) {
      this.#stopTimer(route);
      for (const { offers } of route.watches) offers?.stop();
    }
    this.#routes.clear();
    this.#isRefused = false;
    this.#closeSocket();
    this.#stopListening();
  }

  /** Whose tickets they are: the seats stay as they are. */
  #forgetTickets() {
    for (const route of this.#routes.values()) route.forgetTickets();
  }

  #restart() {
    this.#forgetQuestions();
    for (const route of this.#routes.values()) this.#unsettle(route, "connecting");
    this.#socket.restart();
  }

  #closeSocket() {
    this.#forgetQuestions();
    this.#socket.close();
  }

  /** Those of a connection that has ended. */
  #forgetQuestions() {
    this.#tokenChange.stop();
    this.#left.stop();
  }

  #onOpen() {
    for (const route of this.#routes.values()) this.#subscribe(route);
  }

  /** @param {boolean} wasOpen */
  #onLost(wasOpen) {
    this.#lostOnce = true;
    this.#forgetQuestions();
    for (const route of this.#routes.values()) this.#unsettle(route, "reconnecting");
    if (!wasOpen) void this.#checkLogin();
  }

  async #checkLogin() {
    const token = this.#token;
    const [routeId] = this.#routes.keys();
    if (routeId === undefined || !(await isLoginRefused(this.#base, token, routeId, this.#fetch))) return;
    // Meanwhile there may be another token, a connection all the same, or nobody who watches.
    if (token !== this.#token || this.#socket.isOpen || this.#routes.size === 0) return;
    this.#refuseLogin();
  }

  #refuseLogin() {
    this.#isRefused = true;
    for (const route of this.#routes.values()) this.#unsettle(route, "reconnecting");
    this.#closeSocket();
    this.#onError(REFUSED);
  }

  /** @param {{event?: string, data?: any, id?: unknown}} frame */
  #onFrame(frame) {
    if (this.#tokenChange.hear(frame) || this.#left.hear(frame)) return;
    const { event, data, id } = frame;
    if (event === "error") return this.#onError(data ?? {});
    if (event === "notice") return this.#tellNotice(data);
    const route = this.#routeOf(data);
    if (!route) return;
    if (id !== undefined) return route.tellOffers(id, data.offers ?? []);
    if (event === "subscribed") this.#onSubscribed(route, data.seq);
    else if (event === "seat_update") this.#onUpdate(route, data);
    else if (event === "route_update") this.#onRouteUpdate(route, data);
    else if (event === "bus_position") route.tellBusPosition(data);
    else if (event === "seat_availability") this.#onSnapshot(route, data, false);
    else if (event === "seat_snapshot") this.#onSnapshot(route, data, true);
  }

  /** @param {{routeId?: unknown} | undefined} data */
  #routeOf(data) {
    return typeof data?.routeId === "string" ? this.#routes.get(canonicalRouteId(data.routeId)) : undefined;
  }

  /** @param {WatchedRoute} route @param {number} seq */
  #onSubscribed(route, seq) {
    this.#socket.confirmHealthy();
    route.subscribed = true;
    if (!route.map.ready) return;
    if (seq > route.map.seq) this.#askSnapshot(route);
    // Behind us means that the store went back; the server sends a snapshot on its own.
    else if (seq === route.map.seq) this.#settle(route);
  }

  /** @param {WatchedRoute} route @param {SeatUpdate} update */
  #onUpdate(route, update) {
    const result = route.map.apply(update);
    if (result === "applied") {
      route.tellChange(update);
      route.wishOffers();
    } else if (result === "hole") this.#askSnapshot(route);
  }

  /**
   * The map is as it was, but the bus may not be. A question that is on its way already is enough: its
   * answer stands in the stream behind this.
   * @param {WatchedRoute} route @param {RouteUpdate} update
   */
  #onRouteUpdate(route, update) {
    // After a deletion the server says `route_not_found` by itself.
    if (update.change !== "deleted") this.#askSnapshot(route);
    route.tellRouteUpdate(update);
  }

  /** @param {WatchedRoute} route @param {any} snapshot @param {boolean} unasked */
  #onSnapshot(route, snapshot, unasked) {
    // An answer is never older than the stream it stands in. The server's own snapshot may be: then
    // the store was put back to an earlier state, and that is the truth now.
    if (unasked || !route.map.ready || snapshot.seq >= route.map.seq) {
      route.map.reset(snapshot);
      route.tellChange(null);
    }
    if (route.subscribed) this.#settle(route);
  }

  /** @param {Notice} notice */
  #tellNotice(notice) {
    this.#onNotice?.(notice);
    const route = this.#routeOf(notice);
    for (const each of route ? [route] : this.#routes.values()) each.tellNotice(notice);
  }

  /** @param {ServerError} error */
  #onError(error) {
    const route = this.#routeOf(error);
    if (error.code === "rate_limited" || error.code === "unavailable") {
      const unsettled = route ? [route] : [...this.#routes.values()].filter(({ settled }) => !settled);
      for (const each of unsettled) this.#retryLater(each);
    }
    for (const each of route ? [route] : this.#routes.values()) each.tellError(error);
    if (route && error.code === "route_not_found") this.#forget(route);
  }

  /** @param {WatchedRoute} route */
  #subscribe(route) {
    const { routeId, map } = route;
    if (map.ready) {
      this.#socket.send({ event: "subscribe_route", data: { routeId, since: map.seq } });
      this.#expectAnswer(route);
    } else {
      // Both at once: the availability stands in the stream at its seq, so nothing falls between.
      this.#socket.send({ event: "subscribe_route", data: { routeId } });
      this.#askSnapshot(route);
    }
  }

  /** @param {WatchedRoute} route */
  #askSnapshot(route) {
    if (route.asked || !this.#socket.isOpen) return;
    route.asked = true;
    this.#socket.send({ event: "get_seat_availability", data: { routeId: route.routeId } });
    this.#expectAnswer(route);
  }

  /** @param {WatchedRoute} route @param {RouteWatch} watch */
  #followOffers(route, watch) {
    const id = (this.#watchesMade += 1);
    const ask = () => {
      const { routeId } = route;
      this.#socket.send({ event: "get_seat_availability", data: { routeId, ...watch.segment }, id });
    };
    watch.id = id;
    watch.offers = new Throttle(ask, this.#timers, this.#limits.offersEveryMs);
    if (route.settled) watch.offers.wish();
  }

  /** Silence may be calm or death; one small question tells them apart. */
  #probe() {
    const [route] = this.#routes.values();
    if (route) this.#askSnapshot(route);
  }

  /** @param {WatchedRoute} route */
  #expectAnswer(route) {
    this.#stopTimer(route);
    route.timer = this.#timers.setTimeout(() => this.#socket.drop(), this.#limits.answerMaxMs);
  }

  /** @param {WatchedRoute} route */
  #retryLater(route) {
    this.#stopTimer(route);
    route.asked = false;
    route.timer = this.#timers.setTimeout(() => {
      if (route.subscribed) this.#askSnapshot(route);
      else this.#subscribe(route);
    }, this.#limits.retryMs);
  }

  /** @param {WatchedRoute} route */
  #settle(route) {
    this.#stopTimer(route);
    route.asked = false;
    route.settled = true;
    this.#lostOnce = false;
    route.setStatus("live");
    route.wishOffers();
  }

  /** @param {WatchedRoute} route @param {Status} status */
  #unsettle(route, status) {
    this.#stopTimer(route);
    route.asked = route.subscribed = route.settled = false;
    route.setStatus(status);
  }

  /** @param {WatchedRoute} route */
  #stopTimer(route) {
    this.#timers.clearTimeout(route.timer);
    route.timer = undefined;
  }

  /** @param {WatchedRoute} route @param {RouteWatch} watch */
  #unwatch(route, watch) {
    route.watches.delete(watch);
    watch.offers?.stop();
    if (route.watches.size > 0 || this.#routes.get(route.routeId) !== route) return;
    this.#left.leave(route.routeId);
    this.#forget(route);
  }

  /** @param {WatchedRoute} route */
  #forget(route) {
    this.#stopTimer(route);
    for (const { offers } of route.watches) offers?.stop();
    this.#routes.delete(route.routeId);
    if (this.#routes.size === 0) this.#closeSocket();
  }

  /** @returns {Status} the status of a route that is only now being added */
  #status() {
    return this.#lostOnce && !this.#socket.isOpen && this.#routes.size > 0 ? "reconnecting" : "connecting";
  }
}

/**
 * Watches one route on a connection of its own.
 * @param {string} routeId
 * @param {WatchOptions & SeatwireOptions} [options]
 * @returns {RouteWatch} closing it closes the connection
 */
export function watchRoute(routeId, options = {}) {
  const seatwire = new Seatwire(options);
  const watch = seatwire.watchRoute(routeId, options);
  watch.close = () => seatwire.close();
  return watch;
}
