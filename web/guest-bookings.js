// Decides what is remembered of what a guest has booked: code and phone number, in this tab alone, so that a
// reload does not lose the way to pay.

const KEY = "seatwire.guest";
/** The newest ones are enough for somebody who is in the middle of paying. */
const KEPT_MAX = 5;

/** @returns {import("./booking-access.js").Guest[]} the newest first */
export function keptGuests() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
    return Array.isArray(kept) ? kept : [];
  } catch {
    return [];
  }
}

/** @param {import("./booking-access.js").Guest} guest @param {string[]} routeIds what it is on */
export function keepGuest(guest, routeIds) {
  const others = keptGuests().filter(({ pnrNumber }) => pnrNumber !== guest.pnrNumber);
  try {
    sessionStorage.setItem(KEY, JSON.stringify([{ ...guest, routeIds }, ...others].slice(0, KEPT_MAX)));
  } catch {
    // Storage may be forbidden: then code and phone number have to be typed again.
  }
}

/** What was booked on this route. */
export function guestOn(routeId) {
  const found = keptGuests().find(({ routeIds }) => routeIds?.includes(routeId));
  return found && { pnrNumber: found.pnrNumber, phone: found.phone };
}
