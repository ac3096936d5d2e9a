// Seats are held while names are typed: others see it, it lasts as long as it is promised, it is let go when
// nobody wants it any more, and whatever comes in between is said.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openHouse } from '../js/house.js';
import { stage } from './stage.js';

const on = stage();

/// Every write that the page sends, as `METHOD /path`, with its key and body.
function writesOf(page) {
  const writes = [];
  page.on('request', (request) => {
    if (request.method() === 'GET') return;
    const { pathname } = new URL(request.url());
    writes.push({
      what: `${request.method()} ${pathname.replace(/^\/holds\/[^/]+/, '/holds/…')}`,
      key: request.headers()['idempotency-key'],
      body: request.postData() && JSON.parse(request.postData()),
    });
  });
  return writes;
}

/// A server of its own on which holds last so long, and a page on it.
async function withHolds(t, seconds, env = {}) {
  const house = await openHouse({ env: { SEATWIRE_SEAT_HOLD_SECONDS: String(seconds), ...env } });
  t.after(() => house.close());
  return house;
}

/// The state that the page says its hold is in.
const saysOfHold = (trip, state) => trip.page.locator(`[data-testid=hold-notice][data-hold=${state}]`).waitFor();

const available = (house, route) => house.anyone.availableSeats(route);

describe('chosen seats', () => {
  it('are held at once, for somebody who is not logged in too, and others see it', async (t) => {
    const route = await on.house.newRoute();
    const watcher = await on.trip(t, route);
    const trip = await on.trip(t, route);
    await trip.choose(5);
    await watcher.seatIs(5, 'reserved');
    await trip.isHeld(5);
    assert.match(await trip.seat(5).getAttribute('aria-label'), /held for you/);
    await saysOfHold(trip, 'held');
    assert.match(await trip.part('hold-left').textContent(), /^(5:00|4:5\d)$/);
    await trip.seat(5).click();
    await watcher.seatIs(5, 'free');
    await trip.seatIs(5, 'free');
  });

  it('are taken anew once the choosing pauses, not with every press', async (t) => {
    const route = await on.house.newRoute();
    const trip = await on.trip(t, route);
    const writes = writesOf(trip.page);
    await trip.choose(5);
    await trip.isHeld(5);
    await trip.choose(6, 7, 8);
    await trip.isHeld(8);
    assert.deepEqual(writes.map(({ what }) => what), ['POST /holds', 'DELETE /holds/…', 'POST /holds']);
    assert.deepEqual(writes.at(-1).body.seatNumbers, [5, 6, 7, 8]);
    for (const seat of [5, 6, 7]) await trip.isHeld(seat);
  });

  it('become the booking, and those that were held in vain are free', async (t) => {
    const route = await on.house.newRoute();
    const trip = await on.trip(t, route);
    await trip.login('CUSTOMER');
    const writes = writesOf(trip.page);
    await trip.choose(5, 6);
    await trip.isHeld(6);
    await trip.fillIn({ names: ['Ada Bir', 'Ece Iki'], genders: ['FEMALE', 'FEMALE'] });
    await trip.part('book-submit').click();
    await trip.pnr();
    const [{ body }] = writes.filter(({ what }) => what === 'POST /bookings');
    assert.equal(typeof body.journeys[0].holdToken, 'string');
    const events = writes.map(({ what }) => what);
    assert.equal(events.at(-1), 'POST /bookings', 'nothing is let go after it');
  });

  it('are let go when the page is left, and when the departure is closed', async (t) => {
    const route = await on.house.newRoute();
    const watcher = await on.trip(t, route);
    const trip = await on.trip(t, route);
    await trip.choose(5);
    await watcher.seatIs(5, 'reserved');
    await trip.page.locator('#brand').click();
    await watcher.seatIs(5, 'free');
    await trip.open(route);
    await trip.choose(6);
    await watcher.seatIs(6, 'reserved');
    await trip.page.goto('about:blank');
    await watcher.seatIs(6, 'free');
    // Shown again by the back button, they are held again.
    await trip.page.goBack();
    await watcher.seatIs(6, 'reserved');
    await trip.isHeld(6);
  });

  it('are held again after a reload, unless they were let go before', async (t) => {
    const route = await on.house.newRoute();
    const trip = await on.trip(t, route);
    await trip.choose(5, 6);
    await trip.isHeld(6);
    await trip.page.reload();
    await trip.isHeld(5);
    await trip.isHeld(6);
    await trip.seat(5).click();
    await trip.seat(6).click();
    await trip.seatIs(6, 'free');
    await trip.page.reload();
    await trip.status('live');
    await trip.seatIs(6, 'free');
  });

  it('are held again after a reload whose last word was lost', async (t) => {
    const route = await on.house.newRoute();
    const trip = await on.trip(t, route);
    await trip.choose(5);
    await trip.isHeld(5);
    await trip.page.route('**/holds/*', (request) => request.abort(), { times: 1 });
    await trip.page.reload();
    await trip.isHeld(5);
  });

  it('are still ours after a crash of the tab', async (t) => {
    const route = await on.house.newRoute();
    const trip = await on.trip(t, route);
    await trip.choose(5);
    await trip.isHeld(5);
    const { seq } = await on.house.anyone.get(`/routes/${route.id}`);
    // A tab that crashes says nothing.
    await trip.page.evaluate(() => {
      window.fetch = () => new Promise(() => {});
      const kept = { ...sessionStorage };
      window.addEventListener('pagehide', () => Object.assign(sessionStorage, kept));
    });
    await trip.page.reload();
    await trip.isHeld(5);
    assert.equal((await on.house.anyone.get(`/routes/${route.id}`)).seq, seq, 'nothing was let go meanwhile');
  });

  it('that went to somebody else while the page was loaded again are said to be gone', async (t) => {
    const route = await on.house.newRoute();
    const trip = await on.trip(t, route);
    await trip.choose(5, 6);
    await trip.isHeld(6);
    await trip.page.route('**/holds', async (request) => {
      await on.house.customer.tryToBook(route, 6);
      return request.continue();
    });
    await trip.page.reload();
    await trip.part('booking-notice').getByText('Seat 6 has just been taken.').waitFor();
    await trip.isHeld(5);
  });
});

