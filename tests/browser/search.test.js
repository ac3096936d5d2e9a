// Looking for a departure: what the address and the form may say, and what is said of nothing found.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startServer } from '../js/harness.js';
import { stage } from './stage.js';

const on = stage();

const dayOf = (route) =>
  new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Istanbul' }).format(new Date(route.departureTime));

async function visit(t, query, url = on.house.url) {
  const page = await on.page(t);
  await page.goto(`${url}/?${new URLSearchParams(query)}`);
  return page;
}

describe('the list of departures', () => {
  it('counts free seats as they are sold, without being asked again', async (t) => {
    const route = await on.house.newRoute({ stops: ['Izmir', 'Manisa', 'Bursa'] });
    const page = await visit(t, { from: 'Manisa', to: 'Bursa', date: dayOf(route) });
    const free = (count) =>
      page.locator(`[data-testid=result][data-route-id="${route.id}"] [data-testid=free-seats][data-free="${count}"]`).waitFor();
    await free(40);
    const ticket = await on.house.customer.book(route, 3);
    await free(39);
    await on.house.agent.book(route, 4, { fromCity: 'Izmir', toCity: 'Manisa' });
    await on.house.customer.cancel(ticket.id);
    await free(40);
  });

  it('says that a sold-out bus is sold out, and does not ask for a free seat', async (t) => {
    const route = await on.house.newRoute({ seatCount: 2 });
    await on.house.agent.book(route, 1);
    const trip = await on.trip(t, route);
    const hint = (words) => trip.part('booking-hint').filter({ hasText: words }).waitFor();
    await hint('Choose one to ten free seats');
    const last = await on.house.agent.book(route, 2);
    await hint('Every seat is sold');
    await on.house.agent.cancel(last.id);
    await hint('Choose one to ten free seats');
  });

  it('leaves alone what is typed before its first suggestion comes', async (t) => {
    const route = await on.house.newRoute({ stops: ['Izmir', 'Manisa', 'Bursa'] });
    const page = await on.page(t);
    let typed;
    const hasTyped = new Promise((resolve) => (typed = resolve));
    await page.route('**/routes/upcoming*', async (request) => {
      await hasTyped;
      await request.continue();
    });
    await page.goto(on.house.url);
    await page.getByTestId('from').fill('Manisa');
    const suggested = page.waitForResponse('**/routes/upcoming*');
    typed();
    await (await suggested).finished();
    await page.getByTestId('to').fill('Bursa');
    await page.getByTestId('date').fill(dayOf(route));
    await page.getByTestId('search-submit').click();
    await page.locator(`[data-testid=result][data-route-id="${route.id}"]`).waitFor();
    assert.equal(await page.getByTestId('from').inputValue(), 'Manisa');
  });

  it('offers the city that a misspelt one may mean', async (t) => {
    const route = await on.house.newRoute({ stops: ['Ankara', 'Konya'] });
    const page = await visit(t, { from: 'Ankra', to: 'Konya', date: dayOf(route) });
    await page.getByTestId('did-you-mean').click();
    await page.locator(`[data-testid=result][data-route-id="${route.id}"]`).waitFor();
    assert.equal(new URL(page.url()).searchParams.get('from'), 'Ankara');
  });

  it('says of a city that is far from all that there is none, and of a quiet day that it is quiet', async (t) => {
    const date = '2031-01-01';
    const unknown = await visit(t, { from: 'Atlantis', to: 'Ankara', date });
    await unknown.getByTestId('no-results').getByText('There is no station called Atlantis').waitFor();
    const quiet = await visit(t, { from: 'Ankara', to: 'İstanbul', date });
    await quiet.getByTestId('no-results').getByText('No departures on this day').waitFor();
    assert.doesNotMatch(await quiet.getByTestId('no-results').textContent(), /no station|Did you mean/);
  });
});

describe('an address that somebody has mistyped', () => {
  const bad = {
    'a date that is none': { from: 'Ankara', to: 'İstanbul', date: 'garbage' },
    'a day that no month has': { from: 'Ankara', to: 'İstanbul', date: '2026-02-31' },
    'only a date that is none': { date: 'garbage' },
    'a view that there is not': { view: 'garbage' },
  };
  for (const [what, query] of Object.entries(bad)) {
    it(`shows departures all the same: ${what}`, async (t) => {
      const page = await visit(t, query);
      await page.getByTestId('result').or(page.getByTestId('no-results')).first().waitFor();
      assert.match(await page.getByTestId('date').inputValue(), /^\d{4}-\d\d-\d\d$/);
    });
  }

  it('says that a departure does not exist, and keeps its day when only the date is wrong', async (t) => {
    const page = await visit(t, { route: 'garbage' });
    await page.getByText('There is no such departure').waitFor();
    const route = await on.house.newRoute();
    await page.goto(`${on.house.url}/?route=${route.id}&date=garbage`);
    await page.locator(`[data-testid=result][data-route-id="${route.id}"]`).waitFor();
    assert.equal(await page.getByTestId('date').inputValue(), dayOf(route));
  });

  it('asks for what is missing', async (t) => {
    const page = await visit(t, { from: 'Ankara' });
    await page.locator('[data-field=to] .field-fault').getByText('Please fill this in.').waitFor();
  });
});

describe('a company that sells nothing yet', () => {
  it('is told from a page that is broken', async (t) => {
    const server = await startServer({ env: { SEATWIRE_DEMO: 'false' } });
    t.after(() => server.stop());
    const page = await visit(t, {}, server.url);
    await page.getByTestId('nothing-on-sale').waitFor();
  });
});
