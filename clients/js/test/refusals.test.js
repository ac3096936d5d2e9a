// What the server refuses, and what it cannot have meant.

import assert from "node:assert/strict";
import { test } from "node:test";
import { LIMITS } from "../src/seatwire.js";
import { askSnapshot, goLive, setUp, subscribe, watch } from "./conversation.js";
import { OTHER_ROUTE, ROUTE, snapshot, update } from "./fakes.js";

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
  timers.pass(LIMITS.retryMs);
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
