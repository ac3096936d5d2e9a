// The fold: what a viewer's map says after each kind of event, on overlapping and touching segments.

import assert from "node:assert/strict";
import { test } from "node:test";
import { SeatMap } from "../src/seatmap.js";
import { snapshot, taken, update } from "./fakes.js";

const mapAt = (seq, seats) => SeatMap.fromSnapshot(snapshot(seq, seats));

test("a snapshot says who sits where, per segment", () => {
  const map = mapAt(7, [taken(1, 0, 2), taken(1, 2, 3, "RESERVED", "MALE"), taken(3, 1, 3)]);
  assert.equal(map.seq, 7);
  assert.equal(map.seatCount, 4);
  assert.equal(map.lastStopIndex, 3);
  assert.deepEqual(map.stateOf(1, 0, 1), { state: "confirmed", gender: "FEMALE" });
  assert.deepEqual(map.stateOf(1, 2, 3), { state: "reserved", gender: "MALE" });
  assert.deepEqual(map.stateOf(3, 0, 1), { state: "free" });
  assert.deepEqual(map.freeSeats(0, 1), [2, 3, 4]);
  assert.deepEqual(map.freeSeats(), [2, 4]);
});

test("segments that touch at a stop do not overlap", () => {
  const map = mapAt(1, [taken(2, 0, 1), taken(2, 2, 3)]);
  assert.equal(map.stateOf(2, 1, 2).state, "free");
  assert.equal(map.stateOf(2, 1, 3).state, "confirmed");
});

test("a confirmed ticket speaks before a reserved one on the same journey", () => {
  const map = mapAt(1, [taken(2, 0, 1, "RESERVED", "MALE"), taken(2, 2, 3, "CONFIRMED", "FEMALE")]);
  assert.deepEqual(map.stateOf(2, 0, 3), { state: "confirmed", gender: "FEMALE" });
});

test("reserve, then confirm, keeps one entry for the segment", () => {
  const map = mapAt(0);
  assert.equal(map.apply(update(1, "seat_reserved", 2, 0, 2, { ticketId: "t1", pnrNumber: "VV00AAAAA" })), "applied");
  assert.deepEqual(map.stateOf(2, 0, 1), {
    state: "reserved",
    gender: "MALE",
    ticketId: "t1",
    pnrNumber: "VV00AAAAA",
  });
  map.apply(update(2, "seat_confirmed", 2, 0, 2));
  assert.equal(map.occupiedSegments(2).length, 1);
  assert.equal(map.stateOf(2, 0, 1).state, "confirmed");
});

test("a change of gender replaces the entry", () => {
  const map = mapAt(4, [taken(2, 0, 3, "RESERVED", "MALE")]);
  map.apply(update(5, "seat_reserved", 2, 0, 3, { metadata: { gender: "FEMALE", reason: "changed" } }));
  assert.deepEqual(map.stateOf(2), { state: "reserved", gender: "FEMALE" });
  assert.equal(map.occupiedSegments(2).length, 1);
});

test("seat_suspended frees only its own segment", () => {
  const map = mapAt(4, [taken(2, 0, 1), taken(2, 1, 3)]);
  map.apply(update(5, "seat_suspended", 2, 0, 1));
  assert.equal(map.stateOf(2, 0, 1).state, "free");
  assert.equal(map.stateOf(2, 1, 2).state, "confirmed");
});

test("seat_cancelled alone changes no seat; the seat_available after it frees the segment", () => {
  const map = mapAt(4, [taken(2, 0, 3)]);
  assert.equal(map.apply(update(5, "seat_cancelled", 2)), "applied");
  assert.equal(map.stateOf(2).state, "confirmed");
  map.apply(update(6, "seat_available", 2));
  assert.equal(map.stateOf(2).state, "free");
  assert.deepEqual(map.freeSeats(), [1, 2, 3, 4]);
});

