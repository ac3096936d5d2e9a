// The conversation: what is said after connecting, how holes and losses are repaired, and what the
// watcher is told meanwhile.

import assert from "node:assert/strict";
import { test } from "node:test";
import { LIMITS, Seatwire, watchRoute } from "../seatwire.js";
import { FakeTimers, OTHER_ROUTE, ROUTE, fakeNetwork, fakeWindow, snapshot, taken, update } from "./fakes.js";

function setUp(options = {}) {
  const network = fakeNetwork();
  const timers = new FakeTimers();
  const window = fakeWindow();
  const seatwire = new Seatwire({
    url: "http://localhost:3000",
    WebSocket: network,
    timers,
    window,
    random: () => 0.5,
    ...options,
  });
  return { network, timers, window, seatwire };
}

/** Watches the route and notes all that the watcher is told. */
function watch(seatwire, routeId = ROUTE, options = {}) {
  const told = { statuses: [], changes: [], errors: [] };
  const route = seatwire.watchRoute(routeId, {
    onStatus: (status) => told.statuses.push(status),
    onChange: (map, event) => told.changes.push([map.seq, event?.eventType ?? "snapshot"]),
    onError: (error) => told.errors.push(error.code),
    ...options,
  });
  return { route, told };
}

function goLive(network, seq = 0, seats = []) {
  network.last
    .accept()
    .say("subscribed", { routeId: ROUTE, seq })
    .say("seat_availability", snapshot(seq, seats))
    .take();
}

const subscribe = (since) => ({
  event: "subscribe_route",
  data: since === undefined ? { routeId: ROUTE } : { routeId: ROUTE, since },
});
const askSnapshot = { event: "get_seat_availability", data: { routeId: ROUTE } };

test("the first connection subscribes, asks for a snapshot and goes live", () => {
  const { network, seatwire } = setUp();
  const { route, told } = watch(seatwire);
  assert.equal(network.last.url, "ws://localhost:3000/seats");
  assert.deepEqual(network.last.accept().take(), [subscribe(), askSnapshot]);
  network.last.say("subscribed", { routeId: ROUTE, seq: 5 });
  assert.deepEqual(told.statuses, ["connecting"]);
  network.last.say("seat_availability", snapshot(5, [taken(2, 0, 3)]));
  assert.deepEqual(told.statuses, ["connecting", "live"]);
  assert.deepEqual(told.changes, [[5, "snapshot"]]);
  assert.deepEqual(route.freeSeats(), [1, 3, 4]);
});

test("an event between subscription and snapshot is not lost and not doubled", () => {
  const { network, seatwire } = setUp();
  const { route, told } = watch(seatwire);
  network.last
    .accept()
    .say("subscribed", { routeId: ROUTE, seq: 5 })
    .say("seat_update", update(6, "seat_reserved", 1))
    .say("seat_availability", snapshot(6, [taken(1, 0, 3, "RESERVED")]))
    .say("seat_update", update(7, "seat_reserved", 2));
  assert.deepEqual(told.changes, [
    [6, "snapshot"],
    [7, "seat_reserved"],
  ]);
  assert.deepEqual(route.freeSeats(), [3, 4]);
});

test("a watch answers for its own segment", () => {
  const { network, seatwire } = setUp();
  const { route } = watch(seatwire, ROUTE, { fromStopIndex: 0, toStopIndex: 1 });
  goLive(network, 3, [taken(1, 0, 1), taken(2, 1, 3)]);
  assert.deepEqual(route.freeSeats(), [2, 3, 4]);
  assert.equal(route.stateOf(2).state, "free");
});

test("a repeated event is dropped", () => {
  const { network, seatwire } = setUp();
  const { told } = watch(seatwire);
  goLive(network, 5);
  network.last.say("seat_update", update(5, "seat_reserved", 1)).say("seat_update", update(6, "seat_reserved", 1));
  assert.deepEqual(told.changes, [
    [5, "snapshot"],
    [6, "seat_reserved"],
  ]);
});

