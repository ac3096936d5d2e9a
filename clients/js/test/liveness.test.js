// When a connection counts as dead, and when the next attempt is made.

import assert from "node:assert/strict";
import { test } from "node:test";
import { LIMITS } from "../src/seatwire.js";
import { askSnapshot, goLive, setUp, watch } from "./conversation.js";
import { snapshot, update } from "./fakes.js";

test("delays grow to a bound, with full jitter, and start again only after a proper answer", () => {
  const drawn = [1, 1, 1, 1, 1, 1, 1, 0.25, 1, 1];
  const { network, timers, seatwire } = setUp({ random: () => drawn.shift() });
  watch(seatwire);
  const delaysMs = [];
  for (let attempt = 0; attempt < 8; attempt += 1) {
    // Opening alone proves nothing.
    network.last.accept().hangUp();
    delaysMs.push(timers.delaysMs[0]);
    timers.pass(timers.delaysMs[0]);
  }
  assert.deepEqual(delaysMs, [500, 1000, 2000, 4000, 8000, 15000, 15000, 3750]);
  goLive(network);
  network.last.hangUp();
  assert.deepEqual(timers.delaysMs, [500]);
});

test("a handshake that hangs is given up", () => {
  const { network, timers, seatwire } = setUp();
  const { told } = watch(seatwire);
  const first = network.last;
  timers.pass(LIMITS.connectMaxMs);
  assert.equal(first.closed, true);
  assert.deepEqual(told.statuses, ["connecting", "reconnecting"]);
  timers.pass(LIMITS.backoffBaseMs);
  assert.equal(network.made.length, 2);
});

test("a socket that was given up is not heard any more", () => {
  const { network, timers, seatwire } = setUp();
  const { route } = watch(seatwire);
  goLive(network, 5);
  const dead = network.last;
  const heard = dead.onmessage;
  seatwire.wake();
  timers.pass(LIMITS.answerMaxMs);
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
  timers.pass(LIMITS.silenceMs - 1);
  assert.deepEqual(first.take(), []);
  timers.pass(1);
  assert.deepEqual(first.take(), [askSnapshot]);
  first.say("seat_availability", snapshot(5));
  timers.pass(LIMITS.silenceMs);
  assert.deepEqual(first.take(), [askSnapshot]);
  assert.equal(told.statuses.at(-1), "live");
  timers.pass(LIMITS.answerMaxMs);
  assert.equal(told.statuses.at(-1), "reconnecting");
  assert.equal(first.closed, true);
});
