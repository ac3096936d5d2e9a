// The observable: one unchanging picture at a time, and a connection only while somebody listens.

import assert from "node:assert/strict";
import { test } from "node:test";
import { LIMITS, Seatwire, seatMap } from "../src/index.js";
import { askSnapshot, goLive, subscribe } from "./conversation.js";
import { FakeTimers, ROUTE, fakeNetwork, fakeWindow, snapshot, taken, update } from "./fakes.js";

function setUp(options = {}) {
  const network = fakeNetwork();
  const timers = new FakeTimers();
  const hooks = { WebSocket: network, timers, window: fakeWindow(), random: () => 0.5 };
  const seats = seatMap("http://localhost:3000", ROUTE, { ...hooks, ...options });
  return { network, timers, hooks, seats };
}

/** Listens and notes what was told. */
function listen(seats) {
  const told = [];
  const stop = seats.subscribe((now) => told.push(now));
  return { told, stop };
}

test("nothing is asked before somebody listens, and nothing after the last one left", () => {
  const { network, timers, seats } = setUp();
  assert.deepEqual(seats.getSnapshot().seats, []);
  assert.equal(network.made.length, 0);
  const one = listen(seats);
  const two = listen(seats);
  assert.equal(network.made.length, 1);
  goLive(network, 3);
  one.stop();
  one.stop();
  assert.equal(network.last.closed, false, "the other one still listens");
  two.stop();
  assert.equal(network.last.closed, true);
  assert.equal(timers.count, 0);
  assert.equal(seats.getSnapshot().state, "connecting");
});

test("somebody who comes back is shown the last map until there is a new one", () => {
  const { network, seats } = setUp();
  const { stop } = listen(seats);
  goLive(network, 3, [taken(2, 0, 3)]);
  stop();
  const { told } = listen(seats);
  assert.deepEqual(seats.getSnapshot().freeSeats, [1, 3, 4]);
  goLive(network, 4, []);
  assert.deepEqual(told.at(-1).freeSeats, [1, 2, 3, 4]);
  assert.equal(told.at(-1).state, "live");
});

test("a listener given twice is two subscriptions", () => {
  const { network, seats } = setUp();
  let calls = 0;
  const listener = () => (calls += 1);
  const stop = seats.subscribe(listener);
  seats.subscribe(listener);
  stop();
  goLive(network, 3);
  assert.ok(calls > 0, "the second one is still told");
});

test("the picture is the same object until something changes, and a seat until that seat does", () => {
  const { network, seats } = setUp();
  listen(seats);
  goLive(network, 3, [taken(2, 0, 3)]);
  const before = seats.getSnapshot();
  assert.equal(seats.getSnapshot(), before);
  network.last.say("seat_update", update(3, "seat_reserved", 1));
  assert.equal(seats.getSnapshot(), before, "a repeated event changes nothing");
  network.last.say("seat_update", update(4, "seat_reserved", 1));
  const after = seats.getSnapshot();
  assert.notEqual(after, before);
  assert.equal(after.seats[1], before.seats[1]);
  assert.deepEqual([before.seats[0].state, after.seats[0].state], ["free", "reserved"]);
  assert.deepEqual([after.seq, after.lastUpdate.seatNumber, after.freeSeats], [4, 1, [3, 4]]);
});

test("a picture cannot be changed by who reads it", () => {
  const { network, seats } = setUp();
  listen(seats);
  goLive(network, 3);
  const now = seats.getSnapshot();
  assert.throws(() => (now.state = "offline"), TypeError);
  assert.throws(() => now.seats.pop(), TypeError);
  assert.throws(() => (now.seats[0].state = "reserved"), TypeError);
});

test("several segments can be looked at, each with a picture of its own", () => {
  const { network, seats } = setUp({ fromStopIndex: 0, toStopIndex: 1 });
  listen(seats);
  goLive(network, 3, [taken(1, 0, 1), taken(2, 1, 3)]);
  assert.deepEqual(seats.getSnapshot().freeSeats, [2, 3, 4]);
  assert.deepEqual(seats.getSnapshot(1, 3).freeSeats, [1, 3, 4]);
  assert.equal(seats.getSnapshot(1, 3), seats.getSnapshot(1, 3));
  assert.equal(seats.getSnapshot(), seats.getSnapshot(0, 1));
  seats.setSegment(1, 3);
  assert.equal(seats.getSnapshot().freeSeats.length, 3);
  assert.deepEqual(network.last.take(), [], "no question was needed");
});

test("a lost connection is offline, with the seats as they were, and goes on by itself", () => {
  const { network, timers, seats } = setUp();
  const { told } = listen(seats);
  goLive(network, 5, [taken(2, 0, 3)]);
  network.last.hangUp();
  assert.deepEqual([told.at(-1).state, told.at(-1).freeSeats], ["offline", [1, 3, 4]]);
  timers.pass(LIMITS.backoffBaseMs);
  assert.deepEqual(network.last.accept().take(), [subscribe(5)]);
  network.last.say("subscribed", { routeId: ROUTE, seq: 5 });
  assert.equal(told.at(-1).state, "live");
});

