// What comes is folded in order, and holes are repaired: the map that is shown is the server's.

import assert from "node:assert/strict";
import { test } from "node:test";
import { LIMITS } from "../src/seatwire.js";
import { askSnapshot, goLive, setUp, subscribe, watch } from "./conversation.js";
import { ROUTE, snapshot, taken, update } from "./fakes.js";

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
  timers.pass(LIMITS.answerMaxMs);
  assert.equal(first.closed, true);
  assert.equal(told.statuses.at(-1), "reconnecting");
});
