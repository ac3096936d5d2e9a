// A server that shows its seats live to nobody without a login: the page says so, and offers one.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openHouse } from '../js/house.js';
import { DEMO } from '../js/rest.js';
import { stage } from './stage.js';
import { TripPage } from './trip_page.js';

const on = stage();

describe('where watching needs a login', () => {
  it('one is offered beside the map, which is live from then on', async (t) => {
    const house = await openHouse({ env: { SEATWIRE_GATEWAY_AUTH: 'required' } });
    t.after(() => house.close());
    const route = await house.newRoute();
    const trip = new TripPage(await on.page(t), house.url);
    await trip.page.goto(`${house.url}/?route=${route.id}`);
    await trip.status('refused');
    const form = trip.part('watch-login').getByTestId('login-form');
    await form.locator('[name=email]').fill(DEMO.customer.email);
    await form.locator('[name=password]').fill(DEMO.customer.password);
    await form.getByTestId('login-submit').click();
    await trip.status('live');
    assert.equal(await trip.part('watch-login').textContent(), '');
    await house.agent.book(route, 7);
    await trip.seatIs(7, 'sold');

    // Logged out again, the same is said again.
    await trip.part('account-menu').click();
    await trip.part('logout').click();
    await trip.status('refused');
    await form.waitFor();
  });
});
