// The judges of the attack, given made-up answers: what is wrong must be found, and nothing else. No server.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { floods } from './floods.js';
import { judged } from './matrix.js';
import { PASSENGER, QUESTIONS, holdersFault, strangersFault, unknown } from './owned.js';
import { MEDIANS_APART_MS_MAX, T_MAX, timingFaults } from './timing.js';
import {
  LEFT_MIB_MAX, MACHINE_TOLERANCE, MAY_BE_UNAVAILABLE, MORE_DURING_MIB_MAX, SLOWER_MAX, answersOf, floodFaults, isTooSlow, isUnheralded, leftFaults,
  unavailableFaults,
} from './verdicts.js';

const PUBLIC = { isSecured: false, isForAdmins: false, isForStaff: false };
const SECURED = { ...PUBLIC, isSecured: true };
const STAFF = { ...SECURED, isForStaff: true };
const ADMINS = { ...SECURED, isForAdmins: true };

it('the judge of roles finds each wrong answer', () => {
  const wrong = [
    [PUBLIC, 'nobody', 500],
    [PUBLIC, 'nobody', 200, PASSENGER],
    [PUBLIC, 'customer', 404, { detail: `it is ${PASSENGER.passengerName}'s` }],
    [SECURED, 'nobody', 200],
    [SECURED, 'nobody', 403],
    [SECURED, 'token (alg none)', 200],
    [SECURED, 'customer', 401],
    [SECURED, 'customer', 403],
    [STAFF, 'customer', 200],
    [STAFF, 'customer', 400],
    [STAFF, 'agent', 403],
    [STAFF, 'admin', 403],
    [ADMINS, 'customer', 404],
    [ADMINS, 'agent', 200],
    [ADMINS, 'agent', 400],
    [ADMINS, 'admin', 401],
    [ADMINS, 'admin', 403],
  ];
  for (const [operation, role, status, said] of wrong) {
    assert.ok(judged(operation, role, status, said), `${JSON.stringify(operation)} by ${role}: ${status}`);
  }
  const right = [
    [PUBLIC, 'nobody', 200],
    [PUBLIC, 'token (alg none)', 401],
    [SECURED, 'nobody', 401],
    [SECURED, 'customer', 400],
    [SECURED, 'agent', 403],
    [STAFF, 'customer', 403],
    [STAFF, 'agent', 200, PASSENGER],
    [ADMINS, 'agent', 403],
    [ADMINS, 'admin', 404],
  ];
  for (const [operation, role, status, said] of right) {
    assert.equal(judged(operation, role, status, said), undefined, `${JSON.stringify(operation)} by ${role}: ${status}`);
  }
});

it('the judge of owned things finds each wrong answer', () => {
  const refused = { status: 403, body: { code: 'forbidden' } };
  const wrong = [
    [undefined, { status: 200 }, true],
    [undefined, refused, false],
    [undefined, { status: 409 }, true],
    [undefined, { status: 400 }, true],
    [undefined, { status: 429 }, true],
    [undefined, { status: 500 }, true],
    [undefined, { status: 403, body: PASSENGER }, true],
    [401, refused, true],
    [401, { status: 404 }, true],
  ];
  for (const [only, answer, isUnchanged] of wrong) {
    assert.ok(strangersFault(only, answer, isUnchanged), JSON.stringify({ only, answer, isUnchanged }));
  }
  assert.equal(strangersFault(undefined, refused, true), undefined);
  assert.equal(strangersFault(undefined, { status: 404 }, true), undefined);
  assert.equal(strangersFault(401, { status: 401 }, true), undefined);
  for (const status of [401, 403, 404, 409, 500]) assert.ok(holdersFault({ status }), `${status}`);
  assert.equal(holdersFault({ status: 200 }), undefined);
});

it('an operation of which nobody has said whose it is, is found', () => {
  const responses = { 200: {} };
  const schema = { $ref: '#/components/schemas/Gift' };
  const paths = {};
  for (const { name } of QUESTIONS) {
    const [method, path] = name.split(' ');
    paths[path] = { ...paths[path], [method.toLowerCase()]: { responses } };
  }
  const document = { paths, components: { schemas: { Gift: { properties: { ticketId: {} } } } } };
  assert.deepEqual(unknown(document), []);
  paths['/tickets/{id}/gift'] = { post: { responses } };
  paths['/invoices/{number}'] = { get: { responses } };
  paths['/gifts'] = { post: { responses, requestBody: { content: { 'application/json': { schema } } } } };
  paths['/routes/{id}'] = { get: { responses } };
  delete paths['/bookings/{id}'];
  assert.deepEqual(
    unknown(document).map((fault) => fault.split(':')[0]),
    ['POST /tickets/{id}/gift', 'GET /invoices/{number}', 'POST /gifts', 'GET /bookings/{id}'],
  );
});

