// A route that nobody watches any more is let go at the server too, also where the server refuses that at first:
// its room would count among the rooms of the connection for ever.

import assert from "node:assert/strict";
import { test } from "node:test";
import { LEFT_MAX } from "../src/left-routes.js";
import { LIMITS } from "../src/seatwire.js";
import { goLive, setUp, subscribe, watch } from "./conversation.js";
import { OTHER_ROUTE, ROUTE, snapshot } from "./fakes.js";

const leaving = (id, routeId = OTHER_ROUTE) => ({ event: "unsubscribe_route", data: { routeId }, id });
const REFUSAL = { message: "Too many messages", code: "rate_limited", event: "unsubscribe_route" };

/** A live map, and another departure that has just been closed. */
function left() {
  const made = setUp();
  const { told } = watch(made.seatwire);
  goLive(made.network, 5);
  openOther(made);
  return { ...made, told };
}

function openOther({ network, seatwire }) {
  const other = watch(seatwire, OTHER_ROUTE);
  network.last
    .say("subscribed", { routeId: OTHER_ROUTE, seq: 1 })
    .say("seat_availability", snapshot(1, [], { routeId: OTHER_ROUTE }))
    .take();
  other.route.close();
}

test("a refused leaving is sent again until it is confirmed, and nobody is told of it", () => {
  const { network, timers, told } = left();
  assert.deepEqual(network.last.take(), [leaving("left-1")]);
  for (let refused = 0; refused < 2; refused += 1) {
    network.last.say("error", REFUSAL, "left-1");
    assert.deepEqual(network.last.take(), []);
    timers.pass(LIMITS.retryMs);
    assert.deepEqual(network.last.take(), [leaving("left-1")]);
  }
  network.last.say("unsubscribed", { routeId: OTHER_ROUTE, message: "…" }, "left-1");
  network.last.say("error", { ...REFUSAL, code: "unavailable" }, "left-9");
  timers.pass(LIMITS.retryMs);
  assert.deepEqual(network.last.take(), []);
  assert.deepEqual([told.errors, told.statuses], [[], ["connecting", "live"]]);
});

test("a route that is watched again is not left", () => {
  const { network, timers, seatwire } = left();
  network.last.say("error", REFUSAL, "left-1").take();
  watch(seatwire, OTHER_ROUTE);
  network.last.take();
  timers.pass(LIMITS.retryMs);
  assert.deepEqual(network.last.take(), []);
});

test("the answer to an earlier leaving does not confirm a later one", () => {
  const made = left();
  const { network, timers } = made;
  openOther(made);
  assert.deepEqual(network.last.take(), [leaving("left-2")]);
  network.last.say("unsubscribed", { routeId: OTHER_ROUTE, message: "…" }, "left-1").say("error", REFUSAL, "left-2");
  timers.pass(LIMITS.retryMs);
  assert.deepEqual(network.last.take(), [leaving("left-2")]);
});

test("what can never be left is not asked again", () => {
  const { network, timers } = left();
  network.last.say("error", { ...REFUSAL, code: "invalid_payload" }, "left-1").say("error", REFUSAL, "left-9").take();
  timers.pass(LIMITS.retryMs);
  assert.deepEqual(network.last.take(), []);
});

test("a new connection has no rooms to leave", () => {
  const { network, timers } = left();
  network.last.say("error", REFUSAL, "left-1").hangUp();
  timers.pass(LIMITS.backoffBaseMs);
  assert.deepEqual(network.last.accept().take(), [subscribe(5)]);
  network.last.say("subscribed", { routeId: ROUTE, seq: 5 });
  timers.pass(LIMITS.retryMs);
  assert.deepEqual(network.last.take(), []);
});

test("more than are kept in mind are left all at once, by a new connection", () => {
  const { network, seatwire } = setUp();
  watch(seatwire);
  goLive(network, 5);
  for (let each = 0; each <= LEFT_MAX; each += 1) {
    assert.equal(network.made.length, 1);
    const routeId = `0192f0c0-0000-7000-9000-${String(each).padStart(12, "0")}`;
    watch(seatwire, routeId).route.close();
  }
  assert.deepEqual([network.made.length, network.made[0].closed], [2, true]);
  assert.deepEqual(network.last.accept().take(), [subscribe(5)]);
});
