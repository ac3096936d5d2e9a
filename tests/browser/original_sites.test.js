// Small pages of our own that make the requests of the original platform's two sites, each on an origin of
// its own: what the sites read, edit, copy, delay and delete, and what travellers search and watch.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { DEMO, booking } from '../js/rest.js';
import { does, openSite } from './site.js';
import { stage } from './stage.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const on = stage();
let site;
before(async () => {
  site = await openSite(new URL('original_sites/', import.meta.url));
});
after(() => site?.close());

async function admin(t) {
  const page = await site.visit(t, on.browser, 'admin.html', on.house.url);
  assert.equal(await does(page, 'start', 'start', DEMO.admin), '');
  return page;
}

async function traveller(t) {
  const page = await site.visit(t, on.browser, 'traveller.html', on.house.url, { timezoneId: 'Europe/Istanbul', locale: 'tr-TR' });
  assert.equal(await does(page, 'start', 'start'), '');
  return page;
}

const row = (page, route) => page.locator(`tr[data-id="${route.id}"]`);
const texts = (locator) => locator.allTextContents();

/// What an edit must leave alone.
function lasting({ updatedAt, captainName, tickets, seq, ...rest }) {
  return rest;
}

describe('the admin panel', () => {
  it('lists what it may edit, and saves a departure as it stands', async (t) => {
    const route = await on.house.newRoute({ stops: ['Izmir', 'Manisa', 'Bursa'] });
    await on.house.admin.patch(`/routes/${route.id}`, { isActive: false });
    const before = await on.house.admin.get(`/routes/${route.id}`);
    const page = await admin(t);
    const stations = await on.house.anyone.get('/stations?limit=100');
    assert.equal(await page.locator('#stations option').count(), stations.length);
    assert.ok(stations.length > 20, 'more than a page');
    assert.equal(await row(page, route).locator('td').first().textContent(), 'Izmir – Manisa – Bursa');
    assert.equal(await row(page, route).getAttribute('data-active'), 'false');
    assert.equal(await does(page, 'edit', 'edit', route.id, { captainName: 'Kaptan Kara' }), '');
    assert.equal(await row(page, route).locator('[data-field=captain]').textContent(), 'Kaptan Kara');
    assert.deepEqual(lasting(await on.house.admin.get(`/routes/${route.id}`)), lasting(before));
    // A mistake is told in a line for its field.
    const told = await does(page, 'edit', 'edit', route.id, { toCity: 'Izmir' });
    assert.match(told, /^400 toCity is already a stop/);
  });

  it('copies a departure to seven days', async (t) => {
    const route = await on.house.newRoute({ stops: ['Adana', 'Mersin', 'Antalya'] });
    const page = await admin(t);
    assert.equal(await does(page, 'copy', 'copyToSevenDays', route.id), '');
    const { data } = await on.house.anyone.get('/routes/search?fromCity=Adana&toCity=Antalya');
    const departures = data.filter(({ busId }) => busId === route.busId).map(({ departureTime }) => Date.parse(departureTime));
    const first = Date.parse(route.departureTime);
    assert.deepEqual(departures, Array.from({ length: 8 }, (_, day) => first + day * DAY_MS));
    const last = data.at(-1);
    assert.equal(Date.parse(last.routeStations[0].time), Date.parse(route.routeStations[0].time) + 7 * DAY_MS);
  });

  it('delays a sold departure, and everybody sees it', async (t) => {
    const route = await on.house.newRoute({ stops: ['Izmir', 'Manisa', 'Bursa'] });
    const watching = await traveller(t);
    assert.equal(await does(watching, 'open', 'open', route.id, 'Manisa', 'Bursa'), '');
    const told = (words) => watching.locator('#told li').filter({ hasText: words }).waitFor();
    const ticket = await on.house.customer.book(route, 3);
    await told('seat_reserved 3');
    const page = await admin(t);
    assert.equal(await does(page, 'delay', 'delay', route.id, 5), '');
    const delayed = new Date(Date.parse(route.departureTime) + 5 * HOUR_MS).toISOString();
    assert.equal(await row(page, route).locator('[data-field=departure]').textContent(), delayed);
    await on.house.agent.book(route, 4);
    await told('seat_confirmed 4');
    assert.deepEqual(await texts(watching.locator('#told li')), ['seat_reserved 3', 'delayed', 'seat_confirmed 4']);
    assert.equal((await on.house.customer.get(`/tickets/${ticket.id}`)).route.departureTime, delayed);
    assert.equal(await does(watching, 'look', 'look', ticket.pnrNumber, ticket.userPhoneNumber), '');
    assert.match(await watching.locator('#ticket').textContent(), new RegExp(`^[A-ZÇĞİÖŞÜ]\\. .* 3 RESERVED ${delayed}$`));
    assert.match(await does(page, 'delay', 'delay', route.id, -1), /^409 .*only move later/);
  });

  it('deletes a departure that has sold nothing', async (t) => {
    const route = await on.house.newRoute();
    const sold = await on.house.newRoute();
    await on.house.agent.book(sold, 1);
    const page = await admin(t);
    await row(page, route).waitFor();
    assert.equal(await does(page, 'remove', 'remove', route.id), '');
    assert.equal(await row(page, route).count(), 0);
    assert.match(await does(page, 'remove', 'remove', sold.id), /^409 /);
  });
});

describe("the travellers' site", () => {
  it('finds a part of a route on its day, also in the night', async (t) => {
    // 01:00 in Istanbul, three days ahead; the next stop is two hours on.
    const day = new Date(Date.now() + 3 * DAY_MS).toISOString().slice(0, 10);
    const departure = new Date(Date.parse(`${day}T01:00:00+03:00`));
    const route = await on.house.newRoute({ stops: ['Rize', 'Trabzon', 'Samsun'], departure });
    await on.house.agent.book(route, 1, { fromCity: 'Rize', toCity: 'Trabzon' });
    const page = await traveller(t);
    const hit = page.locator(`#hits li[data-id="${route.id}"]`);
    const evening = new Date(Date.parse(day) - DAY_MS).toISOString().slice(0, 10);
    for (const searched of [day, evening]) {
      await does(page, 'search', 'search', 'Rize', 'Samsun', `${searched}T00:00:00+03:00`);
      assert.match(await hit.textContent(), /^Rize – Samsun, on Rize – Samsun, /);
      assert.match(await hit.locator('em').textContent(), /bağlayan gece$/);
      assert.equal(await hit.getAttribute('data-free'), '39');
    }
    await does(page, 'search', 'search', 'Trabzon', 'Samsun', `${day}T00:00:00+03:00`);
    assert.match(await hit.textContent(), /^Trabzon – Samsun, on Rize – Samsun, .*, 450$/);
    assert.equal(await hit.locator('em').textContent(), '', 'by three the night is over');
    assert.equal(await hit.getAttribute('data-free'), '40');
    await does(page, 'open', 'open', route.id, 'Rize', 'Samsun');
    assert.deepEqual(await texts(page.locator('#seats li')), Array.from({ length: 39 }, (_, index) => String(index + 2)));
  });

  it('is told that booking needs a login', async (t) => {
    const route = await on.house.newRoute();
    const page = await traveller(t);
    assert.match(await does(page, 'book', 'book', booking(route, 1)), /^401 /);
  });
});
