// `cargo xtask attack`: floods, slow clients, bombs and timing against a server of its own on this machine,
// with an honest bystander at another address. It prints tables, and fails for what `verdicts.js` and
// `timing.js` find in them.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { openHouse } from '../js/house.js';
import { AS_STARTED } from '../js/harness.js';
import { Bystander, quantile } from './bystander.js';
import { floods } from './floods.js';
import { MAIL, timed } from './timing.js';
import { answersOf, floodFaults, isTooSlow, leftFaults, unavailableFaults } from './verdicts.js';

const SECONDS = Number(process.argv[2] ?? 8);
const REST_MS = 3_000;

/// The attacker gives way to the bystander, who would be on a machine of its own.
const ATTACKER_NICE = 10;

const rest = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/// `VmRSS`: now. `VmHWM`: the most since `forgetPeak`.
function mib(server, field = 'VmRSS') {
  const status = readFileSync(`/proc/${server.pid}/status`, 'utf8');
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)[1]) / 1_024;
}

function forgetPeak(server) {
  // 5 is the kernel's number for that (proc_pid_clear_refs(5)).
  writeFileSync(`/proc/${server.pid}/clear_refs`, '5');
}

async function answers(house) {
  const headers = { authorization: `Bearer ${house.admin.token}` };
  return answersOf(await (await fetch(`${house.url}/metrics`, { headers })).text());
}

/// How others, and the server's memory, fare beside an attack.
async function beside(house, attack) {
  const bystander = new Bystander(house.server.port, ['/health/live', '/routes?limit=5', '/stations']);
  os.setPriority(bystander.pid, 0);
  forgetPeak(house.server);
  const done = await attack(SECONDS);
  const { times, failures: refused } = await bystander.stop();
  const peakMib = mib(house.server, 'VmHWM');
  return { done, answers: times.length, p50: quantile(times, 0.5), p99: quantile(times, 0.99), refused, peakMib };
}

/// The same when nobody attacks.
async function quiet(house) {
  const met = await beside(house, (seconds) => rest(seconds * 1_000));
  say(`quiet: ${met.answers} answers, p50 ${met.p50.toFixed(1)} ms, p99 ${met.p99.toFixed(1)} ms, ${mib(house.server).toFixed(0)} MiB`);
  return met;
}

const HEAD = [
  '\n| attack | done | others p50 ms | others p99 ms | × quiet | others refused | MiB at most | MiB after |',
  '|---|---|---|---|---|---|---|---|',
].join('\n');

async function look(house, name, attack, calm, unheralded) {
  const { unavailable: before } = await answers(house);
  const met = await beside(house, attack);
  await rest(REST_MS);
  const { unavailable: after } = await answers(house);
  const faults = unavailableFaults(name, { before, after, unheralded: unheralded.splice(0) });
  const slower = met.p99 / calm.p99;
  say(`| ${name} | ${met.done} | ${met.p50.toFixed(1)} | ${met.p99.toFixed(1)} | ${slower.toFixed(1)} | ${met.refused.length} | ${met.peakMib.toFixed(0)} | ${mib(house.server).toFixed(0)} |`);
  return { ...met, slower, faults };
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
    const calm = await quiet(house);
    const before = mib(house.server);
    const unheralded = [];
    const attacks = Object.entries(floods({ port: house.server.port, route, token: house.customer.token, unheralded }));
    const looks = new Map();
    say(HEAD);
    for (const [name, attack] of attacks) looks.set(name, [await look(house, name, attack, calm, unheralded)]);
    for (const [name, attack] of attacks.filter(([name]) => looks.get(name).some(isTooSlow))) {
      say(`\nothers waited long, so once more: ${name}`);
      const calm = await quiet(house);
      say(HEAD);
      looks.get(name).push(await look(house, name, attack, calm, unheralded));
    }
    for (const [name, seen] of looks) faults.push(...floodFaults(name, seen, before), ...seen.flatMap((look) => look.faults));
    const { unavailable, failures } = await answers(house);
    const left = { failures, leftMib: mib(house.server) - before };
    say(`\n5xx but for 503: ${left.failures}; 503s: ${JSON.stringify(unavailable)}; memory that stayed: ${left.leftMib.toFixed(0)} MiB`);
    faults.push(...leftFaults(left));
    await house.close();
  } finally {
    house.server.vanish();
  }
  return faults;
}

async function measured() {
  const house = await openHouse({ env: { ...AS_STARTED, ...MAIL, SEATWIRE_RATE_LIMIT: 'off' } });
  try {
    say('\n| what could be told from the time | samples | statuses | median ms, one | median ms, other | t |');
    say('|---|---|---|---|---|---|');
    const faults = await timed(house, ({ name, samples, statuses, medians, t }) => {
      const told = [...new Set(statuses.map((set) => set.join()))].join(' or ');
      say(`| ${name} | 2 × ${samples} | ${told} | ${medians.map((time) => time.toFixed(2)).join(' | ')} | ${t.toFixed(1)} |`);
    });
    await house.close();
    return faults;
  } finally {
    house.server.vanish();
  }
}

const faults = [...(await flooded()), ...(await measured())];
for (const fault of faults) say(`FAULT ${fault}`);
process.exitCode = faults.length > 0 ? 1 : 0;