describe('a hold that comes to its end', () => {
  it('is extended once by itself while somebody types', async (t) => {
    const house = await withHolds(t, 6);
    const route = await house.newRoute();
    const trip = await on.trip(t, route, { house });
    await trip.login('CUSTOMER');
    const writes = writesOf(trip.page);
    await trip.choose(5);
    await trip.passenger(0).locator('[name=passengerName]').fill('Ada');
    await trip.page.waitForRequest((request) => request.url().endsWith('/extend'));
    // Then it ends all the same, and is asked for no more.
    await saysOfHold(trip, 'expired');
    assert.equal(writes.filter(({ what }) => what.endsWith('/extend')).length, 1);
    assert.equal(await trip.passenger(0).locator('[name=passengerName]').inputValue(), 'Ada', 'what was typed is kept');
  });

  it('may be kept longer by somebody who only reads', async (t) => {
    const house = await withHolds(t, 20);
    const trip = await on.trip(t, await house.newRoute(), { house });
    await trip.choose(5);
    await trip.part('hold-extend').click();
    await trip.part('hold-extend').waitFor({ state: 'detached' });
    await saysOfHold(trip, 'held');
  });

  it('says so, shows the seats as they are, and holds them again when asked', async (t) => {
    // Long enough to be seen by somebody on a busy machine.
    const house = await withHolds(t, 8);
    const route = await house.newRoute();
    const watcher = await on.trip(t, route, { house });
    const trip = await on.trip(t, route, { house });
    await trip.choose(5);
    await watcher.seatIs(5, 'reserved');
    await watcher.seatIs(5, 'free');
    await saysOfHold(trip, 'expired');
    await trip.page.locator('[data-seat="5"][data-state=selected]:not([data-held])').waitFor();
    assert.match(await trip.seat(5).getAttribute('aria-label'), /selected$/);
    await trip.part('hold-again').click();
    await watcher.seatIs(5, 'reserved');
  });

  it('ends by the clock of the server: what is over by that of the page is asked until there is an answer', async (t) => {
    const trip = await on.trip(t, await on.house.newRoute());
    await trip.page.route('**/holds', async (request) => {
      const response = await request.fetch();
      const expiresAt = new Date(Date.now() + 1_500).toISOString();
      await request.fulfill({ response, json: { ...(await response.json()), expiresAt } });
    });
    // The first question is refused, which says nothing about the hold.
    const problem = { status: 429, code: 'rate_limited', detail: 'too many requests' };
    await trip.page.route('**/holds/*', (request) => request.fulfill({ status: 429, json: problem }), { times: 1 });
    const writes = writesOf(trip.page);
    await trip.choose(5);
    await trip.part('hold-left').filter({ hasText: /^4:/ }).waitFor();
    await trip.isHeld(5);
    assert.deepEqual(writes.map(({ what }) => what), ['POST /holds'], 'it was never taken anew');
  });

  it('is no obstacle to a booking while the seats are free', async (t) => {
    const house = await withHolds(t, 1);
    const trip = await on.trip(t, await house.newRoute(), { house });
    await trip.login('CUSTOMER');
    await trip.choose(5);
    await saysOfHold(trip, 'expired');
    await trip.fillIn({ names: ['Ada Bir'], genders: ['FEMALE'] });
    await trip.part('book-submit').click();
    await trip.pnr();
  });

  it('leaves seats to whoever takes them then, which is said', async (t) => {
    const house = await withHolds(t, 1);
    const route = await house.newRoute();
    const trip = await on.trip(t, route, { house });
    await trip.choose(5, 6);
    await saysOfHold(trip, 'expired');
    await house.customer.book(route, 5);
    await trip.part('booking-notice').getByText('Seat 5 has just been taken.').waitFor();
    await trip.seatIs(5, 'reserved');
    await trip.seatIs(6, 'selected');
  });
});

