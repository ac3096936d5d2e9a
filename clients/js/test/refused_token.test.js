// A token that is not good any more, and none where one is needed: told apart from a broken network, and not tried
// for ever.

import assert from "node:assert/strict";
import { test } from "node:test";
import { LIMITS, seatMap } from "../src/index.js";
import { setUp, subscribe, watch } from "./conversation.js";
import { FakeTimers, ROUTE, fakeNetwork, fakeWindow } from "./fakes.js";

/** A map whose handshakes are refused, with `answer` to the question whether its token is good. */
function refused(answer, token) {
  const network = fakeNetwork();
  const timers = new FakeTimers();
  const asked = [];
  const fetch = (url, { method, headers }) => {
    asked.push([String(url), headers?.authorization ?? method]);
    return answer();
  };
  const window = fakeWindow();
  const hooks = { WebSocket: network, timers, window, random: () => 0.5, fetch };
  const seats = seatMap("http://localhost:3000", ROUTE, { ...hooks, token });
  seats.subscribe(() => {});
  return { network, timers, asked, seats, window };
}

/** Everything that waits for a promise has run. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

test("a token that the server refuses is an error, and another one goes on", async () => {
  const { network, timers, asked, seats } = refused(async () => ({ status: 401 }), "worn");
  network.last.hangUp();
  assert.equal(seats.getSnapshot().state, "offline");
  await settled();
  assert.deepEqual(asked, [["http://localhost:3000/auth/me", "Bearer worn"]]);
  assert.deepEqual([seats.getSnapshot().state, seats.getSnapshot().error.code], ["error", "unauthorized"]);
  assert.equal(timers.count, 0, "no further attempt");
  seats.setToken("fresh");
  assert.deepEqual([seats.getSnapshot().state, seats.getSnapshot().error], ["connecting", null]);
  assert.deepEqual(network.last.accept().take().at(0), subscribe());
});

test("a token that was refused is not tried again whenever the page is looked at", async () => {
  const { network, asked, seats, window } = refused(async () => ({ status: 401 }), "worn");
  network.last.hangUp();
  await settled();
  for (const event of ["pageshow", "online"]) window.dispatchEvent(new Event(event));
  window.document.dispatchEvent(new Event("visibilitychange"));
  seats.wake?.();
  await settled();
  assert.deepEqual([network.made.length, asked.length], [1, 1]);
  // Its account may have been disabled for a while.
  seats.setToken("worn");
  assert.equal(network.made.length, 2);
});

test("who may not watch without a login is told so, and a login goes on", async () => {
  const { network, timers, asked, seats } = refused(async () => ({ status: 401 }), undefined);
  network.last.hangUp();
  await settled();
  assert.deepEqual(asked, [[`http://localhost:3000/routes/${ROUTE}/events`, "HEAD"]]);
  assert.deepEqual([seats.getSnapshot().state, seats.getSnapshot().error.code], ["error", "unauthorized"]);
  assert.equal(timers.count, 0, "no further attempt");
  seats.setToken("fresh");
  assert.deepEqual([seats.getSnapshot().state, seats.getSnapshot().error], ["connecting", null]);
  assert.equal(network.last.url, "ws://localhost:3000/seats?token=fresh");
  // Logged out again, the same is asked again.
  network.last.accept();
  seats.setToken(undefined);
  network.last.hangUp();
  await settled();
  assert.equal(seats.getSnapshot().error.code, "unauthorized");
});

test("a server that lets everybody watch is tried again without a login", async () => {
  const { network, timers, seats } = refused(async () => ({ status: 200 }), undefined);
  network.last.hangUp();
  await settled();
  assert.equal(seats.getSnapshot().state, "offline");
  timers.pass(LIMITS.backoffBaseMs);
  assert.equal(network.made.length, 2);
});

test("an answer that comes after the last watch was closed keeps nobody out", async () => {
  const { network, seatwire } = setUp({ token: "worn", fetch: async () => ({ status: 401 }) });
  const { route } = watch(seatwire);
  network.last.hangUp();
  route.close();
  await settled();
  const { told } = watch(seatwire);
  assert.deepEqual([network.made.length, told.errors], [2, []]);
});

test("a network that is down, and a server that is, are waited for", async () => {
  for (const answer of [() => Promise.reject(new TypeError("down")), async () => ({ status: 503 })]) {
    for (const token of ["worn", undefined]) {
      const { network, timers, seats } = refused(answer, token);
      network.last.hangUp();
      await settled();
      assert.equal(seats.getSnapshot().state, "offline");
      timers.pass(LIMITS.backoffBaseMs);
      assert.equal(network.made.length, 2);
    }
  }
});

test("an answer about a token that has been changed meanwhile is not heard", async () => {
  const { network, seats } = refused(async () => ({ status: 401 }), "worn");
  network.last.hangUp();
  seats.setToken("fresh");
  await settled();
  assert.equal(seats.getSnapshot().state, "connecting");
});

test("a connection that was open asks nothing", async () => {
  for (const token of ["worn", undefined]) {
    const { network, asked } = refused(async () => ({ status: 401 }), token);
    network.last.accept().hangUp();
    await settled();
    assert.deepEqual(asked, []);
  }
});