test("a hole is repaired by one snapshot, however many events follow it", () => {
  const { network, seatwire } = setUp();
  const { route, told } = watch(seatwire);
  goLive(network, 5);
  network.last.say("seat_update", update(8, "seat_reserved", 1)).say("seat_update", update(9, "seat_reserved", 2));
  assert.deepEqual(network.last.take(), [askSnapshot]);
  network.last
    .say("seat_availability", snapshot(9, [taken(1, 0, 3), taken(2, 0, 3)]))
    .say("seat_update", update(10, "seat_reserved", 3));
  assert.deepEqual(told.changes, [
    [5, "snapshot"],
    [9, "snapshot"],
    [10, "seat_reserved"],
  ]);
  assert.deepEqual(route.freeSeats(), [4]);
  assert.deepEqual(told.statuses, ["connecting", "live"]);
});

test("a repair that is never answered counts as a dead connection", () => {
  const { network, timers, seatwire } = setUp();
  const { told } = watch(seatwire);
  goLive(network, 5);
  const first = network.last;
  first.say("seat_update", update(8, "seat_reserved", 1));
  timers.pass(LIMITS.answer_max_ms);
  assert.equal(first.closed, true);
  assert.equal(told.statuses.at(-1), "reconnecting");
});

test("after a loss it comes back by itself and resumes from the last seq", () => {
  const { network, timers, seatwire } = setUp();
  const { route, told } = watch(seatwire);
  goLive(network, 5);
  network.last.say("seat_update", update(6, "seat_reserved", 1));
  network.last.hangUp();
  assert.deepEqual(told.statuses, ["connecting", "live", "reconnecting"]);
  timers.pass(LIMITS.backoff_base_ms);
  assert.equal(network.made.length, 2);
  assert.deepEqual(network.last.accept().take(), [subscribe(6)]);
  network.last
    .say("subscribed", { routeId: ROUTE, seq: 6 })
    .say("seat_update", update(7, "seat_confirmed", 1))
    .say("seat_update", update(8, "seat_reserved", 2));
  assert.deepEqual(told.statuses, ["connecting", "live", "reconnecting", "live"]);
  assert.equal(route.map.seq, 8);
  assert.equal(route.stateOf(1).state, "confirmed");
});

test("when the missed events are no longer kept, the server's snapshot takes their place", () => {
  const { network, timers, seatwire } = setUp();
  const { route, told } = watch(seatwire);
  goLive(network, 5);
  network.last.hangUp();
  timers.pass(LIMITS.backoff_base_ms);
  network.last
    .accept()
    .say("subscribed", { routeId: ROUTE, seq: 900 })
    .say("seat_snapshot", snapshot(900, [taken(4, 0, 3)]));
  assert.equal(told.statuses.at(-1), "live");
  assert.equal(route.map.seq, 900);
  assert.deepEqual(route.freeSeats(), [1, 2, 3]);
});

test("a server whose store went back is believed", () => {
  const { network, timers, seatwire } = setUp();
  const { route, told } = watch(seatwire);
  goLive(network, 50, [taken(1, 0, 3)]);
  network.last.hangUp();
  timers.pass(LIMITS.backoff_base_ms);
  network.last.accept().say("subscribed", { routeId: ROUTE, seq: 3 });
  assert.equal(told.statuses.at(-1), "reconnecting");
  network.last.say("seat_snapshot", snapshot(3)).say("seat_update", update(4, "seat_reserved", 2));
  assert.equal(told.statuses.at(-1), "live");
  assert.deepEqual(route.freeSeats(), [1, 3, 4]);
});

