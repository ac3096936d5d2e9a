// A traveller's hold, as long as it lasts and when it ends: never lost from sight, never taken for a paid
// seat, and told from a ticket that somebody cancelled.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openHouse } from '../js/house.js';
import { stage } from './stage.js';

const on = stage();

describe('a hold', () => {
  it('is shown again after a reload, with its countdown and the way to pay', async (t) => {
    const trip = await on.trip(t, await on.house.newRoute());
    await trip.login('CUSTOMER');
    const pnr = await trip.book(5);
    await trip.page.reload();
    await trip.part('hold-left').waitFor();
    assert.equal((await trip.part('pnr').textContent()).trim(), pnr);
    await trip.pay('ok');
  });

  it('is found again from the list of departures', async (t) => {
    const route = await on.house.newRoute();
    const ticket = await on.house.customer.book(route, 12);
    const trip = await on.trip(t, await on.house.newRoute());
    await trip.login('CUSTOMER');
    await trip.page.goto(on.house.url);
    const strip = trip.part('held-strip');
    await strip.waitFor();
    assert.match(await strip.textContent(), /Seat \d+.* held for you: \d+:\d\d/);
    // The tests before may have left holds that end sooner.
    for (const each of await on.house.customer.get('/tickets/my-tickets?status=RESERVED&limit=100')) {
      if (each.id !== ticket.id) await on.house.customer.cancel(each.id);
    }
    await trip.page.reload();
    await strip.getByText('Seat 12,').waitFor();
    await trip.part('held-continue').click();
    await trip.part('hold-left').waitFor();
    assert.equal(new URL(trip.page.url()).searchParams.get('route'), route.id);
    await on.house.customer.cancel(ticket.id);
    await trip.page.locator('#brand').click();
    await strip.waitFor({ state: 'hidden' });
  });

  it('does not look like a seat that is paid', async (t) => {
    const trip = await on.trip(t, await on.house.newRoute());
    await trip.login('CUSTOMER');
    await trip.book(5);
    await trip.page.locator('[data-seat="5"][data-state=own][data-unpaid]').waitFor();
    assert.match(await trip.seat(5).getAttribute('aria-label'), /held until you pay/);
    await trip.pay('ok');
    await trip.page.locator('[data-seat="5"][data-state=own]:not([data-unpaid])').waitFor();
    assert.match(await trip.seat(5).getAttribute('aria-label'), /yours$/);
  });

  it('that ran out says so, on the map and among the tickets; one that was let go does not', async (t) => {
    const short = await openHouse({ env: { SEATWIRE_HOLD_SECONDS: '2' } });
    t.after(() => short.close());
    const route = await short.newRoute();
    const trip = await on.trip(t, route, { house: short });
    await trip.login('CUSTOMER');
    await trip.book(5);
    await trip.seatIs(5, 'free');
    await trip.part('booking').getByText('The hold has ended.').waitFor();
    assert.match(await trip.part('booking').textContent(), /Nothing was charged/);

    const letGo = await short.customer.book(route, 6);
    await short.customer.cancel(letGo.id);
    await trip.part('my-tickets').click();
    const status = (pnr) =>
      trip.page.getByTestId('ticket').filter({ hasText: pnr }).getByTestId('ticket-status').textContent();
    await trip.page.getByText(letGo.pnrNumber).waitFor();
    assert.equal(await status(letGo.pnrNumber), 'Cancelled');
    const [, ranOut] = await short.customer.get('/tickets/my-tickets');
    assert.equal(await status(ranOut.pnrNumber), 'Hold ended');
  });

  it('that is cancelled leaves what is coming up', async (t) => {
    const route = await on.house.newRoute();
    const ticket = await on.house.customer.book(route, 7);
    const trip = await on.trip(t, route);
    await trip.login('CUSTOMER');
    await trip.part('my-tickets').click();
    const under = (group) => trip.part(group).locator(`[data-ticket-id="${ticket.id}"]`);
    await under('tickets-ahead').getByTestId('cancel-ticket').click();
    await under('tickets-past').waitFor();
    assert.equal(await under('tickets-ahead').count(), 0);
  });
});
