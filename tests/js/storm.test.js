// A thousand people want forty seats at the same moment, before fifty pairs of eyes.

import assert from 'node:assert/strict';
import http from 'node:http';
import { it } from 'node:test';
import { openHouse } from './house.js';
import { within } from './inbox.js';
import { booking } from './rest.js';
import { TRANSPORTS, Viewer, closing } from './viewer.js';

const SEATS = 40;
const BOOKINGS = 1000;
const VIEWERS = 50;
const CUSTOMERS = 8;
const STORM_MS = 120_000;

/// One POST over a shared pool of kept-alive connections.
function post(agent, caller, path, body) {
  return new Promise((resolve, reject) => {
    const text = JSON.stringify(body);
    const request = http.request(caller.url + path, {
      agent,
      method: 'POST',
      headers: {
        authorization: `Bearer ${caller.token}`,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(text),
      },
    });
    request.on('error', reject);
    request.on('response', (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const body = JSON.parse(Buffer.concat(chunks).toString());
        resolve({ status: response.statusCode, body });
      });
    });
    request.end(text);
  });
}

it('1,000 simultaneous bookings of 40 seats: 40 winners, and 50 viewers see the same', async (t) => {
  const house = await openHouse({ env: { SEATWIRE_RATE_LIMIT: 'off' } });
  t.after(() => house.close());
  const route = await house.newRoute({ seatCount: SEATS });
  const customers = [];
  for (let index = 0; index < CUSTOMERS; index += 1) customers.push(await house.newCustomer());
  const ways = Object.values(TRANSPORTS);
  const viewers = await Promise.all(
    Array.from({ length: VIEWERS }, (_, index) =>
      Viewer.watching(house.url, [route], ways[index % ways.length]),
    ),
  );
  closing(t, ...viewers);

  const agent = new http.Agent({ keepAlive: true, maxSockets: 200 });
  t.after(() => agent.destroy());
  const wishes = Array.from({ length: BOOKINGS }, (_, index) =>
    post(agent, customers[index % CUSTOMERS], '/tickets', booking(route, (index % SEATS) + 1)),
  );
  const answers = await within('a thousand answers', Promise.all(wishes), STORM_MS);

  const winners = answers.filter((answer) => answer.status === 201).map((answer) => answer.body);
  const losers = answers.filter((answer) => answer.status === 409);
  const others = answers.filter(({ status }) => status !== 201 && status !== 409);
  assert.deepEqual(others, [], 'nothing but winners and losers');
  assert.deepEqual([winners.length, losers.length], [SEATS, BOOKINGS - SEATS]);
  assert.deepEqual(new Set(losers.map((answer) => answer.body.code)), new Set(['seat_taken']));
  assert.equal(new Set(winners.map((ticket) => ticket.seatNumber)).size, SEATS);
  assert.equal(new Set(winners.map((ticket) => ticket.pnrNumber)).size, SEATS);

  await Promise.all(viewers.map((viewer) => viewer.update(route.id, SEATS)));
  // One more answer each: a forty-first event would stand before it.
  const maps = await Promise.all(viewers.map((viewer) => viewer.caughtUp(route.id)));
  const [first] = viewers.map((viewer) => viewer.updates());
  assert.deepEqual(
    first.map((update) => update.seq),
    Array.from({ length: SEATS }, (_, index) => index + 1),
  );
  assert.deepEqual(
    first.map((update) => update.ticketId).sort(),
    winners.map((ticket) => ticket.id).sort(),
  );
  for (const viewer of viewers) assert.deepEqual(viewer.updates(), first);
  for (const map of maps) assert.deepEqual([map.seq, map.availableSeats], [SEATS, []]);
});
