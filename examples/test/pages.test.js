// The pages, each served as its README says, in a real browser against the real program.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { launch, newPage } from "../../tests/browser/browser.js";
import { openHouse } from "../../tests/js/house.js";
import { servePage } from "../serve.js";

let house;
let browser;
/** Those that are served, by name. */
const sites = new Map();
before(async () => {
  [house, browser] = await Promise.all([openHouse(), launch()]);
});
after(async () => {
  await browser?.close();
  for (const site of sites.values()) site.close();
  await house?.close();
});

/** The page of an example, on a departure of its own. */
async function visit(t, name, prepare = async () => {}) {
  if (!sites.has(name)) sites.set(name, await servePage(name, 0));
  const site = sites.get(name);
  const route = await house.newRoute();
  const page = await newPage(t, browser);
  await prepare(page);
  const asked = new URLSearchParams({ server: house.url, route: route.id });
  await page.goto(`${site.url}/?${asked}`);
  const seat = (number, state) => page.locator(`li[data-seat="${number}"][data-state="${state}"]`).waitFor();
  const state = (word) => page.locator("#state").getByText(word).waitFor();
  return { page, route, seat, state };
}

for (const name of ["react", "vue", "vanilla"]) {
  describe(name, () => {
    it("shows a seat that is booked, paid and given back", async (t) => {
      const { route, seat, state } = await visit(t, name);
      await state("live");
      await seat(5, "free");
      const ticket = await house.customer.book(route, 5);
      await seat(5, "reserved");
      await house.customer.pay(ticket.id);
      await seat(5, "confirmed");
      await house.customer.cancel(ticket.id);
      await seat(5, "free");
    });
  });
}

for (const name of ["react", "vue"]) {
  describe(`${name}, on a part of the way`, () => {
    it("shows a seat as free that is taken on another part", async (t) => {
      const { page, route, seat, state } = await visit(t, name);
      await state("live");
      const [from, to] = route.cities;
      await house.customer.book(route, 9, { fromCity: from, toCity: to });
      await seat(9, "reserved");
      await page.getByLabel("from").selectOption(to);
      await seat(9, "free");
    });
  });
}

describe("react", () => {
  it("starts and ends with the component, and asks for a departure again that changed", async (t) => {
    const { page, route, seat, state } = await visit(t, "react");
    await state("live");
    await page.getByRole("button", { name: "hide" }).click();
    assert.equal(await page.locator("li").count(), 0);
    await house.customer.book(route, 2);
    await page.getByRole("button", { name: "show" }).click();
    await seat(2, "reserved");

    const asked = page.waitForRequest((request) => request.url().endsWith(`/routes/${route.id}`));
    await house.admin.patch(`/routes/${route.id}`, { isActive: false });
    await asked;
  });
});

describe("vanilla", () => {
  it("is told of bookings also when its connection breaks before it was heard", async (t) => {
    let isLost = false;
    const { route, seat, state } = await visit(t, "vanilla", async (page) => {
      // Polling alone, so that the one request with the subscription can be taken away.
      await page.routeWebSocket(/\/socket\.io\//, (socket) => socket.close());
      await page.route("**/socket.io/**", (request) => {
        if (isLost || !request.request().postData()?.includes("subscribe_route")) return request.continue();
        isLost = true;
        return request.abort();
      });
    });
    await state("live");
    await seat(5, "free");
    await house.customer.book(route, 5);
    await seat(5, "reserved");
    assert.ok(isLost);
  });

  it("shows the seats of a larger bus", async (t) => {
    const { route, seat, state } = await visit(t, "vanilla");
    await state("live");
    const bus = await house.admin.expect(201, "POST", "/buses", { plate: "34 SW 999", model: "Tourismo", seatCount: 46 });
    await house.admin.patch(`/routes/${route.id}`, { busId: bus.id });
    await seat(46, "free");
    await house.customer.book(route, 46);
    await seat(46, "reserved");
  });
});

for (const name of ["react", "vanilla"]) {
  describe(`${name}, when the server was away`, () => {
    it("says so, comes back by itself, and shows what was booked meanwhile", async (t) => {
      const { route, seat, state } = await visit(t, name);
      await state("live");
      await house.server.crash();
      await state("offline");
      await house.server.restart();
      await house.customer.book(route, 11);
      await seat(11, "reserved");
      await state("live");
    });
  });
}
