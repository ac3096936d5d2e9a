// The part of the attack that gives the same answer each time: who may do what, forged tokens, smuggled
// requests, claims to be somebody else, documents and frames that are meant to break their reader. Floods
// and timing are measured by `cargo xtask attack`.

import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { openHouse } from '../js/house.js';
import { AS_STARTED } from '../js/harness.js';
import { Caller } from '../js/rest.js';
import { breaches, operations } from './matrix.js';
import { BODIES } from './nesting.js';
import { PASSENGER, QUESTIONS, breachesOfOwners, unknown } from './owned.js';
import { spoken, statuses } from './raw.js';
import { ASKED_TWICE, SMUGGLED } from './smuggling.js';
import { LOOKALIKES, claimed } from './spoofing.js';
import { forged } from './tokens.js';

let house;
let document;
before(async () => {
  house = await openHouse();
  document = await house.anyone.get('/openapi.json');
});
after(() => house?.close());

async function failures() {
  const { body } = await house.admin.call('GET', '/websocket/stats');
  assert.ok(body, 'it is still there');
}

/// Who has no right to anything of others: without a login, with bad tokens, with an account of their own.
async function strangers() {
  const customer = await house.newCustomer();
  const bad = Object.entries(forged(customer.token)).slice(0, 3);
  return {
    nobody: house.anyone,
    ...Object.fromEntries(bad.map(([name, token]) => [`token (${name})`, new Caller(house.url, token)])),
    customer,
  };
}

it('nobody does what is not theirs: every operation, every role', async () => {
  const route = await house.newRoute();
  const owner = await house.newCustomer();
  const ticket = await owner.book(route, 1, PASSENGER);
  await owner.pay(ticket.id);
  const who = { ...(await strangers()), agent: house.agent, admin: house.admin };
  const { asked, found } = await breaches(document, who, route);
  assert.deepEqual(found, []);
  assert.ok(asked >= 7 * 70, `${asked} were asked`);
  const kinds = operations(document);
  assert.ok(kinds.filter((it) => it.isForAdmins).length >= 15 && kinds.filter((it) => it.isForStaff).length >= 8);
  await failures();
});

it('what is owned is for its owner and for staff, in a state in which they could', async () => {
  assert.deepEqual(unknown(document), []);
  const { asked, found } = await breachesOfOwners(house, await strangers());
  assert.deepEqual(found, []);
  // Five strangers with a control each, and two of the staff.
  assert.ok(asked >= QUESTIONS.length * 12, `${asked} were asked`);
});

it('a server that let strangers in would be found', async () => {
  // An agent may do all of it: taken for a stranger, each success is a breach.
  const { found } = await breachesOfOwners(house, { 'a stranger': house.agent });
  for (const { name, state } of QUESTIONS) {
    const breach = `${name} (${state.name}) by a stranger: 200, somebody else's was given or changed`;
    assert.ok(found.includes(breach), `${breach} is not among ${found.join('\n')}`);
  }
});

it('no forged token is anybody', async () => {
  const customer = await house.newCustomer();
  assert.equal((await customer.call('GET', '/auth/me')).status, 200, 'the good one is');
  for (const [name, token] of Object.entries(forged(customer.token))) {
    for (const path of ['/auth/me', '/audit', '/tickets/my-tickets']) {
      const { status } = await new Caller(house.url, token).call('GET', path);
      assert.equal(status, 401, `${name} at ${path}`);
    }
    const [upgrade] = statuses(
      await spoken(house.server.port, [
        `GET /seats?token=${token} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
      ], { enough: (said) => said.includes('\r\n\r\n') }),
    );
    assert.ok(upgrade >= 400 && upgrade < 500, `${name} opens no socket: ${upgrade}`);
  }
});

it('a request that is hidden in another is not answered', async () => {
  for (const [name, request] of Object.entries(SMUGGLED)) {
    const said = await spoken(house.server.port, [request]);
    const answered = statuses(said);
    assert.ok(answered.length <= 1, `${name}: answered ${answered}`);
    assert.ok(answered.every((status) => status >= 400 && status < 500), `${name}: ${said.slice(0, 200)}`);
  }
  const twice = await spoken(house.server.port, [ASKED_TWICE], { enough: (said) => statuses(said).length === 2 });
  assert.deepEqual(statuses(twice), [200, 200], 'two honest requests are');
});

it('documents that are dear to read are refused', async () => {
  for (const [name, body] of Object.entries(BODIES)) {
    for (const path of ['/auth/login', '/bookings', '/payments', '/tickets']) {
      const response = await fetch(house.url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${house.agent.token}` },
        body,
      });
      const text = await response.text();
      assert.ok(response.status >= 400 && response.status < 500, `${name} at ${path}: ${response.status} ${text.slice(0, 200)}`);
      assert.match(response.headers.get('content-type'), /problem\+json/, name);
    }
  }
});

it('claims to come from elsewhere change nothing', async (t) => {
  const strict = await openHouse({ env: { ...AS_STARTED, SEATWIRE_LIMIT_LOGIN: '5/min', SEATWIRE_CORS_ORIGINS: 'https://shop.example' } });
  t.after(() => strict.close());
  const refused = [];
  for (let index = 0; index < 12; index += 1) {
    const wrong = { email: `nobody-${index}@example.com`, password: 'wrong-password' };
    const { status } = await strict.anyone.call('POST', '/auth/login', wrong, claimed(index));
    refused.push(status);
  }
  assert.ok(refused.slice(-5).every((status) => status === 429), `a new address each time: ${refused}`);
  const overridden = await strict.anyone.call('GET', '/health/live', undefined, claimed(1));
  assert.deepEqual(overridden.body, { status: 'ok' }, 'neither the address nor the method is taken from a header');
  for (const origin of LOOKALIKES) {
    const { headers } = await strict.anyone.call('GET', '/stations', undefined, { origin });
    assert.equal(headers.get('access-control-allow-origin'), null, origin);
    const [status] = statuses(
      await spoken(strict.server.port, [
        `GET /seats HTTP/1.1\r\nHost: localhost\r\nOrigin: ${origin}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
      ], { enough: (said) => said.includes('\r\n\r\n') }),
    );
    assert.equal(status, 403, `a page of ${origin} opens no socket`);
  }
});
