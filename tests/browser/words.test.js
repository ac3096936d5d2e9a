// What the pages say and in which language they say that they say it: no pointers, no raw dates, one legend
// that shows what the map shows.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stage } from './stage.js';

const on = stage();

describe('the words of the page', () => {
  it('name a bad field by standing at it, never by a pointer', async (t) => {
    const trip = await on.trip(t, await on.house.newRoute());
    await trip.login('CUSTOMER');
    await trip.book(5);
    const form = trip.part('pay-form');
    const card = { cardHolderName: 'A', cardNumber: '12', expireMonth: '13', expireYear: '2030', cvc: '1' };
    for (const [name, value] of Object.entries(card)) await form.locator(`[name=${name}]`).fill(value);
    await trip.part('pay-submit').click();
    await form.locator('[data-field=expireMonth] .field-fault').getByText('Must be a month').waitFor();
    const told = trip.part('pay-result');
    await told.getByText('Please check 3 fields.').waitFor();
    for (const words of [await told.textContent(), await form.textContent()]) assert.doesNotMatch(words, /\/[a-z]+[A-Z]?/);
  });

  it('say what is wrong with a field that has no place on the form', async (t) => {
    const trip = await on.trip(t, await on.house.newRoute());
    await trip.login('CUSTOMER');
    await answerBookings(trip.page, 400, {
      detail: '/routeId must be a UUID; /toCity must not be empty',
      errors: [
        { pointer: '/routeId', message: 'must be a UUID' },
        { pointer: '/toCity', message: 'must not be empty' },
      ],
    });
    await fillIn(trip, 5);
    const told = trip.part('booking-notice');
    await told.getByText('To city must not be empty.').waitFor();
    assert.doesNotMatch(await told.textContent(), /\//);
  });

  it('write times as people do', async (t) => {
    const trip = await on.trip(t, await on.house.newRoute());
    await trip.login('CUSTOMER');
    await answerBookings(trip.page, 409, {
      code: 'closed',
      detail: 'the sale has ended at 2026-11-28T07:43:10.000Z; the next day is 2019-11-29',
    });
    await fillIn(trip, 5);
    await trip.part('booking-notice').getByText('The sale has ended at 28 November, 10:43; the next day is 29 November 2019.').waitFor();
  });

  it('say of a night bus in words on which evening to be there', async (t) => {
    const departure = new Date(Date.now() + 72 * 3_600_000);
    departure.setUTCHours(22, 30, 0, 0); // 01:30 of the next day in Istanbul
    const route = await on.house.newRoute({ stops: ['Izmir', 'Bursa'], departure });
    const page = await on.page(t);
    const day = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Istanbul' }).format(departure);
    await page.goto(`${on.house.url}/?from=Izmir&to=Bursa&date=${day}`);
    const note = page.locator(`[data-route-id="${route.id}"] .result-note`);
    const evening = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', day: 'numeric', month: 'long' }).format(departure);
    await note.getByText(evening).waitFor();
    assert.doesNotMatch(await note.textContent(), /\d{4}-\d\d/);
  });

  it('are Turkish only where a name is', async (t) => {
    const trip = await on.trip(t, await on.house.newRoute());
    const heading = trip.page.locator('.trip-head h2');
    assert.match(await heading.textContent(), /^Istanbul – Konya, \w+day \d+ \w+ \d{4}$/);
    const turkish = await trip.page.locator('[lang=tr]').allTextContents();
    for (const words of turkish) assert.doesNotMatch(words, /\d|day|seat/i, words);
  });

  it('explain in the legend what the map shows', async (t) => {
    const route = await on.house.newRoute();
    const genders = ['FEMALE', 'MALE', 'OTHER'];
    for (const [index, gender] of genders.entries()) await on.house.agent.book(route, index + 1, { gender });
    const trip = await on.trip(t, route);
    const ground = (locator) => locator.evaluate((element) => getComputedStyle(element).backgroundColor);
    for (const [index, gender] of genders.entries()) {
      await trip.seatIs(index + 1, 'sold');
      const swatch = trip.page.locator(`.legend [data-state=sold][data-gender=${gender}]`);
      // Where a colour is still fading in, the seat is asked again.
      await trip.page.waitForFunction(
        ([seat, colour]) => getComputedStyle(document.querySelector(`[data-seat="${seat}"]`)).backgroundColor === colour,
        [index + 1, await ground(swatch)],
      );
    }
    // Seats out of sale are shown, and so explained, to staff alone.
    const blocked = trip.page.locator('.legend [data-state=blocked]');
    const { id, fromCity, toCity } = route;
    await on.house.agent.expect(201, 'POST', `/routes/${id}/blocks`, { seatNumbers: [9], fromCity, toCity, reason: 'Broken belt' });
    await trip.seatIs(9, 'sold');
    assert.equal(await blocked.count(), 0);
    await trip.login('AGENT');
    await trip.seatIs(9, 'blocked');
    await blocked.waitFor();
    assert.equal(await blocked.locator('xpath=..').textContent(), 'Blocked');
    await trip.page.waitForFunction(() => {
      const [seat, swatch] = ['.seat', '.legend'].map((of) => document.querySelector(`${of}[data-state=blocked], ${of} [data-state=blocked]`));
      const [seatLook, swatchLook] = [seat, swatch].map((element) => getComputedStyle(element));
      return ['backgroundColor', 'borderTopStyle'].every((property) => seatLook[property] === swatchLook[property]);
    });
    await trip.login('CUSTOMER');
    await trip.seatIs(9, 'sold');
    assert.equal(await blocked.count(), 0);
  });
});

/// Every booking is answered like this, without asking the server.
function answerBookings(page, status, problem) {
  return page.route('**/bookings', (route) =>
    route.request().method() === 'POST'
      ? route.fulfill({ status, contentType: 'application/problem+json', body: JSON.stringify(problem) })
      : route.continue(),
  );
}

async function fillIn(trip, seat) {
  await trip.seat(seat).click();
  await trip.part('book-form').locator('[data-field=gender] [value=FEMALE]').check({ force: true });
  await trip.part('book-submit').click();
}