test("delays grow to a bound, with full jitter, and start again only after a proper answer", () => {
  const drawn = [1, 1, 1, 1, 1, 1, 1, 0.25, 1, 1];
  const { network, timers, seatwire } = setUp({ random: () => drawn.shift() });
  watch(seatwire);
  const delays_ms = [];
  for (let attempt = 0; attempt < 8; attempt += 1) {
    // Opening alone proves nothing.
    network.last.accept().hangUp();
    delays_ms.push(timers.delays_ms[0]);
    timers.pass(timers.delays_ms[0]);
  }
  assert.deepEqual(delays_ms, [500, 1000, 2000, 4000, 8000, 15000, 15000, 3750]);
  goLive(network);
  network.last.hangUp();
  assert.deepEqual(timers.delays_ms, [500]);
});

test("a handshake that hangs is given up", () => {
  const { network, timers, seatwire } = setUp();
  const { told } = watch(seatwire);
  const first = network.last;
  timers.pass(LIMITS.connect_max_ms);
  assert.equal(first.closed, true);
  assert.deepEqual(told.statuses, ["connecting", "reconnecting"]);
  timers.pass(LIMITS.backoff_base_ms);
  assert.equal(network.made.length, 2);
});

test("a socket that was given up is not heard any more", () => {
  const { network, timers, seatwire } = setUp();
  const { route } = watch(seatwire);
  goLive(network, 5);
  const dead = network.last;
  const heard = dead.onmessage;
  seatwire.wake();
  timers.pass(LIMITS.answer_max_ms);
  assert.equal(dead.onmessage, null);
  assert.notEqual(heard, null);
  dead.say("seat_update", update(6, "seat_reserved", 1));
  dead.hangUp();
  assert.equal(route.map.seq, 5);
  assert.equal(timers.count, 1);
});

test("long silence is answered by a question, and the question's silence by a new connection", () => {
  const { network, timers, seatwire } = setUp();
  const { told } = watch(seatwire);
  goLive(network, 5);
  const first = network.last;
  timers.pass(LIMITS.silence_ms - 1);
  assert.deepEqual(first.take(), []);
  timers.pass(1);
  assert.deepEqual(first.take(), [askSnapshot]);
  first.say("seat_availability", snapshot(5));
  timers.pass(LIMITS.silence_ms);
  assert.deepEqual(first.take(), [askSnapshot]);
  assert.equal(told.statuses.at(-1), "live");
  timers.pass(LIMITS.answer_max_ms);
  assert.equal(told.statuses.at(-1), "reconnecting");
  assert.equal(first.closed, true);
});

test("coming online or back to the page does not wait for the delay", () => {
  for (const wake of [
    (window) => window.dispatchEvent(new Event("online")),
    (window) => window.document.dispatchEvent(new Event("visibilitychange")),
  ]) {
    const { network, timers, window, seatwire } = setUp();
    watch(seatwire);
    goLive(network, 5);
    network.last.hangUp();
    wake(window);
    assert.equal(network.made.length, 2);
    assert.deepEqual(network.last.accept().take(), [subscribe(5)]);
    timers.pass(LIMITS.backoff_base_ms);
    assert.equal(network.made.length, 2);
  }
});

test("going offline is shown at once, and being online again is tried at once", () => {
  const { network, window, seatwire } = setUp();
  const { told } = watch(seatwire);
  goLive(network, 5);
  const first = network.last;
  window.dispatchEvent(new Event("offline"));
  assert.equal(first.closed, true);
  assert.equal(told.statuses.at(-1), "reconnecting");
  window.dispatchEvent(new Event("online"));
  assert.equal(network.made.length, 2);
  network.last.accept().say("subscribed", { routeId: ROUTE, seq: 5 });
  assert.equal(told.statuses.at(-1), "live");
});

test("a page that becomes hidden wakes nothing", () => {
  const { network, window, seatwire } = setUp();
  watch(seatwire);
  goLive(network, 5);
  window.document.visibilityState = "hidden";
  window.document.dispatchEvent(new Event("visibilitychange"));
  assert.deepEqual(network.last.take(), []);
});

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
  timers.pass(LIMITS.backoff_base_ms);
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
  assert.deepEqual(network.last.take(), [{ event: "unsubscribe_route", data: { routeId: ROUTE } }]);
  assert.equal(network.last.closed, true);
});

