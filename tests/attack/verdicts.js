// What is wrong with how the server and others fared during a flood. Every bound of it stands here.

/// Others may wait so many times as long as when it is quiet (p99).
export const SLOWER_MAX = 2;
/// A machine that has other work, and shares two cores with the attacker, adds so much to that.
export const MACHINE_TOLERANCE = 1.25;
/// How much more memory it may take at any moment of an attack than before all of them: buffers of 2,000
/// connections of one address, and as many passwords at a time as it hashes.
export const MORE_DURING_MIB_MAX = 64;
/// What may be left of all attacks: caches that have filled up once.
export const LEFT_MIB_MAX = 48;

/// The 503s that an attack may cause, by address, and why. Any other one during an attack is a fault: a flood
/// from one address is told so (429) and takes nothing from others.
export const MAY_BE_UNAVAILABLE = {
  logins: { 'POST /auth/login': 'a few passwords are hashed at a time, and the queue behind them is bounded' },
};

/// Worth another look: as a fault it counts if that shows the same.
export function isTooSlow({ slower }) {
  return !(slower <= SLOWER_MAX * MACHINE_TOLERANCE);
}

/// `looks`: how it went the first time, and again if the first was too slow, beside a quiet time of its own.
/// Each has `slower` (others' p99 in multiples of the quiet one), `refused` and `peakMib`.
export function floodFaults(name, looks, mibBefore) {
  const faults = [];
  const refused = looks.flatMap((look) => look.refused);
  if (refused.length > 0) faults.push(`${name}: the bystander was refused: ${refused.slice(0, 3)}`);
  const more = Math.max(...looks.map((look) => look.peakMib)) - mibBefore;
  if (!(more <= MORE_DURING_MIB_MAX)) faults.push(`${name}: took ${more.toFixed(0)} MiB more meanwhile`);
  if (looks.length > 1 && looks.every(isTooSlow)) {
    faults.push(`${name}: others waited ${looks.map(({ slower }) => slower.toFixed(1)).join(' and again ')} times as long`);
  }
  return faults;
}

/// What the server's metrics say of its answers so far: 503s by address, and other 5xx.
export function answersOf(metrics) {
  const unavailable = {};
  let failures = 0;
  for (const [, labels, times] of metrics.matchAll(/^seatwire_http_requests_total\{(.*)\} (\d+)$/gm)) {
    const { method, route, status } = Object.fromEntries([...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]));
    if (status === '503') unavailable[`${method} ${route}`] = Number(times);
    else if (status.startsWith('5')) failures += Number(times);
  }
  return { unavailable, failures };
}

/// `before` and `after` an attack: 503s by address. `unheralded`: those that the attacker got without Retry-After.
export function unavailableFaults(name, { before, after, unheralded }) {
  const may = MAY_BE_UNAVAILABLE[name] ?? {};
  const more = Object.entries(after).map(([address, times]) => [address, times - (before[address] ?? 0)]);
  const faults = more
    .filter(([address, times]) => times > 0 && !Object.hasOwn(may, address))
    .map(([address, times]) => `${name}: ${address} was a 503 ${times} times`);
  if (unheralded.length > 0) faults.push(`${name}: 503 without Retry-After: ${unheralded.slice(0, 3)}`);
  return faults;
}

/// An answer, by its status and its headers, that says "not now" and not when to try again.
export function isUnheralded(status, headers) {
  return status === 503 && !/^\d+$/.test(headers['retry-after'] ?? '');
}

/// Of all attacks together.
export function leftFaults({ failures, leftMib }) {
  return [
    ...(failures > 0 ? [`${failures} answers were 5xx`] : []),
    ...(leftMib <= LEFT_MIB_MAX ? [] : [`${leftMib.toFixed(0)} MiB stayed`]),
  ];
}
