// A route that changes without a sale: the map is asked for again, and the watcher is told.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Seatwire } from "../src/seatwire.js";
import { FakeTimers, ROUTE, fakeNetwork, fakeWindow, snapshot, taken, update } from "./fakes.js";

const ASK = { event: "get_seat_availability", data: { routeId: ROUTE } };

function live() {
  const network = fakeNetwork();
  const timers = new FakeTimers();
  const seatwire = new Seatwire({ url: "http://localhost:3000", WebSocket: network, timers, window: fakeWindow() });
  const told = { changes: [], maps: [], errors: [] };
  const watch = seatwire.watchRoute(ROUTE, {
    onRouteUpdate: ({ change }) => told.changes.push(change),
    onChange: (map) => told.maps.push([map.seq, map.seatCount]),
    onError: ({ code }) => told.errors.push(code),
  });
  network.last.accept().say("subscribed", { routeId: ROUTE, seq: 1 }).say("seat_availability", snapshot(1)).take();
  told.maps.length = 0;
  return { network, timers, seatwire, watch, told };
}

const changed = (change, seq = 1) => ({ routeId: ROUTE, seq, change });

test("a change asks for the map again, and one of the same seq replaces it", () => {
  const { network, told } = live();
  network.last.say("route_update", changed("bus"));
  assert.deepEqual(network.last.take(), [ASK]);
  network.last.say("seat_availability", { ...snapshot(1, [taken(2, 0, 3)]), seatCount: 9 });
  assert.deepEqual(told, { changes: ["bus"], maps: [[1, 9]], errors: [] });
});

test("several changes at once are one question, and events go on meanwhile", () => {
  const { network, told } = live();
  network.last.say("route_update", changed("inactive")).say("seat_update", update(2, "seat_available", 1));
  network.last.say("route_update", changed("active", 2));
  assert.deepEqual(network.last.take(), [ASK]);
  assert.deepEqual(told.changes, ["inactive", "active"]);
  assert.equal(told.maps.at(-1)[0], 2);
});

test("a deleted route is not asked about; its watch ends with route_not_found", () => {
  const { network, told } = live();
  network.last.say("route_update", changed("deleted"));
  assert.deepEqual(network.last.take(), []);
  network.last.say("error", { code: "route_not_found", message: "Route not found", routeId: ROUTE });
  assert.deepEqual([told.changes, told.errors], [["deleted"], ["route_not_found"]]);
  assert.equal(network.last.closed, true, "nothing is watched any more");
});