test("a suspended ticket cancelled after its seat was sold again leaves the new owner seated", () => {
  const map = mapAt(0, [taken(2, 0, 3, "CONFIRMED", "MALE")]);
  map.apply(update(1, "seat_suspended", 2));
  map.apply(update(2, "seat_confirmed", 2, 0, 3, { metadata: { gender: "FEMALE" } }));
  map.apply(update(3, "seat_cancelled", 2));
  assert.deepEqual(map.stateOf(2), { state: "confirmed", gender: "FEMALE" });
});

test("a moved ticket frees the old seat and takes the new one", () => {
  const map = mapAt(1, [taken(1, 0, 3, "CONFIRMED", "MALE")]);
  map.apply(update(2, "seat_available", 1));
  map.apply(update(3, "seat_confirmed", 4));
  assert.deepEqual(map.freeSeats(), [1, 2, 3]);
});

test("an event seen before is repeated, one too far ahead is a hole; neither changes the map", () => {
  const map = mapAt(4, [taken(2, 0, 3)]);
  assert.equal(map.apply(update(4, "seat_available", 2)), "repeated");
  assert.equal(map.apply(update(6, "seat_available", 2)), "hole");
  assert.equal(map.seq, 4);
  assert.equal(map.stateOf(2).state, "confirmed");
  assert.equal(map.apply(update(5, "seat_available", 2)), "applied");
});

test("before a snapshot every event is a hole", () => {
  const map = new SeatMap();
  assert.equal(map.apply(update(1, "seat_reserved", 2)), "hole");
  assert.equal(map.ready, false);
});

test("an unknown event type moves seq and nothing else", () => {
  const map = mapAt(4, [taken(2, 0, 3)]);
  assert.equal(map.apply(update(5, "seat_upholstered", 2)), "applied");
  assert.equal(map.seq, 5);
  assert.equal(map.stateOf(2).state, "confirmed");
});

test("tickets learnt from events survive a snapshot of the same seq, and no other", () => {
  const map = mapAt(0);
  map.apply(update(1, "seat_confirmed", 2, 0, 3, { ticketId: "t1", metadata: { gender: "FEMALE" } }));
  map.reset(snapshot(1, [taken(2, 0, 3)]));
  assert.equal(map.stateOf(2).ticketId, "t1");
  map.reset(snapshot(9, [taken(2, 0, 3)]));
  assert.equal(map.stateOf(2).ticketId, undefined);
});

test("folding any history equals the snapshot at its end", () => {
  // A small deterministic generator stands for the server: it sells and frees, and keeps its own truth.
  let state = 12345;
  const draw = (bound) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % bound;
  };
  const truth = new Map();
  const map = mapAt(0);
  let seq = 0;
  const say = (...args) => map.apply(update((seq += 1), ...args));
  for (let step = 0; step < 2000; step += 1) {
    const seat = 1 + draw(4);
    const from = draw(3);
    const to = from + 1 + draw(3 - from);
    const held = truth.get(seat) ?? [];
    const own = held.find((entry) => entry.from === from && entry.to === to);
    if (own) {
      held.splice(held.indexOf(own), 1);
      if (draw(2) === 0) {
        say("seat_suspended", seat, from, to);
      } else {
        say("seat_cancelled", seat, from, to);
        say("seat_available", seat, from, to);
      }
    } else if (!held.some((entry) => entry.from < to && from < entry.to)) {
      truth.set(seat, [...held, { from, to }]);
      say("seat_reserved", seat, from, to);
      if (draw(2) === 0) say("seat_confirmed", seat, from, to);
    }
    for (let each = 1; each <= 4; each += 1) {
      const expected = (truth.get(each) ?? []).map(({ from, to }) => [from, to]).sort((a, b) => a[0] - b[0]);
      const actual = map.occupiedSegments(each).map((entry) => [entry.fromStopIndex, entry.toStopIndex]);
      assert.deepEqual(actual, expected, `seat ${each} after step ${step}`);
    }
  }
  assert.equal(map.seq, seq);
});
