// There and back in one booking: the way back is found from the page, its seats are chosen on a map of its own,
// and one payment pays both.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stage } from './stage.js';

const on = stage();

const DAY_MS = 86_400_000;
const STOPS = ['Van', 'Sivas', 'Rize'];

/// A departure, and one a day later in the other direction.
async function thereAndBack() {
  const departure = new Date(Date.now() + 3 * DAY_MS);
  departure.setUTCHours(9, 0, 0, 0);
  const out = await on.house.newRoute({ stops: STOPS, departure });
  const back = await on.house.newRoute({ stops: STOPS.toReversed(), departure: new Date(departure.getTime() + DAY_MS) });
  return { out, back };
}

/// Chooses the departure back that was made with `thereAndBack`; its sheet.
async function addBack(trip, back) {
  await trip.part('back-add').click();
  await trip.part('back-none').waitFor();
  await trip.part('way-back').getByLabel('Next day').click();
  await trip.page.locator(`[data-testid=back-hit][data-route-id="${back.id}"]`).click();
  const sheet = trip.page.locator(`[data-testid=trip-sheet][data-route-id="${back.id}"]`);
  await sheet.waitFor();
  return sheet;
}

describe('the way back', () => {
  it('is one booking with the way there, its seats held as well, and paid with it', async (t) => {
    const { out, back } = await thereAndBack();
    const trip = await on.trip(t, out);
    const watcher = await on.trip(t, back);
    await trip.login('CUSTOMER');
    await trip.choose(4, 5);
    const sheet = await addBack(trip, back);
    await sheet.locator('[data-seat="7"]').click();
    await sheet.locator('[data-seat="8"]').click();
    await watcher.seatIs(7, 'reserved');
    await watcher.seatIs(8, 'reserved');
    await trip.fillIn({ names: ['Ada Bir', 'Ece Iki'], genders: ['FEMALE', 'MALE'] });
    assert.match(await trip.part('book-submit').textContent(), /1\.800,00/);
    await trip.part('book-submit').click();
    const pnr = await trip.pnr();
    await trip.pay('ok');
    const booking = await on.house.admin.get(`/bookings/pnr/${pnr}`);
    assert.deepEqual(
      booking.tickets.map(({ routeId, seatNumber, passengerName }) => [routeId, seatNumber, passengerName]),
      [[out.id, 4, 'Ada Bir'], [out.id, 5, 'Ece Iki'], [back.id, 7, 'Ada Bir'], [back.id, 8, 'Ece Iki']],
    );
    assert.equal(booking.paid, 1800);
    await watcher.seatIs(8, 'sold');
  });

  it('is left to us by who has no wish there, and stays after a reload', async (t) => {
    const { out, back } = await thereAndBack();
    const trip = await on.trip(t, out);
    await trip.choose(4, 5);
    await trip.isHeld(5);
    const sheet = await addBack(trip, back);
    await sheet.locator('[data-seat="7"]').click();
    await sheet.locator('[data-seat="7"][data-held]').waitFor();
    await trip.page.reload();
    await sheet.locator('[data-seat="7"][data-held]').waitFor();
    assert.match(await trip.passenger(1).textContent(), /Return: best free seat, chosen when you book/);
    await trip.login('CUSTOMER');
    await trip.fillIn({ names: ['Ada Bir', 'Ece Iki'], genders: ['FEMALE', 'FEMALE'] });
    await trip.part('book-submit').click();
    const { tickets } = await on.house.admin.get(`/bookings/pnr/${await trip.pnr()}`);
    assert.deepEqual(tickets.map(({ seatNumber }) => seatNumber), [4, 5, 7, 8], 'beside the other one');
  });

  it('is told of its own changes, and the way there of its own', async (t) => {
    const { out, back } = await thereAndBack();
    const trip = await on.trip(t, out);
    await trip.choose(4);
    const backSheet = await addBack(trip, back);
    const outSheet = trip.page.locator(`[data-testid=trip-sheet][data-route-id="${out.id}"]`);
    const marked = trip.page.locator('[data-testid=tab-out][data-told]');
    await on.house.admin.patch(`/routes/${out.id}`, { isActive: false });
    await marked.waitFor();
    assert.equal(await backSheet.getByTestId('route-change').textContent(), '');
    await trip.part('tab-out').click();
    await outSheet.getByTestId('route-change').getByText('This departure is not on sale at the moment.').waitFor();
    assert.equal(await marked.count(), 0, 'it has been seen');

    await on.house.admin.patch(`/routes/${back.id}`, { isActive: false });
    await trip.page.locator('[data-testid=tab-back][data-told]').waitFor();
    await trip.part('tab-back').click();
    await backSheet.getByTestId('route-change').getByText('This departure is not on sale at the moment.').waitFor();
  });

  it('can be left out again: what was held there is let go', async (t) => {
    const { out, back } = await thereAndBack();
    const trip = await on.trip(t, out);
    const watcher = await on.trip(t, back);
    await trip.choose(4);
    const sheet = await addBack(trip, back);
    await sheet.locator('[data-seat="7"]').click();
    await watcher.seatIs(7, 'reserved');
    // Nobody travels back who does not travel there.
    await sheet.locator('[data-seat="8"]').click();
    await trip.part('booking-notice').getByText('Everybody has a seat for the return trip.').waitFor();
    await trip.part('tab-out').click();
    await trip.isHeld(4);
    await trip.part('back-remove').click();
    await watcher.seatIs(7, 'free');
    await trip.isHeld(4);
    assert.equal(await trip.part('tab-back').count(), 0);
  });
});
