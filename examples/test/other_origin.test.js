// A frontend on an origin of its own: let in when the server names it, with a token, and not otherwise.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { launch, newPage } from "../../tests/browser/browser.js";
import { openHouse } from "../../tests/js/house.js";
import { DEMO } from "../../tests/js/rest.js";
import { servePage } from "../serve.js";

let house;
let browser;
const sites = [];
before(async () => {
  sites.push(await servePage("other-origin", 0), await servePage("other-origin", 0));
  const env = { SEATWIRE_CORS_ORIGINS: sites[0].url };
  [house, browser] = await Promise.all([openHouse({ env }), launch()]);
});
after(async () => {
  await browser?.close();
  for (const site of sites) site.close();
  await house?.close();
});

function address(site, route) {
  return `${site.url}/?${new URLSearchParams({ server: house.url, route: route.id })}`;
}

describe("a frontend on another origin", () => {
  it("logs in, books, and sees its own seat with its code", async (t) => {
    const route = await house.newRoute();
    const page = await newPage(t, browser);
    await page.goto(address(sites[0], route));
    await page.locator("[name=email]").fill(DEMO.customer.email);
    await page.locator("[name=password]").fill(DEMO.customer.password);
    await page.getByRole("button", { name: "Log in" }).click();
    await page.locator("#said").getByText("logged in").waitFor();
    await page.locator("#state").getByText("live").waitFor();
    await page.locator('li[data-seat="4"][data-state="free"]').click();
    await page.locator('li[data-seat="4"][data-state="reserved"][title^="VV00"]').waitFor();
    await page.locator("#said").getByText("seat 4 is yours").waitFor();
  });

  it("is not let in when the server does not name it", async (t) => {
    const route = await house.newRoute();
    const context = await browser.newContext();
    t.after(() => context.close());
    const page = await context.newPage();
    // The page's script ends there, as it must.
    const refused = page.waitForEvent("pageerror");
    await page.goto(address(sites[1], route));
    assert.match(String(await refused), /Failed to fetch/);
  });
});
