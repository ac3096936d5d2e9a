// Another token on a connection that is open: said by message, and the map stays live.

import assert from "node:assert/strict";
import { test } from "node:test";
import { LIMITS } from "../src/index.js";
import { goLive, setUp, subscribe, watch } from "./conversation.js";
import { OTHER_ROUTE, ROUTE, update } from "./fakes.js";

const WORN = { token: "worn" };

/** A live map, and the question that another token was said with. */
function changed() {
  const made = setUp(WORN);
  const { told } = watch(made.seatwire);
  goLive(made.network, 5);
  made.seatwire.setToken("fresh");
  const [question, ...more] = made.network.last.take();
  assert.deepEqual([question.event, question.data, more], ["authenticate", { token: "fresh" }, []]);
  return { ...made, told, id: question.id };
}

const refusal = (code) => ({ code, message: "…", event: "authenticate" });

test("another token is said on the connection that is open", () => {
  const { network, timers, told, id } = changed();
  network.last.say("authenticated", { expiresAt: "2026-11-30T00:00:00.000Z" }, id);
  network.last.say("seat_update", update(6, "seat_reserved", 1));
  timers.pass(LIMITS.answerMaxMs);
  assert.equal(network.made.length, 1);
  assert.deepEqual([told.statuses, told.errors], [["connecting", "live"], []]);
  assert.deepEqual(told.changes.at(-1), [6, "seat_reserved"]);
});

test("a token that is refused ends the connection until there is another one", () => {
  const { network, timers, seatwire, told, id } = changed();
  network.last.say("error", refusal("unauthorized"), id);
  assert.deepEqual(told.errors, ["unauthorized"]);
  assert.deepEqual([network.last.closed, timers.count], [true, 0]);
  seatwire.setToken("another");
  assert.equal(network.last.url, "ws://localhost:3000/seats?token=another");
  assert.deepEqual(network.last.accept().take(), [subscribe(5)]);
});

test("an answer to an earlier token is nobody's", () => {
  const { network, seatwire, told, id } = changed();
  seatwire.setToken("newer");
  network.last.say("error", refusal("unauthorized"), id);
  const [{ id: newer }] = network.last.take();
  network.last.say("authenticated", { expiresAt: "2026-11-30T00:00:00.000Z" }, newer);
  assert.deepEqual([network.made.length, told.errors], [1, []]);
});

test("a server that cannot say, or says nothing, is asked by a new connection", () => {
  const busy = changed();
  busy.network.last.say("error", refusal("rate_limited"), busy.id);
  const silent = changed();
  silent.timers.pass(LIMITS.answerMaxMs);
  for (const { network, told } of [busy, silent]) {
    assert.equal(network.made[0].closed, true);
    assert.equal(network.last.url, "ws://localhost:3000/seats?token=fresh");
    assert.deepEqual(network.last.accept().take(), [subscribe(5)]);
    assert.deepEqual(told.errors, []);
  }
});

test("a connection that is lost meanwhile comes back with the new token", () => {
  const { network, timers, id } = changed();
  network.last.hangUp();
  timers.pass(LIMITS.backoffBaseMs);
  assert.deepEqual([network.made.length, network.last.url], [2, "ws://localhost:3000/seats?token=fresh"]);
  network.last.accept().say("error", refusal("unauthorized"), id);
  assert.equal(network.last.closed, false);
});

test("what an administrator says is told once, and to the watches that it is for", () => {
  const said = [];
  const { network, seatwire } = setUp({ onNotice: ({ message }) => said.push(message) });
  const told = { here: [], there: [] };
  watch(seatwire, ROUTE, { onNotice: ({ message }) => told.here.push(message) });
  goLive(network, 5);
  watch(seatwire, OTHER_ROUTE, { onNotice: ({ message }) => told.there.push(message) });
  const at = "2026-11-23T10:30:00.000Z";
  network.last.say("notice", { message: "Peron 12", routeId: ROUTE, at }).say("notice", { message: "Mesai bitti", at });
  assert.deepEqual(said, ["Peron 12", "Mesai bitti"]);
  assert.deepEqual(told, { here: ["Peron 12", "Mesai bitti"], there: ["Mesai bitti"] });
});
