// Pages that are rendered on a server first: the hooks give the empty map there, and connect to nothing.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createElement } from "react";
import { renderToString as renderReact } from "react-dom/server";
import { createSSRApp, h } from "vue";
import { renderToString as renderVue } from "vue/server-renderer";
import { useSeatMap as useInReact } from "../src/react.js";
import { useSeatMap as useInVue } from "../src/vue.js";
import { ROUTE, fakeNetwork } from "./fakes.js";

test("React", () => {
  const WebSocket = fakeNetwork();
  const Free = () => {
    const { state, freeSeats } = useInReact("http://localhost:3000", ROUTE, { WebSocket });
    return createElement("p", null, `${state}: ${freeSeats.length}`);
  };
  assert.equal(renderReact(createElement(Free)), "<p>connecting: 0</p>");
  assert.equal(WebSocket.made.length, 0);
});

test("Vue", async () => {
  const WebSocket = fakeNetwork();
  const Free = {
    setup() {
      const { snapshot } = useInVue("http://localhost:3000", ROUTE, { WebSocket });
      return () => h("p", `${snapshot.value.state}: ${snapshot.value.freeSeats.length}`);
    },
  };
  assert.equal(await renderVue(createSSRApp(Free)), "<p>connecting: 0</p>");
  assert.equal(WebSocket.made.length, 0);
});
