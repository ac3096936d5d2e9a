// The pages as travellers use them: two people before the same map, a card that is declined, a
// server that goes away and comes back, a phone.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openHouse } from '../js/house.js';
import { PHONE } from './browser.js';
import { stage } from './stage.js';
import { TripPage } from './trip_page.js';

const on = stage();

describe('the seat map', () => {
  it('shows one traveller what another books, pays and cancels, without a reload', async (t) => {
    const route = await on.house.newRoute();
    const buyer = await on.trip(t, route);
    const watcher = await on.trip(t, route);
    await buyer.login('CUSTOMER');
    await watcher.seatIs(5, 'free');

    const pnr = await buyer.book(5);
    await buyer.seatIs(5, 'own');
    await watcher.seatIs(5, 'reserved');
    assert.equal(await watcher.seat(5).getAttribute('data-gender'), 'FEMALE');

    await buyer.pay('declined');
    const held = await on.house.customer.get('/tickets/my-tickets?limit=100');
    const ticket = held.find((each) => each.pnrNumber === pnr);
    assert.deepEqual([ticket.status, ticket.seatNumber], ['RESERVED', 5]);
    await watcher.seatIs(5, 'reserved');

    await buyer.pay('ok');
    await watcher.seatIs(5, 'sold');
    await buyer.seatIs(5, 'own');

    await buyer.part('cancel-ticket').click();
    const sure = buyer.part('cancel-confirm');
    await sure.click();
    await watcher.seatIs(5, 'free');
    await buyer.seatIs(5, 'free');
    await buyer.wasNeverReloaded();
    await watcher.wasNeverReloaded();
  });

  it('finds a departure by searching and opens it', async (t) => {
    const route = await on.house.newRoute({ stops: ['Izmir', 'Manisa', 'Bursa'] });
    const page = await on.page(t);
    const trip = new TripPage(page, on.house.url);
    await page.goto(on.house.url);
    const date = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Istanbul' })
      .format(new Date(route.departureTime));
    await trip.part('search-form').waitFor();
    await trip.part('from').fill('izmir');
    await trip.part('to').fill('Bursa');
    await trip.part('date').fill(date);
    await trip.part('search-submit').click();
    const result = page.locator(`[data-testid=result][data-route-id="${route.id}"]`);
    await result.click();
    await trip.status('live');
    await trip.seatIs(40, 'free');
    assert.equal(new URL(page.url()).searchParams.get('route'), route.id, 'the address can be shared');
  });

  it('lists the own tickets', async (t) => {
    const route = await on.house.newRoute();
    const trip = await on.trip(t, route);
    await trip.login('CUSTOMER');
    const pnr = await trip.book(8);
    await trip.part('my-tickets').click();
    await trip.page.getByTestId('pnr').filter({ hasText: pnr }).first().waitFor();
  });

  it('lets an agent sell a seat at once', async (t) => {
    const route = await on.house.newRoute();
    const counter = await on.trip(t, route);
    const watcher = await on.trip(t, route);
    await counter.login('AGENT');
    await counter.book(11, { gender: 'MALE' });
    await watcher.seatIs(11, 'sold');
    assert.equal(await watcher.seat(11).getAttribute('data-gender'), 'MALE');
  });

  it('says that it is reconnecting, comes back, and shows what was booked meanwhile', async (t) => {
    const own = await openHouse();
    t.after(() => own.close());
    const route = await own.newRoute();
    const trip = await on.trip(t, route, { house: own });
    await trip.seatIs(9, 'free');
    const { port } = own.server;
    await own.server.crash();
    await trip.status('reconnecting');

    // The booking happens where the page cannot see it: the same database on another port.
    await own.server.restart(0);
    own.customer.url = own.server.url;
    await own.customer.book(route, 9, { gender: 'MALE' });
    await own.server.restart(port);
    await trip.status('live');
    await trip.seatIs(9, 'reserved');
    await trip.wasNeverReloaded();
  });
});

describe('on a phone', () => {
  async function fits(page, where) {
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= PHONE.viewport.width, `${where} is ${width} pixels wide`);
  }

  it('nothing scrolls sideways, from the search to the paid ticket', async (t) => {
    const route = await on.house.newRoute();
    const page = await on.page(t, PHONE);
    const trip = new TripPage(page, on.house.url);
    await page.goto(on.house.url);
    await trip.part('result').first().waitFor();
    await fits(page, 'the search');
    await trip.open(route);
    await fits(page, 'the seat map');
    await trip.login('CUSTOMER');
    await trip.book(2);
    await fits(page, 'the held ticket');
    await trip.pay('declined');
    await fits(page, 'a declined payment');
    await trip.pay('ok');
    await fits(page, 'the paid ticket');
    await trip.part('my-tickets').click();
    await trip.part('pnr').first().waitFor();
    await fits(page, 'the own tickets');
  });

  for (const seat of [1, 39]) {
    it(`"Continue" leads to the booking as long as that is out of reach, from seat ${seat}`, async (t) => {
      const trip = await on.trip(t, await on.house.newRoute(), PHONE);
      await trip.login('CUSTOMER');
      await trip.seat(seat).click();
      await trip.seatIs(seat, 'selected');
      // The card peeps in below the map: there is nothing to press on it yet.
      await trip.page.evaluate(async () => {
        const top = document.querySelector('[data-testid=booking]').getBoundingClientRect().top;
        scrollBy({ top: top - innerHeight + 30, behavior: 'instant' });
        // Twice: what is observed is told after the first frame.
        for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame);
      });
      await trip.part('pick-continue').click();
      await trip.page.waitForFunction(
        () => document.querySelector('[data-testid=booking]').getBoundingClientRect().top < innerHeight / 2,
      );
      await trip.page.locator('[data-testid=pick-bar][data-away]').waitFor({ state: 'attached' });
    });
  }
});
