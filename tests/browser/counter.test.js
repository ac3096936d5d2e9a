// The page at a counter: whose a seat is, and words for somebody who sells and does not travel.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stage } from './stage.js';

const on = stage();

async function counter(t, route) {
  const trip = await on.trip(t, route);
  await trip.login('AGENT');
  return trip;
}

describe('at the counter', () => {
  it('staff see whose a seat is that was sold before the page was opened, by whom ever', async (t) => {
    const route = await on.house.newRoute();
    const sold = await on.house.admin.book(route, 3, { passengerName: 'Zeki Çok' });
    const held = await (await on.house.newCustomer()).book(route, 4, { passengerName: 'Deniz Ay' });
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
    const trip = await counter(t, await on.house.newRoute());
    await trip.seat(5).click();
    await trip.part('book-form').waitFor();
    const words = await trip.part('booking').textContent();
    assert.doesNotMatch(words, /[Yy]our seat|for you|while you pay|Book this seat/);
    assert.match(words, /Sell this seat/);
    await trip.seat(5).click();
    await trip.book(6);
    assert.doesNotMatch(await trip.part('booking').textContent(), /[Yy]our /);
  });
});