describe('what cannot be held', () => {
  it('has gone a moment before: the others stay chosen and are held', async (t) => {
    const route = await on.house.newRoute();
    const trip = await on.trip(t, route);
    await trip.choose(5);
    await trip.isHeld(5);
    await trip.page.route('**/holds', async (request) => {
      await on.house.customer.tryToBook(route, 6);
      return request.continue();
    });
    await trip.seat(6).click();
    await trip.seat(7).click();
    await trip.part('booking-notice').getByText('Seat 6 has just been taken.').waitFor();
    await trip.seatIs(6, 'reserved');
    await trip.isHeld(5);
    await trip.isHeld(7);
    assert.deepEqual((await available(on.house, route)).slice(4, 6), [8, 9]);
  });

  it('is more than one traveller may keep: it says until when, and can be tried again', async (t) => {
    const house = await openHouse({ env: { SEATWIRE_SEATS_PER_CALLER: '2', SEATWIRE_SEATS_PER_ADDRESS: '2' } });
    t.after(() => house.close());
    const route = await house.newRoute();
    const trip = await on.trip(t, route, { house });
    await trip.choose(1, 2);
    await trip.isHeld(2);
    await trip.choose(3);
    await saysOfHold(trip, 'refused');
    assert.match(await trip.part('hold-refusal').textContent(), /Try again in \d+ (s|min)\.$/);
    for (const seat of [1, 2, 3]) await trip.page.locator(`[data-seat="${seat}"][data-state=selected]:not([data-held])`).waitFor();
    await trip.seat(3).click();
    await trip.isHeld(1);
    await trip.isHeld(2);
  });

  it('is held as soon as the network is back', async (t) => {
    const route = await on.house.newRoute();
    const watcher = await on.trip(t, route);
    const trip = await on.trip(t, route);
    await trip.page.context().setOffline(true);
    await trip.seat(5).click();
    await saysOfHold(trip, 'away');
    await trip.page.locator('[data-seat="5"][data-state=selected]:not([data-held])').waitFor();
    await trip.page.context().setOffline(false);
    await watcher.seatIs(5, 'reserved');
    await trip.isHeld(5);
  });
});
