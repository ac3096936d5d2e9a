// Several seats at once: one booking, one payment for all, and each ticket to be given back by itself.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PHONE } from './browser.js';
import { stage } from './stage.js';

const on = stage();

const SEATS = [4, 5, 6];
const GENDERS = ['FEMALE', 'MALE', 'OTHER'];

async function customer(t, route, options) {
  const trip = await on.trip(t, route, options);
  await trip.login('CUSTOMER');
  return trip;
}

const bookingOf = async (pnr) => on.house.admin.get(`/bookings/pnr/${pnr}`);

describe('several seats', () => {
  it('become one booking, in the order in which they were chosen, and one payment pays all', async (t) => {
    const route = await on.house.newRoute();
    const trip = await customer(t, route);
    const watcher = await on.trip(t, route);
    const pnr = await trip.bookAll(SEATS, { genders: GENDERS });
    assert.equal(await trip.part('ticket-line').count(), 3);
    assert.match(await trip.part('booking-total').textContent(), /1\.350,00/);
    const { tickets, total, contact } = await bookingOf(pnr);
    assert.deepEqual(
      tickets.map(({ seatNumber, gender, passengerName, status }) => [seatNumber, gender, passengerName, status]),
      SEATS.map((seat, index) => [seat, GENDERS[index], `Deniz Yolcu ${'abc'[index]}`, 'RESERVED']),
    );
    assert.deepEqual([total, contact.phone], [1350, '5551234567']);

    await trip.pay('ok');
    await trip.part('pay-result').getByText('1.350,00').waitFor();
    for (const [index, seat] of SEATS.entries()) {
      await watcher.seatIs(seat, 'sold');
      assert.equal(await watcher.seat(seat).getAttribute('data-gender'), GENDERS[index]);
      await trip.seatIs(seat, 'own');
    }
    assert.equal((await bookingOf(pnr)).paid, 1350);
  });

  it('are let go one by one or all together, with the money of each', async (t) => {
    const trip = await customer(t, await on.house.newRoute());
    const pnr = await trip.bookAll(SEATS, { genders: GENDERS });
    const line = (seat) => trip.page.locator('[data-testid=ticket-line]').filter({ hasText: String(seat) });
    await line(6).getByTestId('cancel-one').click();
    await trip.part('cancel-confirm').click();
    await trip.seatIs(6, 'free');
    await trip.part('booking-total').filter({ hasText: '900,00' }).waitFor();
    assert.match(await trip.part('pay-submit').textContent(), /900,00/, 'what is left is asked for');
    await trip.pay('ok');

    await line(4).getByTestId('cancel-one').click();
    await trip.part('booking').getByText('Cancel this ticket and get ₺450,00 back?').waitFor();
    await trip.part('cancel-confirm').click();
    await trip.seatIs(4, 'free');
    assert.deepEqual([(await bookingOf(pnr)).status, (await bookingOf(pnr)).refunded], ['PARTLY_CANCELLED', 450]);
    await trip.part('ticket-status').getByText('Paid, in part').waitFor();

    await trip.part('cancel-ticket').click();
    await trip.part('cancel-confirm').click();
    await trip.seatIs(5, 'free');
    await trip.part('booking').getByText('Cancelled and refunded').waitFor();
    assert.equal((await bookingOf(pnr)).refunded, 900);
  });

  it('stand as one among the tickets, and are paid there all at once', async (t) => {
    const trip = await customer(t, await on.house.newRoute());
    const pnr = await trip.bookAll([7, 8]);
    await trip.part('my-tickets').click();
    const card = trip.page.getByTestId('ticket').filter({ hasText: pnr });
    await card.getByTestId('pay-open').filter({ hasText: '900,00' }).click();
    await card.getByTestId('test-card-ok').click();
    await card.getByTestId('pay-submit').click();
    await card.getByTestId('ticket-status').getByText('Paid', { exact: true }).waitFor();
    assert.equal((await bookingOf(pnr)).paid, 900);
  });

  it('are ten at most, and one that is let go makes room', async (t) => {
    const trip = await customer(t, await on.house.newRoute());
    for (let seat = 1; seat <= 10; seat += 1) await trip.choose(seat);
    await trip.seat(11).click();
    await trip.part('booking-notice').getByText('A booking has at most 10 passengers.').waitFor();
    await trip.seatIs(11, 'free');
    await trip.seat(3).click();
    await trip.seatIs(3, 'free');
    await trip.choose(11);
    assert.equal(await trip.part('passenger').count(), 10);
  });

  it('keep what was typed for a passenger who changes the seat', async (t) => {
    const trip = await customer(t, await on.house.newRoute());
    await trip.choose(4, 5);
    await trip.fillIn({ names: ['Ada Bir', 'Ece Iki'], genders: ['FEMALE', 'FEMALE'] });
    await trip.seat(5).click();
    await trip.seatIs(5, 'free');
    await trip.choose(9);
    assert.equal(await trip.passenger(1).locator('[name=passengerName]').inputValue(), 'Ece Iki');
    await trip.part('book-submit').click();
    const { tickets } = await bookingOf(await trip.pnr());
    assert.deepEqual(tickets.map(({ seatNumber, passengerName }) => [seatNumber, passengerName]), [[4, 'Ada Bir'], [9, 'Ece Iki']]);
  });

  it('show each fault at the passenger that it is about', async (t) => {
    const trip = await customer(t, await on.house.newRoute());
    await trip.choose(4, 5);
    await trip.part('book-submit').click();
    await trip.passenger(1).locator('[data-field=passengerName] .field-fault').getByText('Please fill this in').waitFor();
    await trip.fillIn({ names: ['Ada Bir', 'Ece Iki'], genders: ['FEMALE', 'MALE'] });
    await trip.passenger(1).locator('[name=tcKimlikNo]').fill('12345678901');
    await trip.part('book-submit').click();
    await trip.passenger(1).locator('[data-field=tcKimlikNo] .field-fault').filter({ hasText: /\w/ }).waitFor();
    assert.equal(await trip.passenger(0).locator('.field-fault:visible').count(), 0);
    assert.equal(await trip.page.evaluate(() => document.activeElement.name), 'tcKimlikNo');
  });

  it('are chosen by the company for a party that leaves it to us, together', async (t) => {
    const trip = await customer(t, await on.house.newRoute());
    await trip.part('party-more').click();
    await trip.part('party-more').click();
    await trip.part('party-count').getByText('3 passengers').waitFor();
    await trip.part('best-seats').click();
    await trip.fillIn({ names: ['Ada Bir', 'Ece Iki', 'Can Uc'], genders: GENDERS });
    await trip.part('book-submit').click();
    const { tickets } = await bookingOf(await trip.pnr());
    for (const { seatNumber } of tickets) await trip.seatIs(seatNumber, 'own');
    const rows = new Set(tickets.map(({ seatNumber }) => Math.ceil(seatNumber / 3)));
    assert.equal(rows.size, 1, 'in one row of three');
  });

  it('are sold at the counter at once, and the form is empty for the next party', async (t) => {
    const route = await on.house.newRoute();
    const counter = await on.trip(t, route);
    await counter.login('AGENT');
    const pnr = await counter.bookAll([1, 2], { genders: ['MALE', 'FEMALE'] });
    const { status, tickets } = await bookingOf(pnr);
    assert.deepEqual([status, tickets.map(({ paymentStatus }) => paymentStatus)], ['CONFIRMED', ['PAID', 'PAID']]);
    await counter.part('book-another').click();
    await counter.choose(9);
    assert.equal(await counter.passenger(0).locator('[name=passengerName]').inputValue(), '');
    assert.equal(await counter.part('contact').locator('[name=phone]').inputValue(), '');
  });

  it('fit on a phone', async (t) => {
    const trip = await customer(t, await on.house.newRoute(), PHONE);
    const fits = async (where) => {
      const width = await trip.page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(width <= PHONE.viewport.width, `${where} is ${width} pixels wide`);
    };
    await trip.choose(4, 5, 6);
    await trip.page.getByTestId('pick-bar').getByText('Seats 4, 5 and 6').waitFor();
    await fits('the form');
    await trip.fillIn({ names: ['Ada Bir', 'Ece Iki', 'Can Uc'], genders: GENDERS });
    await trip.part('book-submit').click();
    await trip.pnr();
    await fits('the booking');
    await trip.page.getByTestId('cancel-one').first().click();
    await fits('the question');
  });
});
