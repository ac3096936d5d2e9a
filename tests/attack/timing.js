// Can it be told from the time of an answer whether an account is there? Samples in turns, so that whatever
// else the machine does meets both alike; told as medians and a t value, judged by whoever reads it.

import { ask, quantile } from './bystander.js';

const SAMPLES = 200;

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

async function compared(name, port, one, other) {
  const times = [[], []];
  const statuses = new Set();
  for (let index = 0; index < SAMPLES; index += 1) {
    for (const which of index % 2 ? [0, 1] : [1, 0]) {
      const { ms, status } = await ask(port, [one, other][which](index));
      times[which].push(ms);
      statuses.add(status);
    }
  }
  // The slowest tenth is the machine's, not the program's.
  const kept = times.map((list) => list.filter((time) => time <= quantile(list, 0.9)));
  return { name, samples: SAMPLES, statuses: [...statuses], medians: kept.map((list) => quantile(list, 0.5)), t: welch(...kept) };
}

export async function timings(port, { pnr, phone }) {
  const login = (email) => ({ method: 'POST', path: '/auth/login', body: { email, password: 'not the password' } });
  return [
    await compared('login: known or unknown e-mail', port, () => login('customer@seatwire.example'), (index) => login(`nobody-${index}@seatwire.example`)),
    await compared(
      'booking code: known with a wrong phone, or unknown',
      port,
      () => ({ path: `/tickets/pnr/${pnr}?phone=5399999999`, address: '127.0.0.3' }),
      () => ({ path: `/tickets/pnr/VV00ZZZZZ?phone=${phone}`, address: '127.0.0.4' }),
    ),
  ];
}
