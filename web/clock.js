// Decides what time it is for the server. A traveller's clock may be wrong by hours; a hold ends by the
// server's. Every answer carries a time that had already passed there when it arrived, so each is a lower
// bound, and the greatest one over the browser's steady clock is the best estimate.

let offset_ms = -Infinity;

/** Learns from a time that the server has just stamped, in milliseconds since 1970. */
export function noteServerTime(stamped_ms) {
  if (Number.isFinite(stamped_ms)) offset_ms = Math.max(offset_ms, stamped_ms - performance.now());
}

/** Milliseconds since 1970 by the server's clock; the browser's own until the first answer. */
export function serverNow() {
  return offset_ms === -Infinity ? Date.now() : performance.now() + offset_ms;
}
