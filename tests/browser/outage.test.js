// What the pages say while no answer comes, and that they take it back: a booking whose answer was lost,
// a server that is away for a while.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openHouse } from '../js/house.js';
import { stage } from './stage.js';
import { TripPage } from './trip_page.js';

const on = stage();

/// What is posted there reaches the server; its answer does not reach the page, as often as said.
async function loseAnswers(page, path, times = Infinity) {
  const lost = [];
  await page.route(`**${path}`, async (request) => {
    const asked = request.request();
    if (asked.method() !== 'POST' || lost.length >= times) return request.continue();
    lost.push(asked.headers()['idempotency-key']);
    await request.fetch();
    return request.abort();
  });
  return lost;
}

describe('a booking whose answer was lost', () => {
  for (const [role, status] of Object.entries({ CUSTOMER: 'RESERVED', AGENT: 'CONFIRMED' })) {
    it(`is shown as what it is, to a ${role}`, async (t) => {
      const route = await on.house.newRoute();
      const trip = await on.trip(t, route);
      await trip.login(role);
      await loseAnswers(trip.page, '/bookings');
      const pnr = await trip.book(9);
      const [ticket] = await on.house.admin.get(`/tickets/search?routeId=${route.id}`);
      assert.deepEqual([ticket.pnrNumber, ticket.status], [pnr, status]);
      assert.doesNotMatch(await trip.part('booking').textContent(), /faster|has just gone/);
    });
  }

  it('is the other buyer’s when it is theirs', async (t) => {
    const route = await on.house.newRoute();
    const trip = await on.trip(t, route);
    await trip.login('CUSTOMER');
    const buyer = await on.house.newCustomer();
    await trip.page.route('**/holds', async (request) => {
      await buyer.tryToBook(route, 9);
      return request.continue();
    });
    await trip.seat(9).click();
    await trip.part('booking-notice').getByText('Seat 9 has just been taken.').waitFor();
  });
});

describe('a payment whose answer was lost', () => {
  it('is shown as paid, and nothing is complained of', async (t) => {
    const trip = await on.trip(t, await on.house.newRoute());
    await trip.login('CUSTOMER');
    await trip.book(9);
    await loseAnswers(trip.page, '/payments');
    await trip.part('test-card-ok').click();
    await trip.part('pay-submit').click();
    await trip.part('ticket-status').getByText('Paid', { exact: true }).waitFor();
    await trip.page.getByText('The server cannot be reached').waitFor({ state: 'detached' });
    assert.equal(await trip.part('pay-form').count(), 0, 'there is nothing left to pay');
  });
});

describe('a server that was away', () => {
  it('is not complained of any more once it is back', async (t) => {
    const own = await openHouse();
    t.after(() => own.close());
    const route = await own.newRoute({ stops: ['Izmir', 'Bursa'] });
    const date = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Istanbul' }).format(new Date(route.departureTime));
    const list = new TripPage(await on.page(t), own.url);
    await list.page.goto(own.url);
    await list.part('result').first().waitFor();
    const trip = await on.trip(t, route, { house: own });
    await trip.login('CUSTOMER');
    const tickets = await on.trip(t, route, { house: own });
    await tickets.login('CUSTOMER');

    const { port } = own.server;
    await own.server.crash();
    const told = (page) => page.getByText('The server cannot be reached').first();
    await list.part('from').fill('Izmir');
    await list.part('to').fill('Bursa');
    await list.part('date').fill(date);
    await list.part('search-submit').click();
    await told(list.page).waitFor();
    await trip.seat(4).click();
    const form = trip.part('book-form');
    await form.locator('[data-field=gender] [value=MALE]').check({ force: true });
    await trip.part('book-submit').click();
    await told(trip.page).waitFor();
    await tickets.part('my-tickets').click();
    await told(tickets.page).waitFor();

    await own.server.restart(port);
    await list.page.locator(`[data-testid=result][data-route-id="${route.id}"]`).waitFor();
    await told(trip.page).waitFor({ state: 'detached' });
    await tickets.page.getByText('No tickets yet').waitFor();
    for (const { page } of [list, trip, tickets]) assert.equal(await told(page).count(), 0);
    assert.equal(await form.locator('[name=passengerName]').inputValue(), 'Ayşe Yılmaz', 'what was typed is kept');
  });
});

describe('a network that goes', () => {
  it('is shown at once, and so is its return', async (t) => {
    const trip = await on.trip(t, await on.house.newRoute());
    const shown = await trip.page.evaluateHandle(() => {
      const badge = document.querySelector('[data-testid=live-status]');
      const statuses = [];
      new MutationObserver(() => statuses.push(badge.dataset.status)).observe(badge, { attributeFilter: ['data-status'] });
      return statuses;
    });
    await trip.page.context().setOffline(true);
    // Before the silence that would prove it, and before any attempt has failed.
    await trip.page.waitForFunction((statuses) => statuses[0] === 'reconnecting', shown);
    await trip.page.context().setOffline(false);
    await trip.status('live');
  });
});
