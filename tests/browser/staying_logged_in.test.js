// With short-lived tokens a login goes on by refresh tokens. The server takes each once, and one that is shown
// again later ends the login: however many tabs there are, only one of them asks.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openHouse } from '../js/house.js';
import { Inbox, PATIENCE_MS } from '../js/inbox.js';
import { launch, newPage } from './browser.js';
import { TripPage } from './trip_page.js';

const KEY = 'seatwire.session';

/// Tokens end while a test looks on; on a busy machine a page takes seconds to use the one that it was given.
const TOKEN_LIFE = '8s';
let house;
let browser;
before(async () => {
  house = await openHouse({ env: { SEATWIRE_JWT_TTL: TOKEN_LIFE, SEATWIRE_REFRESH_TTL: '1d' } });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await house?.close();
});

/// A page of the customer, and the refreshes that any tab of this browser asks for.
async function loggedIn(t, { url } = house) {
  const page = await newPage(t, browser);
  await page.goto(url);
  const trip = new TripPage(page, url);
  await trip.login('CUSTOMER');
  const refreshes = new Inbox();
  page.context().on('response', (response) => {
    if (response.url().endsWith('/auth/refresh')) refreshes.push({ status: response.status() });
  });
  return { page, trip, refreshes };
}

const stored = (page) => page.evaluate((key) => JSON.parse(localStorage.getItem(key)), KEY);

function me(token) {
  return fetch(`${house.url}/auth/me`, { headers: { authorization: `Bearer ${token}` } });
}

/// Waits until the server takes this token no more.
async function ended(token) {
  const deadline = Date.now() + PATIENCE_MS;
  while ((await me(token)).ok) assert.ok(Date.now() < deadline, 'the token has not ended');
}

/// Lets no refresh through before so many tabs have heard that their token has ended.
async function holdRefreshes(context, tabs) {
  const refused = new Inbox();
  context.on('response', (response) => {
    if (response.url().endsWith('/auth/me') && response.status() === 401) refused.push({});
  });
  await context.route('**/auth/refresh', async (route) => {
    await refused.reached('every tab to be refused', ({ length }) => length >= tabs);
    await route.continue();
  });
}

/// The customer's name is in the page's head.
const isLoggedIn = (page) => page.getByTestId('user-name').waitFor();
const isLoggedOut = (page) => page.getByTestId('open-login').waitFor();

describe('a login with short-lived tokens', () => {
  it('goes on after the token has ended, and no two tabs show one refresh token', async (t) => {
    const { page, refreshes } = await loggedIn(t);
    const first = await stored(page);
    const tabs = [page];
    for (let more = 0; more < 3; more += 1) {
      const tab = await page.context().newPage();
      await tab.goto(house.url);
      tabs.push(tab);
    }
    await ended(first.token);
    await holdRefreshes(page.context(), tabs.length);
    await Promise.all(tabs.map((tab) => tab.reload()));
    await Promise.all(tabs.map(isLoggedIn));
    await refreshes.first('a refresh', ({ status }) => status === 200);
    const second = await stored(page);
    assert.notEqual(second.refreshToken, first.refreshToken);

    // Nothing was shown twice: the login goes on once more.
    const asked = refreshes.all.length;
    await ended(second.token);
    await page.reload();
    await isLoggedIn(page);
    await refreshes.reached('another refresh', ({ length }) => length > asked);
    assert.equal(refreshes.all.filter(({ status }) => status !== 200).length, 0);
  });

  it('goes on in the middle of a booking, with what was typed', async (t) => {
    const route = await house.demoRoute();
    const { page, trip } = await loggedIn(t);
    await trip.open(route);
    const { token } = await stored(page);
    await trip.choose(5);
    await trip.fillIn({ names: ['Ada Bir'], genders: ['FEMALE'] });
    await ended(token);
    await trip.part('book-submit').click();
    await trip.pnr();
    await trip.seatIs(5, 'own');
  });

  it('is over at the server when somebody logs out', async (t) => {
    const long = await openHouse({ env: { SEATWIRE_JWT_TTL: '15m', SEATWIRE_REFRESH_TTL: '1d' } });
    t.after(() => long.close());
    const { page } = await loggedIn(t, long);
    const session = await stored(page);
    const told = page.waitForResponse((response) => response.url().endsWith('/auth/logout'));
    await page.getByTestId('account-menu').click();
    await page.getByTestId('logout').click();
    await isLoggedOut(page);
    assert.equal((await told).status(), 204);
    const body = JSON.stringify({ refreshToken: session.refreshToken });
    assert.equal((await fetch(`${long.url}/auth/refresh`, { method: 'POST', body })).status, 401);
  });

  it('is over there also when its token had ended before', async (t) => {
    const { page } = await loggedIn(t);
    await ended((await stored(page)).token);
    const renewed = page.waitForResponse((response) => response.url().endsWith('/auth/refresh'));
    const told = page.waitForResponse((response) => response.url().endsWith('/auth/logout') && response.status() === 204);
    await page.getByTestId('account-menu').click();
    await page.getByTestId('logout').click();
    await isLoggedOut(page);
    await told;
    const { refreshToken } = await (await renewed).json();
    const body = JSON.stringify({ refreshToken });
    assert.equal((await fetch(`${house.url}/auth/refresh`, { method: 'POST', body })).status, 401);
  });

  it('ends on the page when the server ends it', async (t) => {
    const { page } = await loggedIn(t);
    const session = await stored(page);
    // Somebody has copied the refresh token, and goes on with it; then it is shown again.
    const refresh = ({ refreshToken }) =>
      fetch(`${house.url}/auth/refresh`, { method: 'POST', body: JSON.stringify({ refreshToken }) });
    const next = await (await refresh(session)).json();
    assert.deepEqual([(await refresh(next)).status, (await refresh(session)).status], [200, 401]);
    await ended(session.token);
    await page.reload();
    await isLoggedOut(page);
    assert.equal(await stored(page), null);
  });
});

describe('a page that the browser had put aside', () => {
  it('takes up the login that was made meanwhile, and does not end it', async (t) => {
    const plain = await openHouse({});
    t.after(() => plain.close());
    const page = await newPage(t, browser);
    // A page in the back/forward cache is not told of what other tabs store.
    await page.addInitScript(() => window.addEventListener('storage', (event) => event.stopImmediatePropagation(), true));
    await page.goto(plain.url);
    await new TripPage(page, plain.url).login('CUSTOMER');
    const { token } = await stored(page);
    const authorization = `Bearer ${token}`;
    assert.equal((await fetch(`${plain.url}/auth/logout`, { method: 'POST', headers: { authorization } })).status, 204);

    const other = await page.context().newPage();
    await other.goto(plain.url);
    await isLoggedOut(other);
    await new TripPage(other, plain.url).login('CUSTOMER');
    const next = await stored(other);
    assert.notEqual(next.token, token);

    const shown = page.waitForResponse((response) => response.url().includes('/tickets') && response.ok());
    await page.getByTestId('my-tickets').click();
    const used = await (await shown).request().headerValue('authorization');
    assert.equal(used, `Bearer ${next.token}`);
    assert.deepEqual(await stored(other), next);
    await isLoggedIn(page);
  });
});
