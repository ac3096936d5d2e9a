// Decides what is offered when a seat is refused because of who sits beside it: seats that would do, each to be
// taken with one press, and for staff to insist.

import { el, notice } from "./dom.js";
import { mayTake } from "./offered-seats.js";

/** Those nearest to the seat that was wished; the map shows all. */
const OFFERED_MAX = 12;

/** The first passenger whose seat the map keeps for others: `{index, seat}`; `genders` in their order. */
export function refusedSeat(journeys, passengers, genders) {
  for (const [index, seats] of journeys.entries()) {
    for (const [at, passenger] of passengers.entries()) {
      const seat = passenger.seats[index];
      if (seat !== undefined && !mayTake(genders[at], seats.offeredTo(seat))) return { index, seat };
    }
  }
  return undefined;
}

/**
 * `seat`: the one that was refused, if it is known which. `onChoose(seat)` for another one, `onInsist()` where
 * staff may.
 */
export function neighbourNotice(error, { seat, offered, onChoose, onInsist }) {
  const nearest = [...offered].sort((a, b) => Math.abs(a - seat) - Math.abs(b - seat) || a - b).slice(0, OFFERED_MAX);
  const seats = nearest.sort((a, b) => a - b);
  return notice(
    "warn",
    el("strong", {}, seat === undefined ? "A seat is not offered to this passenger." : `Seat ${seat} is not offered to this passenger.`),
    el("p", {}, "On this departure women and men who do not travel together do not sit beside each other."),
    seat !== undefined && seats.length > 0 && el("p", { id: "seats-offered" }, `Free seats that fit instead of seat ${seat}:`),
    seat !== undefined &&
      el(
        "div",
        { class: "seats-offered", role: "group", "aria-labelledby": "seats-offered", "data-testid": "seats-that-would-do" },
        seats.map((each) => el("button", { type: "button", class: "button", "data-testid": "seat-offered", "data-seat": each, "aria-label": `Take seat ${each}`, onclick: () => onChoose(each) }, String(each))),
      ),
    seats.length === 0 && el("p", {}, error.message),
    onInsist && el("button", { type: "button", class: "button button-small", "data-testid": "insist", onclick: onInsist }, "Sell it anyway"),
  );
}
