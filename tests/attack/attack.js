// `cargo xtask attack`: floods, slow clients, bombs and timing against a server of its own on this machine,
// with an honest bystander at another address. It prints a table and fails for a 5xx, a server that ended,
// or memory that stays; how much slower the bystander is, is told and not judged.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import os from 'node:os';
import { openHouse } from '../js/house.js';
import { AS_STARTED } from '../js/harness.js';
import { register } from '../js/rest.js';
import { Bystander, quantile } from './bystander.js';
import { floods } from './floods.js';
import { SAMPLES, timings } from './timing.js';

const SECONDS = Number(process.argv[2] ?? 8);
/// What may be left of all attacks: caches that have filled up once.
const LEFT_MIB_MAX = 48;
const REST_MS = 3_000;

/// The attacker gives way to the bystander, who would be on a machine of its own.
const ATTACKER_NICE = 10;

const rest = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function mib(server) {
  const status = readFileSync(`/proc/${server.pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)[1]) / 1_024;
}

async function failures(house) {
  const told = await (await fetch(`${house.url}/metrics`, { headers: { authorization: `Bearer ${house.admin.token}` } })).text();
  const samples = [...told.matchAll(/^seatwire_http_requests_total\{.*status="(5\d\d)"\} (\d+)/gm)];
  return samples.reduce((sum, [, status, count]) => sum + (status === '503' ? 0 : Number(count)), 0);
}

async function beside(house, attack) {
  const bystander = new Bystander(house.server.port, ['/health/live', '/routes?limit=5', '/stations']);
  os.setPriority(bystander.pid, 0);
  const done = await attack();
  const { times, failures } = await bystander.stop();
  return { done, times, failures };
}

/// The server has one core to itself, as its benchmarks do; who attacks and who looks on have the others.
function apart(server) {
  const cores = os.availableParallelism();
  os.setPriority(0, ATTACKER_NICE);
  if (cores < 2) return;
  execFileSync('taskset', ['-acp', String(cores - 1), String(server.pid)]);
  execFileSync('taskset', ['-acp', `0-${cores - 2}`, String(process.pid)]);
}

const say = (line) => process.stdout.write(`${line}\n`);

async function flooded() {
  // As it is started, but for the bystander, who asks more often than a person.
  const house = await openHouse({ env: { ...AS_STARTED, SEATWIRE_LIMIT_READ: '1000000/s' } });
  const faults = [];
  try {
    apart(house.server);
    const route = await house.newRoute();
    await house.agent.book(route, 1);
    const quiet = await beside(house, () => rest(SECONDS * 1_000));
    const before = mib(house.server);
    const quietP99 = quantile(quiet.times, 0.99);
    say(`quiet: ${quiet.times.length} answers, p50 ${quantile(quiet.times, 0.5).toFixed(1)} ms, p99 ${quietP99.toFixed(1)} ms, ${before.toFixed(0)} MiB\n`);
    say('| attack | done | others p50 ms | others p99 ms | × quiet | others refused | MiB during | MiB after |');
    say('|---|---|---|---|---|---|---|---|');
    for (const [name, attack] of Object.entries(floods({ port: house.server.port, route, token: house.customer.token }))) {
      const met = await beside(house, () => attack(SECONDS));
      const during = mib(house.server);
      await rest(REST_MS);
      const p99 = quantile(met.times, 0.99);
      say(`| ${name} | ${met.done} | ${quantile(met.times, 0.5).toFixed(1)} | ${p99.toFixed(1)} | ${(p99 / quietP99).toFixed(1)} | ${met.failures.length} | ${during.toFixed(0)} | ${mib(house.server).toFixed(0)} |`);
      if (met.failures.length > 0) faults.push(`${name}: the bystander was refused: ${met.failures.slice(0, 3)}`);
    }
    const left = mib(house.server) - before;
    const failed = await failures(house);
    say(`\n5xx but for 503: ${failed}; memory that stayed: ${left.toFixed(0)} MiB`);
    if (failed > 0) faults.push(`${failed} answers were 5xx`);
    if (left > LEFT_MIB_MAX) faults.push(`${left.toFixed(0)} MiB stayed`);
    await house.close();
  } finally {
    house.server.vanish();
  }
  return faults;
}

/// An account and a booking code for each sample.
async function thingsToAskAbout(house) {
  const emails = Array.from({ length: SAMPLES }, (_, index) => `known-${index}@seatwire.example`);
  for (const email of emails) await register(house.url, email);
  const codes = [];
  while (codes.length < SAMPLES) {
    const route = await house.newRoute();
    for (let seat = 1; seat <= route.seatCount && codes.length < SAMPLES; seat += 1) {
      codes.push((await house.agent.book(route, seat)).pnrNumber);
    }
  }
  return { emails, codes };
}

async function timed() {
  const house = await openHouse({ env: { ...AS_STARTED, SEATWIRE_RATE_LIMIT: 'off' } });
  try {
    const known = await thingsToAskAbout(house);
    say('\n| what could be told from the time | samples | statuses | median ms, one | median ms, other | t |');
    say('|---|---|---|---|---|---|');
    for (const { name, samples, statuses, medians, t } of await timings(house.server.port, known)) {
      say(`| ${name} | 2 × ${samples} | ${statuses} | ${medians.map((time) => time.toFixed(2)).join(' | ')} | ${t.toFixed(1)} |`);
    }
    await house.close();
  } finally {
    house.server.vanish();
  }
}

const faults = await flooded();
await timed();
for (const fault of faults) say(`FAULT ${fault}`);
process.exitCode = faults.length > 0 ? 1 : 0;
