// A lost connection is made again, and each route goes on where it was.

import assert from "node:assert/strict";
import { test } from "node:test";
import { LIMITS } from "../src/seatwire.js";
import { goLive, setUp, subscribe, watch } from "./conversation.js";
import { ROUTE, snapshot, taken, update } from "./fakes.js";

test("after a loss it comes back by itself and resumes from the last seq", () => {
  const { network, timers, seatwire } = setUp();
  const { route, told } = watch(seatwire);
  goLive(network, 5);
  network.last.say("seat_update", update(6, "seat_reserved", 1));
  network.last.hangUp();
  assert.deepEqual(told.statuses, ["connecting", "live", "reconnecting"]);
  timers.pass(LIMITS.backoffBaseMs);
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
  timers.pass(LIMITS.backoffBaseMs);
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
  timers.pass(LIMITS.backoffBaseMs);
  network.last.accept().say("subscribed", { routeId: ROUTE, seq: 3 });
  assert.equal(told.statuses.at(-1), "reconnecting");
  network.last.say("seat_snapshot", snapshot(3)).say("seat_update", update(4, "seat_reserved", 2));
  assert.equal(told.statuses.at(-1), "live");
  assert.deepEqual(route.freeSeats(), [1, 3, 4]);
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
    timers.pass(LIMITS.backoffBaseMs);
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
