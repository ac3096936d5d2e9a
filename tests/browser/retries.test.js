// Each thing that a page asks for once happens once: every write has a key of its own, and is sent again under
// the same key when its answer was lost.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stage } from './stage.js';

const on = stage();

/// A guest's key stands for itself: it must not be guessed.
const KEY = /^[!-~]{22,255}$/;

/// Every write that the page sends from now on, but those about who is asking.
function writesOf(page) {
  const writes = [];
  page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (request.method() === 'GET' || pathname.startsWith('/auth/')) return;
    writes.push({ what: `${request.method()} ${pathname.replace(/[0-9a-f-]{36}|(?<=holds\/)[^/]+/g, '*')}`, key: request.headers()['idempotency-key'] });
  });
  return writes;
}

/// The server acts on the first request to this address, and its answer is lost.
async function loseFirstAnswer(page, method, path) {
  let isLost = false;
  await page.route(path, async (request) => {
    if (isLost || request.request().method() !== method) return request.continue();
    isLost = true;
    await request.fetch();
    return request.abort();
  });
}

describe('every write of the page', () => {
  it('has a key of its own', async (t) => {
    const trip = await on.trip(t, await on.house.newRoute());
    await trip.login('CUSTOMER');
    const writes = writesOf(trip.page);
    await trip.choose(5);
    await trip.isHeld(5);
    await trip.choose(6, 7);
    await trip.isHeld(7);
    await trip.fillIn({ names: ['Ada', 'Ece', 'Eda'], genders: ['FEMALE', 'FEMALE', 'FEMALE'] });
    await trip.part('book-submit').click();
    await trip.pnr();
    await trip.pay('declined');
    await trip.pay('ok');
    await trip.page.getByTestId('cancel-one').first().click();
    await trip.part('cancel-confirm').click();
    await trip.seatIs(5, 'free');
    await trip.part('cancel-ticket').click();
    await trip.part('cancel-confirm').click();
    await trip.seatIs(7, 'free');
    await trip.part('book-another').click();
    await trip.login('AGENT');
    await trip.choose(9);
    await trip.page.locator('.blocking summary').click();
    await trip.part('block-form').locator('[name=reason]').fill('Broken belt');
    await trip.part('block-submit').click();
    await trip.seatIs(9, 'blocked');
    await trip.seat(9).click();
    await trip.part('lift-block').click();
    await trip.seatIs(9, 'free');

    const kinds = new Set(writes.map(({ what }) => what));
    for (const what of [
      'POST /holds', 'DELETE /holds/*', 'POST /bookings', 'POST /payments', 'PATCH /tickets/*/cancel',
      'PATCH /bookings/*/cancel', 'POST /routes/*/blocks', 'DELETE /routes/*/blocks/*',
    ]) {
      assert.ok(kinds.has(what), `${what} is among ${[...kinds].join(', ')}`);
    }
    for (const { what, key } of writes) assert.match(key ?? 'none', KEY, what);
    assert.equal(new Set(writes.map(({ key }) => key)).size, writes.length, 'no key stands for two things');
  });
});

describe('a write whose answer was lost', () => {
  const keysOf = (writes, what) => writes.filter((write) => write.what === what).map(({ key }) => key);
  const sameTwice = (writes, what) => {
    const keys = keysOf(writes, what);
    assert.ok(keys.length >= 2, `${what} was sent ${keys.length} times`);
    assert.equal(new Set(keys).size, 1, 'it is the same key');
  };

  it('holds seats once', async (t) => {
    const route = await on.house.newRoute();
    const trip = await on.trip(t, route);
    const writes = writesOf(trip.page);
    await loseFirstAnswer(trip.page, 'POST', '**/holds');
    await trip.choose(5);
    await trip.isHeld(5);
    sameTwice(writes, 'POST /holds');
    assert.equal((await on.house.anyone.get(`/routes/${route.id}`)).seq, 1);
  });

  for (const role of ['CUSTOMER', 'AGENT']) {
    it(`books once, for a ${role}`, async (t) => {
      const route = await on.house.newRoute();
      const trip = await on.trip(t, route);
      await trip.login(role);
      const writes = writesOf(trip.page);
      await loseFirstAnswer(trip.page, 'POST', '**/bookings');
      const pnr = await trip.bookAll([5, 6]);
      sameTwice(writes, 'POST /bookings');
      const tickets = await on.house.admin.get(`/tickets/search?routeId=${route.id}`);
      assert.deepEqual(tickets.map(({ pnrNumber }) => pnrNumber), [pnr, pnr]);
    });
  }

  it('takes the money once, when the traveller pays again', async (t) => {
    const trip = await on.trip(t, await on.house.newRoute());
    await trip.login('CUSTOMER');
    const pnr = await trip.bookAll([5, 6]);
    const writes = writesOf(trip.page);
    // The page does not hear of it from anybody else either.
    await trip.page.route('**/bookings/*', (request) => request.abort());
    await trip.page.route('**/tickets/my-tickets*', (request) => request.abort());
    await loseFirstAnswer(trip.page, 'POST', '**/payments');
    await trip.part('test-card-ok').click();
    await trip.part('pay-submit').click();
    await trip.page.locator('[data-testid=pay-result][data-result=error]').waitFor();
    await trip.part('pay-submit').click();
    await trip.page.locator('[data-testid=pay-result][data-result=success]').waitFor();
    sameTwice(writes, 'POST /payments');
    assert.equal((await on.house.admin.get(`/bookings/pnr/${pnr}`)).paid, 900);
  });

  it('gives the money back once, when the traveller cancels again', async (t) => {
    const trip = await on.trip(t, await on.house.newRoute());
    await trip.login('CUSTOMER');
    const pnr = await trip.bookAll([5, 6]);
    await trip.pay('ok');
    const writes = writesOf(trip.page);
    await trip.page.route('**/bookings/*', (request) => (request.request().method() === 'GET' ? request.abort() : request.continue()));
    await loseFirstAnswer(trip.page, 'PATCH', '**/bookings/*/cancel');
    await trip.part('cancel-ticket').click();
    await trip.part('cancel-confirm').click();
    await trip.part('pay-result').getByText('cannot be reached').waitFor();
    await trip.part('cancel-confirm').click();
    await trip.part('booking').getByText('Cancelled and refunded').waitFor();
    sameTwice(writes, 'PATCH /bookings/*/cancel');
    const { paid, refunded } = await on.house.admin.get(`/bookings/pnr/${pnr}`);
    assert.deepEqual([paid, refunded], [900, 900]);
  });
});
