// The neighbour rule on the page: for whom a free seat is stands on the map, and a refusal offers seats that
// would do. And at the counter: seats out of sale, and who holds what.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openHouse } from '../js/house.js';
import { Viewer, closing } from '../js/viewer.js';
import { stage } from './stage.js';

const on = stage();

let strict;
before(async () => {
  strict = await openHouse({ env: { SEATWIRE_NEIGHBOUR_RULE: 'same_gender' } });
});
after(() => strict?.close());

/// What the page marks, as the server says it.
function marks(page) {
  return page.evaluate(() =>
    [...document.querySelectorAll('[data-testid=seat][data-offered]')]
      .map(({ dataset }) => ({ seatNumber: Number(dataset.seat), offeredTo: dataset.offered }))
      .sort((a, b) => a.seatNumber - b.seatNumber),
  );
}

describe('a departure that keeps strangers of another gender apart', () => {
  it('marks free seats that are for some only, live and on the traveller’s own part of the route', async (t) => {
    const route = await strict.newRoute({ layoutType: 'LAYOUT_2_2' });
    const { customer } = strict;
    await customer.book(route, 1, { gender: 'FEMALE' });
    await customer.book(route, 6, { gender: 'MALE' });
    // Gets off before this traveller gets on.
    await customer.book(route, 9, { gender: 'MALE', toCity: 'Bolu' });
    const trip = await on.trip(t, { ...route, fromCity: 'Bolu' }, { house: strict });
    const sign = (seat, gender) => trip.page.locator(`[data-seat="${seat}"][data-offered=${gender}] .seat-mark-offered`).waitFor();
    await sign(2, 'FEMALE');
    await sign(5, 'MALE');
    assert.match(await trip.seat(2).getAttribute('aria-label'), /free, for women: a woman sits beside it/);
    await trip.page.locator('.legend [data-offered=FEMALE]').waitFor();
    const sold = await customer.book(route, 14, { gender: 'FEMALE' });
    await sign(13, 'FEMALE');

    const viewer = await Viewer.watching(strict.url, [route]);
    closing(t, viewer);
    const { offers } = await viewer.ask('get_seat_availability', { routeId: route.id, fromCity: 'Bolu', toCity: route.toCity });
    assert.deepEqual(await marks(trip.page), offers, 'as the server says');
    await customer.cancel(sold.id);
    await trip.page.locator('[data-seat="13"]:not([data-offered])').waitFor();
  });

  it('marks nothing where it is off', async (t) => {
    const route = await on.house.newRoute();
    await on.house.customer.book(route, 1);
    const trip = await on.trip(t, route);
    await trip.seatIs(1, 'reserved');
    assert.deepEqual(await marks(trip.page), []);
    assert.equal(await trip.page.locator('.legend [data-offered]').count(), 0);
  });

  it('offers seats that would do, each to be taken with one press', async (t) => {
    const route = await strict.newRoute();
    await strict.customer.book(route, 4, { gender: 'MALE' });
    const trip = await on.trip(t, route, { house: strict });
    await trip.login('CUSTOMER');
    await trip.choose(5, 9);
    await trip.fillIn({ names: ['Ada Bir', 'Can Iki'], genders: ['FEMALE', 'MALE'] });
    await trip.passenger(0).getByText('Seat 5 is for men').waitFor();
    await trip.part('book-submit').click();
    const offered = trip.part('seats-that-would-do');
    await offered.waitFor();
    const seats = await offered.getByTestId('seat-offered').allTextContents();
    assert.ok(seats.includes('6') && !seats.includes('5') && !seats.includes('9'), seats.join());
    await offered.getByText('6', { exact: true }).click();
    await trip.seatIs(5, 'free');
    await trip.isHeld(6);
    assert.equal(await offered.count(), 0);
    await trip.part('book-submit').click();
    const { tickets } = await strict.admin.get(`/bookings/pnr/${await trip.pnr()}`);
    assert.deepEqual(tickets.map(({ seatNumber, passengerName }) => [seatNumber, passengerName]), [[6, 'Ada Bir'], [9, 'Can Iki']]);
  });

  it('lets those who travel together sit together', async (t) => {
    const route = await strict.newRoute();
    const trip = await on.trip(t, route, { house: strict });
    await trip.login('CUSTOMER');
    await trip.bookAll([4, 5], { genders: ['FEMALE', 'MALE'] });
  });

  it('lets staff insist', async (t) => {
    const route = await strict.newRoute();
    await strict.customer.book(route, 4, { gender: 'MALE' });
    const trip = await on.trip(t, route, { house: strict });
    await trip.login('AGENT');
    await trip.choose(5);
    await trip.fillIn({ names: ['Ada Bir'], genders: ['FEMALE'] });
    await trip.part('book-submit').click();
    await trip.part('insist').click();
    await trip.pnr();
    await trip.seatIs(5, 'sold');
  });
});

describe('at the counter', () => {
  it('seats are taken out of sale and given back, for travellers sold and for staff out of sale', async (t) => {
    const route = await on.house.newRoute();
    const traveller = await on.trip(t, route);
    const counter = await on.trip(t, route);
    const other = await on.trip(t, route);
    await counter.login('AGENT');
    await other.login('ADMIN');
    await counter.choose(5, 6);
    await counter.page.locator('.blocking summary').click();
    await counter.part('block-submit').click();
    await counter.part('block-form').getByText('Please fill this in').waitFor();
    await counter.part('block-form').locator('[name=reason]').fill('Broken belts');
    await counter.part('block-submit').click();
    for (const seat of [5, 6]) {
      await counter.seatIs(seat, 'blocked');
      await other.seatIs(seat, 'blocked');
      await traveller.seatIs(seat, 'sold');
    }
    assert.match(await counter.seat(5).getAttribute('aria-label'), /blocked/);
    await other.seat(6).click();
    await other.part('block-reason').getByText('Broken belts').waitFor();
    await other.part('lift-block').getByText('Unblock seats 5 and 6').click();
    for (const seat of [5, 6]) await traveller.seatIs(seat, 'free');
    await counter.seatIs(5, 'free');
  });

  it('staff see that a seat is held by somebody who is booking, and by whom one is reserved', async (t) => {
    const route = await on.house.newRoute();
    const ticket = await (await on.house.newCustomer()).book(route, 3, { passengerName: 'Deniz Ay' });
    const { fromCity, toCity } = route;
    await on.house.anyone.expect(201, 'POST', '/holds', { routeId: route.id, fromCity, toCity, seatNumbers: [9] });
    const counter = await on.trip(t, route);
    await counter.login('AGENT');
    await counter.seat(9).click();
    await counter.part('booking').getByText('held by somebody who is booking').waitFor();
    await counter.seat(3).click();
    await counter.part('seat-passenger').getByText('Deniz Ay').waitFor();
    await counter.part('seat-pnr').click();
    await counter.part('pnr').filter({ hasText: ticket.pnrNumber }).waitFor();
  });
});
