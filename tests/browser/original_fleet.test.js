// As the original platform's sites do it, on pages of our own: an administrator draws layouts, offers
// features and gives buses both; a traveller's page draws the map by order alone and asks where the bus is.

import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { DEMO } from '../js/rest.js';
import { does, openSite } from './site.js';
import { stage } from './stage.js';

const POLL_MS = 15_000;
const HOUR_MS = 3_600_000;

const on = stage();
let site;
before(async () => {
  site = await openSite(new URL('original_sites/', import.meta.url));
});
after(() => site?.close());

const texts = (locator) => locator.allTextContents();
const visit = (t, name, options) => site.visit(t, on.browser, name, on.house.url, options);

/// The seats in the rows in which they are seen, each row from the left.
async function rowsOf(page) {
  const seen = await page.locator('#map > *').evaluateAll((cells) =>
    cells.map((cell) => [cell.getBoundingClientRect().top, cell.dataset.seat ?? cell.dataset.type]),
  );
  const rows = new Map();
  for (const [top, what] of seen) rows.set(top, [...(rows.get(top) ?? []), what]);
  return [...rows.values()].map((row) => row.join(' '));
}

async function loaded(images) {
  for (const image of await images.all()) {
    await image.evaluate((img) => img.decode());
    assert.ok((await image.evaluate(({ naturalWidth }) => naturalWidth)) > 0);
  }
}

it('draws a layout, offers features, and gives a bus both', async (t) => {
  const page = await visit(t, 'fleet.html');
  assert.equal(await does(page, 'start', 'start', DEMO.admin), '');
  assert.ok((await page.locator('#icons img').count()) >= 8);
  await loaded(page.locator('#icons img'));
  const wifi = await page.locator('#icons img[data-path*=wifi]').getAttribute('data-path');
  const tea = await page.locator('#icons img[data-path*=hot-drinks]').getAttribute('data-path');

  assert.equal(await does(page, 'draw', 'draw', 'VIP', ['W  D', 'S| S', 'S| S', 'SS S']), '');
  assert.ok((await texts(page.locator('#layouts option'))).includes('VIP (7)'));
  assert.match(await does(page, 'draw', 'draw', 'vip', ['S']), /^409 /);
  for (const [name, icon] of [['Wi-Fi', wifi], ['Çay', tea]]) {
    assert.equal(await does(page, 'offer', 'offer', `${name} 7`, icon), '');
  }
  const both = ['Wi-Fi 7', 'Çay 7'];
  const plate = '34 VIP 7';
  assert.match(await does(page, 'add', 'add', plate, 7, 'VIP', both), /^400 .*number/);
  assert.equal(await does(page, 'number', 'number', 'VIP'), '');
  assert.equal(await does(page, 'add', 'add', plate, 7, 'VIP', both), '');
  const line = page.locator('#buses li').filter({ hasText: plate });
  assert.match(await line.textContent(), /: VIP, (Wi-Fi 7 \+ Çay 7|Çay 7 \+ Wi-Fi 7)$/);
  assert.match(await does(page, 'remove', 'removeLayout', 'VIP'), /^409 /);

  const bus = await on.house.anyone.get(`/buses/plate/${encodeURIComponent(plate)}`);
  const route = await on.house.newRoute({ busId: bus.id });
  const traveller = await visit(t, 'map.html');
  assert.equal(await does(traveller, 'open', 'open', route.id), '');
  assert.equal(await traveller.locator('#map button').count(), bus.seatCount);
  assert.deepEqual(await rowsOf(traveller), [
    'DRIVER EMPTY EMPTY DOOR',
    '1 CORRIDOR EMPTY 2',
    '3 CORRIDOR EMPTY 4',
    '5 6 EMPTY 7',
  ]);
  assert.deepEqual((await texts(traveller.locator('#features li'))).sort(), [...both].sort());
  await loaded(traveller.locator('#features img'));
});

it('draws every generated map by order alone', async (t) => {
  const traveller = await visit(t, 'map.html');
  const seats = (row) => row.split(' ').filter((word) => Number(word) > 0).length;
  for (const [seatCount, layoutType, widest] of [[37, 'LAYOUT_1_2', 3], [46, 'LAYOUT_2_2', 4], [40, 'LAYOUT_2_1', 3]]) {
    const route = await on.house.newRoute({ seatCount, layoutType });
    assert.equal(await does(traveller, 'open', 'open', route.id), '');
    const numbers = (await texts(traveller.locator('#map button'))).map(Number);
    assert.deepEqual(numbers, Array.from({ length: seatCount }, (_, index) => index + 1));
    const rows = await rowsOf(traveller);
    assert.match(rows[0], /^DRIVER .*DOOR$/);
    assert.equal(Math.max(...rows.map(seats)), widest);
  }
});

it('asks every fifteen seconds where the bus is', async (t) => {
  const departure = new Date(Date.now() + HOUR_MS);
  const route = await on.house.newRoute({ stops: ['Sinop', 'Samsun', 'Ordu'], departure });
  const page = await visit(t, 'map.html', { locale: 'tr-TR', timezoneId: 'Europe/Istanbul' });
  assert.equal(await does(page, 'find', 'findTrips', 'Sinop', 'Ordu'), '');
  const [label] = await texts(page.locator('#trips option'));
  assert.match(label, new RegExp(`^\\d\\d:\\d\\d - ${route.bus.plate} \\(\\d+ \\p{L}+\\) \\(Hareket bekleniyor\\)$`, 'u'));
  await page.clock.install();
  assert.equal(await does(page, 'track', 'track', route.id), '');
  const place = page.locator('#place');
  assert.equal(await place.textContent(), 'unknown', 'nothing is made up');
  const { token } = await on.house.admin.expect(201, 'POST', `/buses/${route.busId}/token`);
  const report = await fetch(`${on.house.url}/tracking/${route.id}/positions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ lat: 42.02, lng: 35.15, speed: 0 }),
  });
  assert.equal(report.status, 204);
  await page.clock.runFor(POLL_MS);
  await page.locator('#place[data-polls="2"]').waitFor();
  assert.equal(await place.textContent(), '42.02 35.15 Sinop Hareket bekleniyor');
  await page.clock.runFor(POLL_MS);
  await page.locator('#place[data-polls="3"]').waitFor();
});