test("an unknown route is an error, for good", () => {
  const { network, timers, seats } = setUp();
  const { told } = listen(seats);
  network.last.accept().say("error", { code: "route_not_found", message: "Route not found", routeId: ROUTE });
  assert.deepEqual([told.at(-1).state, told.at(-1).error.code], ["error", "route_not_found"]);
  assert.equal(timers.count, 0);
});

test("what a later attempt mends is no error", () => {
  for (const code of ["rate_limited", "unavailable"]) {
    const { network, timers, seats } = setUp();
    const { told } = listen(seats);
    network.last.accept().take();
    network.last.say("error", { code, message: "…", routeId: ROUTE });
    assert.equal(seats.getSnapshot().state, "connecting");
    timers.pass(LIMITS.retryMs);
    assert.deepEqual(network.last.take(), [subscribe(), askSnapshot], code);
    network.last.say("subscribed", { routeId: ROUTE, seq: 0 }).say("seat_availability", snapshot(0));
    assert.equal(told.at(-1).state, "live");
  }
});

test("changes that are no sale are counted, and the map is asked for again", () => {
  const { network, seats } = setUp();
  const { told } = listen(seats);
  goLive(network, 5);
  network.last.say("route_update", { routeId: ROUTE, seq: 5, change: "delayed" });
  assert.deepEqual([told.at(-1).routeChange, told.at(-1).routeChanges], ["delayed", 1]);
  assert.deepEqual(network.last.take(), [askSnapshot]);
  network.last.say("route_update", { routeId: ROUTE, seq: 5, change: "deleted" });
  network.last.say("error", { code: "route_not_found", message: "Route not found", routeId: ROUTE });
  const { routeChange, routeChanges, state } = seats.getSnapshot();
  assert.deepEqual([routeChange, routeChanges, state], ["deleted", 2, "error"]);
});

test("where the bus is stands in the picture", () => {
  const { network, seats } = setUp();
  const { told } = listen(seats);
  goLive(network, 5);
  const position = { routeId: ROUTE, lat: 40.1, lng: 29.2, speed: null, at: "2026-11-23T10:30:00.000Z" };
  network.last.say("bus_position", position);
  assert.deepEqual(told.at(-1).busPosition, position);
});

test("a blocked seat is told apart from a sold one, where the server says so", () => {
  const { network, seats } = setUp();
  listen(seats);
  goLive(network, 5, [taken(1, 0, 3, "BLOCKED", undefined), taken(2, 0, 3)]);
  assert.deepEqual(seats.getSnapshot().seats.map(({ state }) => state), ["blocked", "confirmed", "free", "free"]);
});

test("another token keeps the map", () => {
  const { network, seats } = setUp({ token: "old" });
  const { told } = listen(seats);
  goLive(network, 5, [taken(2, 0, 3)]);
  seats.setToken("new");
  assert.deepEqual(network.last.take(), [{ event: "authenticate", data: { token: "new" }, id: "token-1" }]);
  assert.deepEqual([told.at(-1).state, told.at(-1).freeSeats], ["live", [1, 3, 4]]);
  seats.setToken(undefined);
  assert.equal(network.last.url, "ws://localhost:3000/seats");
  assert.deepEqual([told.at(-1).state, told.at(-1).freeSeats], ["connecting", [1, 3, 4]]);
  assert.deepEqual(network.last.accept().take(), [subscribe(5)]);
});

test("what an administrator says is shown until something else is said", () => {
  const { network, seats } = setUp();
  const { told } = listen(seats);
  goLive(network, 5);
  assert.equal(seats.getSnapshot().notice, null);
  const notice = { message: "Peron 12", routeId: ROUTE, at: "2026-11-23T10:30:00.000Z" };
  network.last.say("notice", notice);
  assert.deepEqual(told.at(-1).notice, notice);
  network.last.say("seat_update", update(6, "seat_reserved", 1));
  assert.deepEqual(told.at(-1).notice, notice);
});

test("maps on a connection of the application share it, and leave it open", () => {
  const { network, hooks } = setUp();
  const connection = new Seatwire({ ...hooks, url: "http://localhost:3000" });
  const [one, two] = [seatMap(connection, ROUTE), seatMap(connection, ROUTE)];
  const stops = [listen(one).stop, listen(two).stop];
  goLive(network, 5);
  assert.deepEqual([one.getSnapshot().state, two.getSnapshot().state, network.made.length], ["live", "live", 1]);
  for (const stop of stops) stop();
  connection.watchRoute(ROUTE);
  assert.equal(network.made.length, 2, "the connection can still be used");
});

test("without a route nothing is watched", () => {
  for (const routeId of [undefined, null, "", "  "]) {
    const { network, hooks } = setUp();
    const seats = seatMap("http://localhost:3000", routeId, hooks);
    const { told, stop } = listen(seats);
    stop();
    assert.deepEqual([network.made.length, told.length, seats.getSnapshot().state], [0, 0, "connecting"]);
  }
});

test("where there is no WebSocket it says so, and does not look like a lost connection", () => {
  const known = globalThis.WebSocket;
  delete globalThis.WebSocket;
  try {
    const seats = seatMap("http://localhost:3000", ROUTE);
    assert.throws(() => seats.subscribe(() => {}), /pass a class as `WebSocket`/);
  } finally {
    if (known) globalThis.WebSocket = known;
  }
});
