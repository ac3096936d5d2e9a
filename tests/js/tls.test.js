// The port with a certificate: stock clients over https and wss, in all the ways in which they come.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import https from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startServer } from './harness.js';
import { DEMO } from './rest.js';
import { TRANSPORTS, Viewer, closing } from './viewer.js';

let folder;
let ca;
let server;

before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'seatwire-tls-'));
  const [key, chain] = ['key.pem', 'chain.pem'].map((name) => path.join(folder, name));
  execFileSync('openssl', [
    ...['req', '-x509', '-nodes', '-days', '2', '-newkey', 'ec'],
    ...['-pkeyopt', 'ec_paramgen_curve:prime256v1', '-keyout', key, '-out', chain],
    ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'],
  ], { stdio: 'ignore' });
  ca = readFileSync(chain);
  server = await startServer({ env: { SEATWIRE_TLS_CERT: chain, SEATWIRE_TLS_KEY: key } });
});

after(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/// One request; `fetch` cannot be told whom to trust.
function call(method, route, { token, body } = {}) {
  return new Promise((resolve, reject) => {
    const headers = {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(body ? { 'content-type': 'application/json' } : {}),
    };
    const request = https.request(server.url + route, { method, ca, headers }, async (answer) => {
      let text = '';
      for await (const chunk of answer.setEncoding('utf8')) text += chunk;
      const said = `${method} ${route}: ${answer.statusCode} ${text}`;
      if (answer.statusCode >= 300) reject(new Error(said));
      else resolve(JSON.parse(text));
    });
    request.on('error', reject);
    request.end(body ? JSON.stringify(body) : undefined);
  });
}

describe('with a certificate', () => {
  it('says https on its first line', () => {
    assert.match(server.url, /^https:\/\/localhost:\d+$/);
  });

  for (const [index, [name, transport]] of Object.entries(TRANSPORTS).entries()) {
    it(`a stock client sees a sale, ${name}`, async (t) => {
      const { token } = await call('POST', '/auth/login', { body: DEMO.agent });
      const { data: routes } = await call('GET', '/routes?isActive=true&limit=100');
      // One for each test, and days away: nobody is too late for it.
      const route = routes.at(-1 - index);
      const viewer = new Viewer(server.url, { ...transport, ca });
      closing(t, viewer);
      const { seq } = await viewer.subscribe(route.id);
      const ticket = await call('POST', '/tickets', {
        token,
        body: {
          routeId: route.id,
          fromCity: route.stops[0].city,
          toCity: route.stops[1].city,
          seatNumber: 7,
          gender: 'FEMALE',
          userPhoneNumber: '5321234567',
          passengerName: 'Ayşe Yılmaz',
        },
      });
      const update = await viewer.update(route.id, seq + 1);
      assert.equal(update.ticketId, ticket.id);
      assert.equal(update.eventType, 'seat_confirmed');
    });
  }

  it('is nothing for a client that does not trust it', async (t) => {
    const viewer = new Viewer(server.url, { transports: ['websocket'] });
    closing(t, viewer);
    const fault = await viewer.next('(connect_error)');
    assert.equal(fault.message, 'websocket error');
  });
});
