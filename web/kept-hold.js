// Decides what is remembered of held seats over a reload: in this tab alone, and only as long as the tab
// lives. The token is a secret; it is stored nowhere else.

const KEY = "seatwire.hold.";

/**
 * @typedef {object} KeptHold
 * @property {string} token
 * @property {boolean} [isLeft]  the page was left and let them go
 * @property {number[]} seats
 * @property {string} fromCity
 * @property {string} toCity
 */

/** @param {KeptHold} kept */
export function keepHold(routeId, kept) {
  try {
    sessionStorage.setItem(KEY + routeId, JSON.stringify(kept));
  } catch {
    // Storage may be forbidden: then a reload begins anew.
  }
}

export function forgetHold(routeId) {
  try {
    sessionStorage.removeItem(KEY + routeId);
  } catch {
    // As above.
  }
}

/** @returns {KeptHold | undefined} what was held on this journey before the page was loaded */
export function keptHold({ routeId, fromCity, toCity }) {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY + routeId) ?? "null");
    const isOurs = kept?.fromCity === fromCity && kept.toCity === toCity && Array.isArray(kept.seats);
    return isOurs ? kept : undefined;
  } catch {
    return undefined;
  }
}
