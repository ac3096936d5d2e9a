// The page at a counter: whose a seat is, and words for somebody who sells and does not travel.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openHouse } from '../js/house.js';
import { launch, newPage } from './browser.js';
import { TripPage } from './trip_page.js';

let house;
let browser;
before(async () => {
  house = await openHouse();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await house?.close();
});

async function counter(t, route) {
  const trip = new TripPage(await newPage(t, browser), house.url);
  await trip.open(route);
  await trip.login('AGENT');
  return trip;
}

describe('at the counter', () => {
  it('staff see whose a seat is that was sold before the page was opened, by whom ever', async (t) => {
    const route = await house.newRoute();
    const sold = await house.admin.book(route, 3, { passengerName: 'Zeki Çok' });
    const held = await (await house.newCustomer()).book(route, 4, { passengerName: 'Deniz Ay' });
    const trip = await counter(t, route);
    for (const ticket of [sold, held]) {
      await trip.seat(ticket.seatNumber).click();
      await trip.part('seat-passenger').filter({ hasText: ticket.passengerName }).waitFor();
      await trip.part('seat-pnr').filter({ hasText: ticket.pnrNumber }).waitFor();
    }
    await trip.part('seat-pnr').click();
    await trip.part('pnr').filter({ hasText: held.pnrNumber }).waitFor();
  });

  it('staff are not told that a seat is held for them while they pay', async (t) => {
    const trip = await counter(t, await house.newRoute());
    await trip.seat(5).click();
    await trip.part('book-form').waitFor();
    const words = await trip.part('booking').textContent();
    assert.doesNotMatch(words, /[Yy]our seat|for you|while you pay|Book this seat/);
    assert.match(words, /Sell this seat/);
    await trip.book(6);
    assert.doesNotMatch(await trip.part('booking').textContent(), /[Yy]our /);
  });
});