it('a flood is a fault for what it does to others or to memory, and not for one slow look', () => {
  const good = { slower: SLOWER_MAX, refused: [], peakMib: 60 };
  const slow = { ...good, slower: SLOWER_MAX * MACHINE_TOLERANCE + 0.1 };
  assert.ok(!isTooSlow(good) && isTooSlow(slow));
  assert.ok(isTooSlow({ slower: Number.NaN }), 'who was never answered waited for ever');
  for (const looks of [[good], [slow], [slow, good]]) assert.deepEqual(floodFaults('x', looks, 30), []);
  const wrong = [
    [slow, slow],
    [{ ...good, refused: ['/stations: 429'] }],
    [slow, { ...good, refused: ['/stations: 0'] }],
    [{ ...good, peakMib: 30 + MORE_DURING_MIB_MAX + 1 }],
    [{ ...slow, peakMib: 30 + MORE_DURING_MIB_MAX + 1 }, good],
  ];
  for (const looks of wrong) assert.equal(floodFaults('x', looks, 30).length, 1, JSON.stringify(looks));
  assert.deepEqual(leftFaults({ failures: 0, leftMib: LEFT_MIB_MAX }), []);
  assert.equal(leftFaults({ failures: 1, leftMib: LEFT_MIB_MAX + 1 }).length, 2);
});

it('a 503 is a fault unless the attack may cause it, and always without Retry-After', () => {
  const login = 'POST /auth/login';
  assert.deepEqual(answersOf([
    `seatwire_http_requests_total{method="POST",route="/auth/login",status="503"} 7`,
    `seatwire_http_requests_total{status="500",route="/tickets",method="POST"} 2`,
    `seatwire_http_requests_total{method="GET",route="/stations",status="502"} 1`,
    `seatwire_http_requests_total{method="GET",route="/stations",status="200"} 503`,
    `seatwire_rate_limited_total{class="login"} 5`,
  ].join('\n')), { unavailable: { [login]: 7 }, failures: 3 });
  const known = floods({ port: 0, route: {}, token: '', unheralded: [] });
  for (const name of Object.keys(MAY_BE_UNAVAILABLE)) assert.ok(name in known, `${name} is an attack`);
  const faults = (name, before, after, unheralded = []) => unavailableFaults(name, { before, after, unheralded });
  assert.deepEqual(faults('logins', {}, { [login]: 7 }), []);
  assert.deepEqual(faults('slow heads', { [login]: 7 }, { [login]: 7 }), [], 'it was there before');
  assert.equal(faults('slow heads', { [login]: 7 }, { [login]: 8 }).length, 1, 'another attack may not');
  assert.equal(faults('logins', {}, { 'POST /tickets': 1 }).length, 1, 'nor may another address be');
  assert.equal(faults('quiet', {}, { 'GET /stations': 1, 'GET /seats': 1 }).length, 2);
  assert.equal(faults('logins', {}, { [login]: 7 }, [login]).length, 1);
  for (const headers of [{}, { 'retry-after': '' }, { 'retry-after': 'soon' }]) assert.ok(isUnheralded(503, headers), JSON.stringify(headers));
  assert.ok(!isUnheralded(503, { 'retry-after': '1' }) && !isUnheralded(429, {}) && !isUnheralded(200, {}));
});

it('a time tells something if it is sure, large, and seen again', () => {
  const statuses = [[401], [401]];
  const alike = { name: 'login', expected: 401, statuses, medians: [22, 22 + MEDIANS_APART_MS_MAX / 2], t: T_MAX + 1 };
  const unsure = { ...alike, medians: [22, 25], t: T_MAX - 0.1 };
  const told = { ...alike, medians: [25, 22], t: T_MAX + 1 };
  const otherWay = { ...alike, medians: [22, 25], t: -T_MAX - 1 };
  for (const rounds of [[alike], [unsure], [told, alike], [told, unsure], [told, otherWay]]) {
    assert.deepEqual(timingFaults(rounds.map((series) => [series])), [], JSON.stringify(rounds));
  }
  const answered = (...statuses) => [{ ...alike, statuses }];
  const refused = [answered([401], [404]), answered([429], [429]), answered([401, 429], [401, 429]), answered([0], [0])];
  for (const rounds of [[told, told], [otherWay, otherWay], ...refused]) {
    assert.equal(timingFaults(rounds.map((series) => [series])).length, 1, JSON.stringify(rounds));
  }
});

it('docs/security.md has the bounds as they are', () => {
  const page = readFileSync(new URL('../../docs/security.md', import.meta.url), 'utf8');
  const may = Object.values(MAY_BE_UNAVAILABLE).flatMap((of) => Object.entries(of));
  for (const bounds of [
    ...may.map(([address, why]) => `\`${address}\`: ${why}`),
    `| ${MORE_DURING_MIB_MAX} MiB | \`MORE_DURING_MIB_MAX\``,
    `| ${LEFT_MIB_MAX} MiB | \`LEFT_MIB_MAX\``,
    `| ${SLOWER_MAX} ×, and ${MACHINE_TOLERANCE} × of that`,
    `| ${T_MAX} and ${MEDIANS_APART_MS_MAX} ms | \`T_MAX\``,
  ]) {
    assert.ok(page.includes(bounds), bounds);
  }
});
