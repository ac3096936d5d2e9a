// Another viewer on the same map: the seats stay, and whose tickets they are is forgotten.

import assert from "node:assert/strict";
import { test } from "node:test";
import { seatMap } from "../src/index.js";
import { goLive, setUp, watch } from "./conversation.js";
import { FakeTimers, ROUTE, fakeNetwork, fakeWindow, update } from "./fakes.js";

/** As the server makes it; `jti` differs whenever a token is renewed. */
function tokenOf(sub, jti = "1") {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "HS256" })}.${part({ sub, jti, email: "ayşe>?@example.com" })}.c2lnbmF0dXJl`;
}

const OWN = { ticketId: "t1", pnrNumber: "VV00AAAAA" };
const SEEN = { state: "reserved", gender: "MALE", ...OWN };
const STRIPPED = { state: "reserved", gender: "MALE" };

/** A live map on which this viewer has seen a ticket of theirs. */
function seen(token) {
  const made = setUp({ token });
  const { route, told } = watch(made.seatwire);
  goLive(made.network, 5);
  made.network.last.say("seat_update", update(6, "seat_reserved", 1, 0, 3, OWN));
  assert.deepEqual(route.stateOf(1), SEEN);
  return { ...made, route, told };
}

const answered = { expiresAt: "2026-11-30T00:00:00.000Z" };

test("another user, and nobody, see no codes of the one before, and are told a change", () => {
  for (const after of [tokenOf("veli"), "unreadable", undefined]) {
    const { seatwire, route, told } = seen(tokenOf("ayse"));
    seatwire.setToken(after);
    assert.deepEqual(route.stateOf(1), STRIPPED);
    assert.deepEqual(told.changes.at(-1), [6, "snapshot"]);
  }
});

test("the same user with another token keeps them, and so does who logs in", () => {
  for (const before of [tokenOf("ayse"), undefined]) {
    const { network, seatwire, route, told } = seen(before);
    seatwire.setToken(tokenOf("ayse", "2"));
    const [{ id }] = network.last.take();
    network.last.say("authenticated", answered, id);
    assert.deepEqual(route.stateOf(1), SEEN);
    assert.deepEqual(told.changes.at(-1), [6, "seat_reserved"]);
  }
});

test("what the server still told for the one before is forgotten as soon as it knows the other", () => {
  const { network, seatwire, route } = seen(tokenOf("ayse"));
  seatwire.setToken(tokenOf("veli"));
  // Renewed before the first answer: the server still knows who was there before both.
  seatwire.setToken(tokenOf("veli", "2"));
  const { id } = network.last.take().at(-1);
  network.last.say("seat_update", update(7, "seat_reserved", 2, 0, 3, OWN)).say("authenticated", answered, id);
  assert.deepEqual(route.stateOf(2), STRIPPED);
  network.last.say("seat_update", update(8, "seat_reserved", 3, 0, 3, OWN));
  assert.deepEqual(route.stateOf(3), SEEN);
});

test("a picture forgets them too, with the event that named them, also while nobody listens", () => {
  for (const isHeard of [true, false]) {
    const network = fakeNetwork();
    const hooks = { WebSocket: network, timers: new FakeTimers(), window: fakeWindow(), random: () => 0.5 };
    const seats = seatMap("http://localhost:3000", ROUTE, { ...hooks, token: tokenOf("ayse") });
    const stop = seats.subscribe(() => {});
    goLive(network, 5);
    network.last.say("seat_update", update(6, "seat_reserved", 1, 0, 3, OWN));
    assert.deepEqual([seats.getSnapshot().seats[0].pnrNumber, seats.getSnapshot().lastUpdate.pnrNumber], [OWN.pnrNumber, OWN.pnrNumber]);
    if (!isHeard) stop();
    seats.setToken(tokenOf("veli"));
    assert.deepEqual(seats.getSnapshot().seats[0], { seatNumber: 1, ...STRIPPED });
    assert.equal(seats.getSnapshot().lastUpdate, null);
  }
});
