// `cargo xtask attack`: floods, slow clients, bombs and timing against a server of its own on this machine,
// with an honest bystander at another address. It prints a table and fails for a 5xx, a server that ended,
// or memory that stays; how much slower the bystander is, is told and not judged.

import { readFileSync } from 'node:fs';
import { openHouse } from '../js/house.js';
import { AS_STARTED } from '../js/harness.js';
import { Bystander, quantile } from './bystander.js';
import { floods } from './floods.js';
import { timings } from './timing.js';

const SECONDS = Number(process.argv[2] ?? 8);
/// What may be left of all attacks: caches that have filled up once.
const LEFT_MIB_MAX = 48;
const REST_MS = 3_000;

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
  const done = await attack();
  const { times, failures } = await bystander.stop();
  return { done, times, failures };
}

const say = (line) => process.stdout.write(`${line}\n`);

async function flooded() {
  // As it is started, but for the bystander, who asks more often than a person.
  const house = await openHouse({ env: { ...AS_STARTED, SEATWIRE_LIMIT_READ: '1000000/s' } });
  const faults = [];
  try {
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

async function timed() {
  const house = await openHouse({ env: { ...AS_STARTED, SEATWIRE_RATE_LIMIT: 'off' } });
  try {
    const route = await house.newRoute();
    const ticket = await house.customer.book(route, 1);
    say('\n| what could be told from the time | samples | statuses | median ms, one | median ms, other | t |');
    say('|---|---|---|---|---|---|');
    for (const { name, samples, statuses, medians, t } of await timings(house.server.port, { pnr: ticket.pnrNumber, phone: '5321234567' })) {
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
