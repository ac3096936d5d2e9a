// A frontend of somebody else, served from another origin and port, with the stock client.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { after, before, describe, it } from 'node:test';
import { openHouse } from '../js/house.js';
import { DEMO, booking } from '../js/rest.js';
import { TRANSPORTS } from '../js/viewer.js';
import { launch, newPage } from './browser.js';

const STOCK_CLIENT = new URL(
  '../js/node_modules/socket.io-client/dist/socket.io.min.js',
  import.meta.url,
);

/// What a frontend written for the old platform does, and nothing more.
const FRONTEND = `<!doctype html>
<meta charset="utf-8">
<title>Somebody else's frontend</title>
<link rel="icon" href="data:,">
<ul id="updates"></ul>
<p id="state"></p>
<script src="/socket.io-client/socket.io.js"></script>
<script>
  const { server, routeId, transport } = JSON.parse(decodeURIComponent(location.hash.slice(1)));
  const say = (state) => { document.getElementById('state').dataset.state = state; };
  const socket = io(server + '/seats', transport);
  socket.on('connect', () => socket.emit('subscribe_route', { routeId }));
  socket.on('connect_error', () => say('refused'));
  socket.on('subscribed', () => say('subscribed'));
  socket.on('seat_update', (update) => {
    const item = document.createElement('li');
    item.dataset.seat = update.seatNumber;
    item.dataset.kind = update.eventType;
    document.getElementById('updates').append(item);
  });
  async function post(path, body, token) {
    const response = await fetch(server + path, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token ? { authorization: 'Bearer ' + token } : {}),
      },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: await response.json() };
  }
</script>`;

let frontend;
let origin;
let browser;
before(async () => {
  frontend = http.createServer((request, response) => {
    const script = request.url.startsWith('/socket.io-client/');
    response.setHeader('content-type', script ? 'text/javascript' : 'text/html');
    response.end(script ? readFileSync(STOCK_CLIENT) : FRONTEND);
  });
  await new Promise((resolve) => frontend.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${frontend.address().port}`;
  browser = await launch();
});
after(async () => {
  await browser?.close();
  frontend?.closeAllConnections();
  frontend?.close();
});

async function visit(t, house, route, transport) {
  const page = await newPage(t, browser);
  const settings = { server: house.url, routeId: route.id, transport };
  await page.goto(`${origin}/#${encodeURIComponent(JSON.stringify(settings))}`);
  return page;
}

const state = (page, wanted) =>
  page.locator(`#state[data-state=${wanted}]`).waitFor({ state: 'attached' });

describe('a frontend on another origin', () => {
  let house;
  before(async () => {
    house = await openHouse();
  });
  after(() => house?.close());

  for (const [name, transport] of Object.entries(TRANSPORTS)) {
    it(`books over REST and sees it live, ${name}`, async (t) => {
      const route = await house.newRoute();
      const page = await visit(t, house, route, transport);
      await state(page, 'subscribed');
      const booked = await page.evaluate(
        async ([credentials, wish]) => {
          const { body } = await post('/auth/login', credentials);
          return post('/tickets', wish, body.token);
        },
        [DEMO.customer, booking(route, 17)],
      );
      assert.equal(booked.status, 201, JSON.stringify(booked.body));
      await page.locator('li[data-seat="17"][data-kind=seat_reserved]').waitFor({ state: 'attached' });
    });
  }
});

describe('an origin that is not allowed', () => {
  let house;
  before(async () => {
    house = await openHouse({ env: { SEATWIRE_CORS_ORIGINS: 'https://tickets.example' } });
  });
  after(() => house?.close());

  for (const [name, transport] of Object.entries(TRANSPORTS)) {
    it(`is kept out, ${name}`, async (t) => {
      const route = await house.newRoute();
      const page = await visit(t, house, route, transport);
      await state(page, 'refused');
      const outcome = await page.evaluate(
        (credentials) => post('/auth/login', credentials).then(() => 'read', () => 'refused'),
        DEMO.customer,
      );
      assert.equal(outcome, 'refused');
    });
  }
});
