// A client in conversation with a stand-in server, and what its watcher is told.

import { Seatwire } from "../src/seatwire.js";
import { FakeTimers, ROUTE, fakeNetwork, fakeWindow, snapshot } from "./fakes.js";

export function setUp(options = {}) {
  const network = fakeNetwork();
  const timers = new FakeTimers();
  const window = fakeWindow();
  const seatwire = new Seatwire({
    url: "http://localhost:3000",
    WebSocket: network,
    timers,
    window,
    random: () => 0.5,
    fetch: () => Promise.reject(new TypeError("there is no network")),
    ...options,
  });
  return { network, timers, window, seatwire };
}

/** Watches the route and notes all that the watcher is told. */
export function watch(seatwire, routeId = ROUTE, options = {}) {
  const told = { statuses: [], changes: [], errors: [] };
  const route = seatwire.watchRoute(routeId, {
    onStatus: (status) => told.statuses.push(status),
    onChange: (map, event) => told.changes.push([map.seq, event?.eventType ?? "snapshot"]),
    onError: (error) => told.errors.push(error.code),
    ...options,
  });
  return { route, told };
}

export function goLive(network, seq = 0, seats = []) {
  network.last
    .accept()
    .say("subscribed", { routeId: ROUTE, seq })
    .say("seat_availability", snapshot(seq, seats))
    .take();
}

export const subscribe = (since) => ({
  event: "subscribe_route",
  data: since === undefined ? { routeId: ROUTE } : { routeId: ROUTE, since },
});
export const askSnapshot = { event: "get_seat_availability", data: { routeId: ROUTE } };
