// Can it be told from the time of an answer whether an account or a booking is there? Samples in turns, so
// that whatever else the machine does meets both alike; the judge of what was measured is at the end.

import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { register } from '../js/rest.js';
import { ask, quantile } from './bystander.js';

export const SAMPLES = 200;
/// Welch's t beyond which two series do not differ by chance.
export const T_MAX = 4.5;
/// Medians may be so far apart, however sure the difference is: an answer about a booking that is there reads it
/// (about 0.1 ms), and its path over a network varies by more. A missing hash, or a write that is waited for, is beyond.
export const MEDIANS_APART_MS_MAX = 0.25;
/// How often it must be seen, each time with other accounts and addresses, to be a fault.
const ROUNDS = 2;

const WRONG_PHONE = '5399999999';
const CODE_PREFIX = 'VV00';
/// Letters of codes that are not taken for each other.
const TOLD_APART = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';
/// A letter is written behind an answer: the next sample waits for it.
const PAUSE_MS = 5;

/// What the server sends letters by; without that, `/auth/forgot` is refused.
export const MAIL = { SEATWIRE_MAIL: 'file://letters', SEATWIRE_MAIL_FROM: 'Firma <tickets@firma.example>' };
const LETTERS_WAIT_MS = 30_000;

function mean(times) {
  return times.reduce((sum, time) => sum + time, 0) / times.length;
}

function variance(times) {
  const middle = mean(times);
  return times.reduce((sum, time) => sum + (time - middle) ** 2, 0) / (times.length - 1);
}

export function welch(one, other) {
  return (mean(one) - mean(other)) / Math.sqrt(variance(one) / one.length + variance(other) / other.length);
}

/// Each pair of samples asks from an address of its own and about a thing of its own: one that had asked
/// before would be told to wait, whatever is there.
const addressOf = (round, sample, which) => `127.${1 + 2 * round + which}.${sample >> 8}.${1 + (sample & 0xff) % 250}`;

async function compared({ name, expected, port, round }, one, other) {
  const times = [[], []];
  const statuses = [new Set(), new Set()];
  for (let index = 0; index < SAMPLES; index += 1) {
    for (const which of index % 2 ? [0, 1] : [1, 0]) {
      const question = [one, other][which](index);
      const { ms, status } = await ask(port, { ...question, address: addressOf(round, index, which) });
      times[which].push(ms);
      statuses[which].add(status);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
  // The slowest tenth is the machine's, not the program's.
  const kept = times.map((list) => list.filter((time) => time <= quantile(list, 0.9)));
  return {
    name,
    samples: SAMPLES,
    expected,
    statuses: statuses.map((set) => [...set].sort()),
    medians: kept.map((list) => quantile(list, 0.5)),
    t: welch(...kept),
  };
}

/// An account whose address is verified, and a booking code, for each sample.
async function thingsToAskAbout(house, round) {
  const emails = Array.from({ length: SAMPLES }, (_, index) => `known-${round}-${index}@seatwire.example`);
  for (const email of emails) await register(house.url, email);
  await verify(house, emails);
  const codes = [];
  while (codes.length < SAMPLES) {
    const route = await house.newRoute();
    for (let seat = 1; seat <= route.seatCount && codes.length < SAMPLES; seat += 1) {
      const { pnrNumber } = await house.agent.book(route, seat);
      if (turningPoint(pnrNumber) >= 0) codes.push(pnrNumber);
    }
  }
  return { emails, codes };
}

/// Only a verified address gets a letter when its password was forgotten.
async function verify(house, emails) {
  const folder = path.join(house.server.folder, 'letters');
  const waiting = new Set(emails);
  const end = performance.now() + LETTERS_WAIT_MS;
  const read = new Set();
  while (waiting.size > 0) {
    if (performance.now() > end) throw new Error(`${waiting.size} letters did not come`);
    for (const name of readdirSync(folder).filter((name) => name.endsWith('.eml') && !read.has(name))) {
      read.add(name);
      const letter = readFileSync(path.join(folder, name), 'utf8');
      const [, to] = /^To: (\S+)/m.exec(letter) ?? [];
      const [token] = /verify-\S+/.exec(letter) ?? [];
      if (!token || !waiting.delete(to)) continue;
      await house.anyone.expect(204, 'POST', '/auth/verify', { token });
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/// Where a code has a letter that is not misread; hardly one of them has none.
function turningPoint(code) {
  return [...code].findIndex((letter, place) => place >= CODE_PREFIX.length && TOLD_APART.includes(letter));
}

/// A code that is nobody's, with the other one's O, 0, I and 1: for each of them more codes are looked up, in case
/// it was misread, so codes that differ in them differ in time, whosever they are.
function besides(code) {
  const at = turningPoint(code);
  const other = TOLD_APART[(TOLD_APART.indexOf(code[at]) + 1) % TOLD_APART.length];
  return code.slice(0, at) + other + code.slice(at + 1);
}

async function timings(house, round) {
  const { emails, codes } = await thingsToAskAbout(house, round);
  const { port } = house.server;
  const unknown = (index) => `other-${round}-${index}@seatwire.example`;
  const login = (email) => ({ method: 'POST', path: '/auth/login', body: { email, password: 'not the password' } });
  const forgot = (email) => ({ method: 'POST', path: '/auth/forgot', body: { email } });
  const byCode = (code) => ({ path: `/tickets/pnr/${code}?phone=${WRONG_PHONE}` });
  const unknownCode = (index) => besides(codes[index]);
  const both = (name, expected, question, known, other) =>
    compared({ name, expected, port, round }, (index) => question(known[index]), (index) => question(other(index)));
  return [
    await both('login: known or unknown e-mail', 401, login, emails, unknown),
    await both('forgotten password: known or unknown e-mail', 202, forgot, emails, unknown),
    await both('booking code: known with a wrong phone, or unknown', 404, byCode, codes, unknownCode),
  ];
}

/// The series of each round, and what is wrong with them. Another round only if something was seen in the first.
export async function timed(house, show) {
  const rounds = [];
  do {
    rounds.push(await timings(house, rounds.length));
    rounds.at(-1).forEach((series) => show(series));
  } while (rounds.length < ROUNDS && rounds.at(-1).some(tellsApart));
  return timingFaults(rounds);
}

/// Sure, and large enough to be measured from elsewhere.
export function tellsApart({ medians: [one, other], t }) {
  return Math.abs(t) > T_MAX && Math.abs(one - other) > MEDIANS_APART_MS_MAX;
}

/// A difference is one that every round shows, the same way round: what the machine did once is none. Another
/// status than the expected one tells something itself, or is a refusal for asking too often, whose time tells nothing.
export function timingFaults(rounds) {
  return rounds[0].flatMap((first, index) => {
    const all = rounds.map((round) => round[index]);
    const isAsExpected = ({ statuses, expected }) => statuses.every((set) => String(set) === String(expected));
    const odd = all.find((series) => !isAsExpected(series));
    if (odd) return [`${first.name}: answered ${odd.statuses.map(String).join(' or ')} and not always ${odd.expected}`];
    const isTold = all.length === ROUNDS && all.every((series) => tellsApart(series) && series.t * first.t > 0);
    if (!isTold) return [];
    const medians = all.map((series) => series.medians.map((time) => time.toFixed(2)).join(' or '));
    return [`${first.name}: the time tells it, ${medians.join(', and again ')} ms`];
  });
}
