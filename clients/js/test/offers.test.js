// Whom a free seat is for, where the neighbour rule is on: asked about for the traveller's own segment.

import assert from "node:assert/strict";
import { test } from "node:test";
import { LIMITS, seatMap } from "../src/index.js";
import { goLive } from "./conversation.js";
import { FakeTimers, ROUTE, fakeNetwork, fakeWindow, snapshot, update } from "./fakes.js";

function live(options = { offers: true, fromStopIndex: 0, toStopIndex: 2 }) {
  const network = fakeNetwork();
  const timers = new FakeTimers();
  const seats = seatMap("http://localhost:3000", ROUTE, { WebSocket: network, timers, window: fakeWindow(), ...options });
  const stop = seats.subscribe(() => {});
  network.last.accept().say("subscribed", { routeId: ROUTE, seq: 5 }).take();
  network.last.say("seat_availability", snapshot(5));
  return { network, timers, seats, stop };
}

const ask = (fromStopIndex, toStopIndex) => ({
  event: "get_seat_availability",
  data: { routeId: ROUTE, fromStopIndex, toStopIndex },
  id: 1,
});
const offer = (seatNumber, offeredTo) => ({ seatNumber, offeredTo });

test("they are asked for once the map is live, and stand on the free seats", () => {
  const { network, seats } = live();
  assert.deepEqual(network.last.take(), [ask(0, 2)]);
  network.last.say("seat_availability", { ...snapshot(5), toStopIndex: 2, offers: [offer(3, "FEMALE")] }, 1);
  assert.deepEqual(seats.getSnapshot().seats.map(({ offeredTo }) => offeredTo), [undefined, undefined, "FEMALE", undefined]);
  assert.equal(seats.getSnapshot().state, "live");
});

test("the answer about offers moves nothing else", () => {
  const { network, seats } = live();
  const older = { ...snapshot(4, [{ seatNumber: 1, status: "CONFIRMED", fromStopIndex: 0, toStopIndex: 3 }]) };
  network.last.say("seat_availability", { ...older, toStopIndex: 2, offers: [] }, 1);
  assert.deepEqual([seats.getSnapshot().seq, seats.getSnapshot().freeSeats], [5, [1, 2, 3, 4]]);
});

test("many changes at once are one more question", () => {
  const { network, timers, seats } = live();
  network.last.take();
  for (const [seq, seat] of [[6, 1], [7, 2], [8, 4]]) network.last.say("seat_update", update(seq, "seat_reserved", seat));
  assert.deepEqual(network.last.take(), []);
  timers.pass(LIMITS.offersEveryMs);
  assert.deepEqual(network.last.take(), [ask(0, 2)]);
  network.last.say("seat_availability", { ...snapshot(8), offers: [offer(3, "MALE"), offer(4, "MALE")] }, 1);
  const shown = seats.getSnapshot().seats.map(({ state, offeredTo }) => [state, offeredTo]);
  assert.deepEqual(shown[2], ["free", "MALE"]);
  assert.deepEqual(shown[3], ["reserved", undefined], "what is taken is offered to nobody");
  timers.pass(LIMITS.offersEveryMs);
  assert.deepEqual(network.last.take(), []);
});

test("another segment is asked about, and a connection that came back too", () => {
  const { network, timers, seats } = live();
  timers.pass(LIMITS.offersEveryMs);
  network.last.take();
  seats.setSegment(1, 3);
  assert.deepEqual(network.last.take(), [ask(1, 3)]);
  network.last.hangUp();
  timers.pass(LIMITS.backoffBaseMs);
  network.last.accept().take();
  network.last.say("subscribed", { routeId: ROUTE, seq: 5 });
  assert.deepEqual(network.last.take(), [ask(1, 3)]);
});

test("nobody is asked who does not want them, and nothing is left of who has gone", () => {
  const silent = live({});
  assert.deepEqual(silent.network.last.take(), []);
  const { network, timers, stop } = live();
  network.last.say("seat_update", update(6, "seat_reserved", 1));
  stop();
  assert.equal(timers.count, 0);
  assert.equal(network.last.closed, true);
});

test("the map that the answer is for is live without it", () => {
  const { network, timers, seats } = live();
  goLive(network, 5);
  timers.pass(LIMITS.answerMaxMs);
  assert.equal(seats.getSnapshot().state, "live");
});
