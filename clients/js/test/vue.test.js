// The hook for Vue, without a page: in a scope of its own, as a composable is tested.

import assert from "node:assert/strict";
import { test } from "node:test";
import { effectScope, nextTick, reactive, ref } from "vue";
import { useSeatMap } from "../src/vue.js";
import { goLive } from "./conversation.js";
import { OTHER_ROUTE, ROUTE, fakeNetwork, taken, update } from "./fakes.js";

function use(t, server, routeId, options) {
  const scope = effectScope();
  t.after(() => scope.stop());
  const used = scope.run(() => useSeatMap(server, routeId, options));
  return { ...used, end: () => scope.stop() };
}

test("it follows the map until its scope ends", (t) => {
  const WebSocket = fakeNetwork();
  const { snapshot, end } = use(t, "http://localhost:3000", ROUTE, { WebSocket });
  assert.equal(snapshot.value.state, "connecting");
  goLive(WebSocket, 3, [taken(2, 0, 3)]);
  assert.deepEqual(snapshot.value.freeSeats, [1, 3, 4]);
  WebSocket.last.say("seat_update", update(4, "seat_reserved", 1));
  assert.deepEqual(snapshot.value.freeSeats, [3, 4]);
  end();
  assert.equal(WebSocket.last.closed, true);
});

test("another route begins anew; another token or segment keeps the map", async (t) => {
  const WebSocket = fakeNetwork();
  const routeId = ref(undefined);
  const options = reactive({ WebSocket, token: "old", fromStopIndex: 0, toStopIndex: 3 });
  const { snapshot, end } = use(t, "http://localhost:3000", routeId, options);
  assert.equal(WebSocket.made.length, 0, "there is no route yet");

  routeId.value = ROUTE;
  await nextTick();
  goLive(WebSocket, 3, [taken(2, 0, 1)]);
  options.fromStopIndex = 1;
  await nextTick();
  assert.deepEqual(snapshot.value.freeSeats, [1, 2, 3, 4]);
  assert.equal(WebSocket.made.length, 1);

  options.token = "new";
  await nextTick();
  assert.deepEqual(WebSocket.last.take().map(({ event, data }) => [event, data]), [["authenticate", { token: "new" }]]);
  assert.deepEqual([WebSocket.made.length, snapshot.value.state], [1, "live"]);

  routeId.value = OTHER_ROUTE;
  await nextTick();
  assert.equal(WebSocket.made.at(-2).closed, true);
  assert.deepEqual([snapshot.value.routeId, snapshot.value.seats], [OTHER_ROUTE, []]);
  end();
  assert.equal(WebSocket.last.closed, true);
});

test("refresh asks for the map", (t) => {
  const WebSocket = fakeNetwork();
  const { refresh } = use(t, "http://localhost:3000", ROUTE, { WebSocket });
  goLive(WebSocket, 3);
  refresh();
  assert.equal(WebSocket.last.take()[0].event, "get_seat_availability");
});
