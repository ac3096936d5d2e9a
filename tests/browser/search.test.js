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

  it('opens a departure as it was found, whatever the form says by now', async (t) => {
    const route = await on.house.newRoute({ stops: ['Izmir', 'Manisa', 'Bursa'] });
    const page = await visit(t, { from: 'Manisa', to: 'Bursa', date: dayOf(route) });
    const result = page.locator(`[data-testid=result][data-route-id="${route.id}"]`);
    await result.waitFor();
    await page.getByTestId('from').fill('Izmir');
    await page.getByTestId('to').fill('Ankara');
    await page.getByTestId('date').fill('2031-01-01');
    await result.getByTestId('open-seats').click();
    await page.getByTestId('trip').waitFor();
    const { from, to, date } = Object.fromEntries(new URL(page.url()).searchParams);
    assert.deepEqual([from, to, date], ['Manisa', 'Bursa', dayOf(route)]);
  });

  it('has pages of one search alone, and says when one cannot be had', async (t) => {
    const [route, other] = [
      await on.house.newRoute({ stops: ['Izmir', 'Manisa', 'Bursa'] }),
      await on.house.newRoute({ stops: ['Van', 'Sivas', 'Rize'] }),
    ];
    const page = await on.page(t);
    let isRefused = true;
    let answer;
    const mayAnswer = new Promise((resolve) => (answer = resolve));
    // Every search has a second page, which shows the same departures as the first.
    await page.route('**/routes/search*', async (request) => {
      const url = new URL(request.request().url());
      if (url.searchParams.get('page') === '2') {
        const problem = { status: 429, code: 'rate_limited', detail: 'too many requests' };
        if (isRefused) return request.fulfill({ status: 429, json: problem });
        await mayAnswer;
        url.searchParams.set('page', '1');
      }
      const response = await request.fetch({ url: url.href });
      const body = await response.json();
      return request.fulfill({ response, json: { ...body, meta: { ...body.meta, totalPages: 2 } } });
    });
    const cards = ({ id }) => page.locator(`[data-testid=result][data-route-id="${id}"]`);
    await page.goto(`${on.house.url}/?${new URLSearchParams({ from: 'Izmir', to: 'Bursa', date: dayOf(route) })}`);
    await cards(route).waitFor();
    await page.getByTestId('more-results').click();
    await page.getByTestId('more-told').getByText('Too many requests.').waitFor();

    isRefused = false;
    const late = page.waitForResponse((response) => response.url().includes('page=2') && response.status() === 200);
    await page.getByTestId('more-results').click();
    await page.getByTestId('from').fill('Van');
    await page.getByTestId('to').fill('Rize');
    await page.getByTestId('date').fill(dayOf(other));
    await page.getByTestId('search-submit').click();
    await cards(other).waitFor();
    answer();
    await (await late).finished();
    await page.getByTestId('more-results').click();
    await cards(other).nth(1).waitFor();
    assert.equal(await cards(route).count(), 0, 'the late page is of another search');
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
