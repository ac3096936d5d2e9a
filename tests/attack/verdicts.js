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

/// Of all attacks together.
export function leftFaults({ failures, leftMib }) {
  return [
    ...(failures > 0 ? [`${failures} answers were 5xx`] : []),
    ...(leftMib <= LEFT_MIB_MAX ? [] : [`${leftMib.toFixed(0)} MiB stayed`]),
  ];
}
