// Without an account: seats are held, booked, paid, found again and given back.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openHouse } from '../js/house.js';
import { stage } from './stage.js';

const on = stage();

const GENDERS = ['FEMALE', 'MALE'];

async function find(trip, pnr, phone) {
  await trip.part('my-tickets').click();
  const form = trip.part('find-form');
  await form.locator('[name=pnrNumber]').fill(pnr);
  await form.locator('[name=phone]').fill(phone);
  await trip.part('find-submit').click();
}

describe('a guest', () => {
  it('holds, books and pays without logging in, and each write has a key nobody can guess', async (t) => {
    const route = await on.house.newRoute();
    const watcher = await on.trip(t, route);
    const trip = await on.trip(t, route);
    const writes = [];
    trip.page.on('request', (request) => request.method() === 'GET' || writes.push(request.headers()));
    await trip.choose(5, 6);
    await trip.part('guest-note').waitFor();
    await trip.fillIn({ names: ['Ada Bir', 'Can Iki'], genders: GENDERS });
    await trip.part('book-submit').click();
    const pnr = await trip.pnr();
    await trip.seatIs(5, 'own');
    await watcher.seatIs(6, 'reserved');
    await trip.pay('declined');
    await trip.pay('ok');
    await watcher.seatIs(5, 'sold');
    assert.equal((await on.house.admin.get(`/bookings/pnr/${pnr}`)).paid, 900);
    for (const { authorization, 'idempotency-key': key } of writes) {
      assert.equal(authorization, undefined);
      assert.match(key, /^[!-~]{22,}$/);
    }
  });

  it('finds the booking after a reload, with the way to pay', async (t) => {
    const trip = await on.trip(t, await on.house.newRoute());
    const pnr = await trip.bookAll([5, 6]);
    await trip.page.reload();
    assert.equal(await trip.pnr(), pnr);
    await trip.page.locator('[data-seat="6"][data-state=own][data-unpaid]').waitFor();
    await trip.pay('ok');
    await trip.page.locator('[data-seat="6"][data-state=own]:not([data-unpaid])').waitFor();
  });

  it('finds it by code and phone number anywhere, in any spelling, and gives it back', async (t) => {
    const route = await on.house.newRoute();
    const trip = await on.trip(t, route);
    const pnr = await trip.bookAll([5, 6]);
    await trip.pay('ok');
    const elsewhere = await on.trip(t, route);
    await find(elsewhere, ` ${pnr.toLowerCase()} `, '+90 555 123 45 67');
    await elsewhere.pnr();
    await elsewhere.page.getByTestId('cancel-one').first().click();
    await elsewhere.part('cancel-confirm').click();
    await trip.seatIs(5, 'free');
    await elsewhere.part('ticket-status').getByText('Paid, in part').waitFor();
    await elsewhere.part('cancel-ticket').click();
    await elsewhere.part('cancel-confirm').click();
    await trip.seatIs(6, 'free');
    await elsewhere.part('ticket-status').getByText('Cancelled, refunded').waitFor();
    assert.equal((await on.house.admin.get(`/bookings/pnr/${pnr}`)).refunded, 900);
  });

  it('pays what was found', async (t) => {
    const route = await on.house.newRoute();
    const trip = await on.trip(t, route);
    const pnr = await trip.bookAll([5]);
    const elsewhere = await on.trip(t, route);
    await find(elsewhere, pnr, '05551234567');
    await elsewhere.part('pay-open').click();
    await elsewhere.part('test-card-ok').click();
    await elsewhere.part('pay-submit').click();
    await elsewhere.part('ticket-status').getByText('Paid', { exact: true }).waitFor();
    // The map of it is one press away.
    await elsewhere.page.getByText('Seat map').click();
    await elsewhere.status('live');
    assert.equal(new URL(elsewhere.page.url()).searchParams.get('route'), route.id);
  });

  it('is told alike of a wrong code and a wrong number, and to wait who guesses on', async (t) => {
    const house = await openHouse();
    t.after(() => house.close());
    const trip = await on.trip(t, await house.newRoute(), { house });
    const pnr = await trip.bookAll([5]);
    const told = trip.part('find-form-notice');
    await find(trip, pnr, '0532 111 22 33');
    await told.filter({ hasText: /\w/ }).waitFor();
    const wrongPhone = await told.textContent();
    await find(trip, 'VV00ZZZZZ', '0555 123 45 67');
    await told.filter({ hasText: wrongPhone.trim() }).waitFor();
    for (let guess = 0; guess < 30 && !(await told.textContent()).includes('Try again in'); guess += 1) {
      await trip.part('find-submit').click();
      await trip.page.locator('[data-testid=find-form]:not([data-busy])').waitFor();
    }
    assert.match(await told.textContent(), /Try again in \d+ (s|min)/);
  });

  it('whose time to pay has run out is told so', async (t) => {
    const house = await openHouse({ env: { SEATWIRE_HOLD_SECONDS: '2' } });
    t.after(() => house.close());
    const trip = await on.trip(t, await house.newRoute(), { house });
    await trip.bookAll([5]);
    await trip.part('booking').getByText('Nothing was charged.').waitFor();
    await trip.seatIs(5, 'free');
  });

  it('keeps what was booked in sight when logging in afterwards', async (t) => {
    const trip = await on.trip(t, await on.house.newRoute());
    const pnr = await trip.bookAll([5]);
    await trip.login('CUSTOMER');
    assert.equal(await trip.pnr(), pnr);
    await trip.pay('ok');
  });
});
