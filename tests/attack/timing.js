// Can it be told from the time of an answer whether an account is there? Samples in turns, so that whatever
// else the machine does meets both alike; told as medians and a t value, judged by whoever reads it.

import { ask, quantile } from './bystander.js';

export const SAMPLES = 200;
const WRONG_PHONE = '5399999999';

function mean(times) {
  return times.reduce((sum, time) => sum + time, 0) / times.length;
}

function variance(times) {
  const middle = mean(times);
  return times.reduce((sum, time) => sum + (time - middle) ** 2, 0) / (times.length - 1);
}

/// Welch's t; beyond 4.5 or so the two can be told apart.
export function welch(one, other) {
  return (mean(one) - mean(other)) / Math.sqrt(variance(one) / one.length + variance(other) / other.length);
}

/// Each pair of samples asks from an address of its own and about a thing of its own: one that had asked
/// before would be told to wait, whatever is there.
const addressOf = (sample, which) => `127.${1 + which}.${sample >> 8}.${1 + (sample & 0xff) % 250}`;

async function compared(name, port, one, other) {
  const times = [[], []];
  const statuses = new Set();
  for (let index = 0; index < SAMPLES; index += 1) {
    for (const which of index % 2 ? [0, 1] : [1, 0]) {
      const question = [one, other][which](index);
      const { ms, status } = await ask(port, { ...question, address: addressOf(index, which) });
      times[which].push(ms);
      statuses.add(status);
    }
  }
  // The slowest tenth is the machine's, not the program's.
  const kept = times.map((list) => list.filter((time) => time <= quantile(list, 0.9)));
  return { name, samples: SAMPLES, statuses: [...statuses], medians: kept.map((list) => quantile(list, 0.5)), t: welch(...kept) };
}

/// Of so many accounts and booking codes that are there.
export async function timings(port, { emails, codes }) {
  const login = (email) => ({ method: 'POST', path: '/auth/login', body: { email, password: 'not the password' } });
  const byCode = (code) => ({ path: `/tickets/pnr/${code}?phone=${WRONG_PHONE}` });
  return [
    await compared(
      'login: known or unknown e-mail',
      port,
      (index) => login(emails[index % emails.length]),
      (index) => login(`nobody-${index}@seatwire.example`),
    ),
    await compared(
      'booking code: known with a wrong phone, or unknown',
      port,
      (index) => byCode(codes[index % codes.length]),
      (index) => byCode(unknownCode(index)),
    ),
  ];
}

/// As long as a real one, and of its alphabet.
function unknownCode(index) {
  return `VV00ZZ${String(index).padStart(3, '0')}`;
}
