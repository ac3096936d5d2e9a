// One connection carries several routes and several watches of a route, for one viewer at a time.

import assert from "node:assert/strict";
import { test } from "node:test";
import { LIMITS, watchRoute } from "../src/seatwire.js";
import { goLive, setUp, subscribe, watch } from "./conversation.js";
import { FakeTimers, OTHER_ROUTE, ROUTE, fakeNetwork, snapshot, update } from "./fakes.js";

test("one socket carries several routes, and each resumes from its own seq", () => {
  const { network, timers, seatwire } = setUp();
  const one = watch(seatwire, ROUTE);
  const two = watch(seatwire, OTHER_ROUTE);
  network.last
    .accept()
    .say("subscribed", { routeId: ROUTE, seq: 5 })
    .say("seat_availability", snapshot(5))
    .say("subscribed", { routeId: OTHER_ROUTE, seq: 80 })
    .say("seat_availability", snapshot(80, [], { routeId: OTHER_ROUTE }))
    .say("seat_update", update(81, "seat_reserved", 1, 0, 3, { routeId: OTHER_ROUTE }));
  assert.equal(network.made.length, 1);
  assert.equal(one.route.map.seq, 5);
  assert.equal(two.route.map.seq, 81);
  network.last.hangUp();
  timers.pass(LIMITS.backoffBaseMs);
  assert.deepEqual(network.last.accept().take(), [
    subscribe(5),
    { event: "subscribe_route", data: { routeId: OTHER_ROUTE, since: 81 } },
  ]);
});

test("two watches of a route share its subscription until the last one closes", () => {
  const { network, seatwire } = setUp();
  const one = watch(seatwire);
  goLive(network, 5);
  const two = watch(seatwire);
  assert.deepEqual(network.last.take(), []);
  assert.deepEqual(two.told.changes, [[5, "snapshot"]]);
  one.route.close();
  assert.deepEqual(network.last.take(), []);
  network.last.say("seat_update", update(6, "seat_reserved", 1));
  assert.deepEqual(one.told.changes, [[5, "snapshot"]]);
  assert.deepEqual(two.told.changes.at(-1), [6, "seat_reserved"]);
  two.route.close();
  assert.deepEqual(network.last.take(), [{ event: "unsubscribe_route", data: { routeId: ROUTE }, id: "left-1" }]);
  assert.equal(network.last.closed, true);
});

test("no token any more makes a new connection that resumes, and is not called a loss", () => {
  const { network, seatwire } = setUp({ token: "a+b" });
  const { told } = watch(seatwire);
  assert.equal(network.last.url, "ws://localhost:3000/seats?token=a%2Bb");
  goLive(network, 5);
  const first = network.last;
  seatwire.setToken(undefined);
  assert.equal(first.closed, true);
  assert.equal(network.last.url, "ws://localhost:3000/seats");
  assert.deepEqual(network.last.accept().take(), [subscribe(5)]);
  network.last.say("subscribed", { routeId: ROUTE, seq: 5 });
  assert.deepEqual(told.statuses, ["connecting", "live", "connecting", "live"]);
});

test("close ends the connection, the timers and the listening", () => {
  const { network, timers, window, seatwire } = setUp();
  watch(seatwire);
  goLive(network, 5);
  seatwire.close();
  assert.equal(network.last.closed, true);
  assert.equal(timers.count, 0);
  window.dispatchEvent(new Event("online"));
  assert.equal(network.made.length, 1);
});

test("watchRoute alone brings its own connection and closes it", () => {
  const network = fakeNetwork();
  const timers = new FakeTimers();
  const route = watchRoute(ROUTE, { url: "wss://example.org/seats", token: "t", WebSocket: network, timers });
  assert.equal(network.last.url, "wss://example.org/seats?token=t");
  route.close();
  assert.equal(network.last.closed, true);
  assert.equal(timers.count, 0);
});