test("a new token makes a new connection that resumes, and is not called a loss", () => {
  const { network, seatwire } = setUp();
  const { told } = watch(seatwire);
  goLive(network, 5);
  const first = network.last;
  seatwire.setToken("a+b");
  assert.equal(first.closed, true);
  assert.equal(network.last.url, "ws://localhost:3000/seats?token=a%2Bb");
  assert.deepEqual(network.last.accept().take(), [subscribe(5)]);
  network.last.say("subscribed", { routeId: ROUTE, seq: 5 });
  assert.deepEqual(told.statuses, ["connecting", "live", "connecting", "live"]);
});

for (const [what, spelling] of Object.entries({
  "upper case": ROUTE.toUpperCase(),
  "blanks around it": `  ${ROUTE}\n`,
  "no hyphens": ROUTE.replaceAll("-", ""),
  "braces": `{${ROUTE}}`,
  "a URN": `urn:uuid:${ROUTE}`,
})) {
  test(`a route id with ${what} goes live, and shares the watch of the same route`, () => {
    const { network, seatwire } = setUp();
    const { route, told } = watch(seatwire, spelling);
    assert.equal(route.routeId, ROUTE);
    assert.deepEqual(network.last.accept().take(), [subscribe(), askSnapshot]);
    network.last.say("subscribed", { routeId: ROUTE, seq: 5 }).say("seat_availability", snapshot(5));
    assert.equal(told.statuses.at(-1), "live");
    const { told: same } = watch(seatwire, ROUTE);
    assert.deepEqual(same.statuses, ["live"]);
    assert.deepEqual(network.last.take(), [], "one subscription for both");
  });
}

test("what is no id is asked as it is, and refused as the server says", () => {
  const { network, seatwire } = setUp();
  const { told } = watch(seatwire, " No-Such-Id ");
  assert.equal(network.last.accept().take()[0].data.routeId, "No-Such-Id");
  network.last.say("error", { code: "route_not_found", message: "…", routeId: "No-Such-Id" });
  assert.deepEqual(told.errors, ["route_not_found"]);
});

test("an unknown route is told and let go", () => {
  const { network, timers, seatwire } = setUp();
  const { told } = watch(seatwire);
  network.last.accept().say("error", { message: "Route not found", code: "route_not_found", routeId: ROUTE });
  assert.deepEqual(told.errors, ["route_not_found"]);
  assert.equal(network.last.closed, true);
  assert.equal(timers.count, 0);
});

test("a refusal for speed is asked again a little later", () => {
  const { network, timers, seatwire } = setUp();
  const { told } = watch(seatwire);
  network.last.accept().take();
  network.last.say("error", { message: "Too many", code: "rate_limited", event: "subscribe_route", routeId: ROUTE });
  assert.deepEqual(network.last.take(), []);
  timers.pass(LIMITS.rate_limited_retry_ms);
  assert.deepEqual(network.last.take(), [subscribe(), askSnapshot]);
  network.last.say("subscribed", { routeId: ROUTE, seq: 1 }).say("seat_availability", snapshot(1));
  assert.equal(told.statuses.at(-1), "live");
});

test("frames that are no JSON objects, or of no watched route, are ignored", () => {
  const { network, seatwire } = setUp();
  const { told } = watch(seatwire);
  goLive(network, 5);
  network.last
    .sayRaw("{")
    .sayRaw("null")
    .sayRaw(new ArrayBuffer(2))
    .say("seat_update", update(6, "seat_reserved", 1, 0, 3, { routeId: OTHER_ROUTE }))
    .say("error", undefined);
  assert.deepEqual(told.changes, [[5, "snapshot"]]);
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
