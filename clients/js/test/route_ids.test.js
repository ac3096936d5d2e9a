// A route's id may be spelt as the server takes it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { askSnapshot, setUp, subscribe, watch } from "./conversation.js";
import { ROUTE, snapshot } from "./fakes.js";

for (const [what, spelling] of Object.entries({
  "upper case": ROUTE.toUpperCase(),
  "blanks around it": `  ${ROUTE}\n`,
  "no hyphens": ROUTE.replaceAll("-", ""),
  "braces": `{${ROUTE}}`,
  "a URN": `urn:uuid:${ROUTE}`,
})) {
  test(`a route id with ${what} goes live, and shares the watch of the same route`, () => {
    const { network, seatwire } = setUp();
    const { route, told } = watch(seatwire, spelling);
    assert.equal(route.routeId, ROUTE);
    assert.deepEqual(network.last.accept().take(), [subscribe(), askSnapshot]);
    network.last.say("subscribed", { routeId: ROUTE, seq: 5 }).say("seat_availability", snapshot(5));
    assert.equal(told.statuses.at(-1), "live");
    const { told: same } = watch(seatwire, ROUTE);
    assert.deepEqual(same.statuses, ["live"]);
    assert.deepEqual(network.last.take(), [], "one subscription for both");
  });
}

test("what is no id is asked as it is, and refused as the server says", () => {
  const { network, seatwire } = setUp();
  const { told } = watch(seatwire, " No-Such-Id ");
  assert.equal(network.last.accept().take()[0].data.routeId, "No-Such-Id");
  network.last.say("error", { code: "route_not_found", message: "…", routeId: "No-Such-Id" });
  assert.deepEqual(told.errors, ["route_not_found"]);
});
