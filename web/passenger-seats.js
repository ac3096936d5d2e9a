// Decides what the form says of a passenger's seats: which they are, who sits beside them, and that a seat is
// kept for somebody else.

import { el, icon } from "./dom.js";
import { GENDER_WORDS, money } from "./format.js";
import { mayTake } from "./offered-seats.js";
import { OFFERED_WORDS } from "./seatmap-view.js";

const WAYS = ["Outbound", "Return"];

/**
 * `{key, nodes, letGo, note}` for a passenger's head in the form; it is the same as long as its key is.
 * `journeys`: the `JourneySeats` of the party; `gender`: as chosen so far.
 */
export function describePassenger(passenger, journeys, gender) {
  const lines = journeys.map((seats, index) => {
    const line = lineOf(seats, passenger.seats[index], gender);
    return journeys.length > 1 ? { ...line, words: `${WAYS[index]}: ${line.words}` } : line;
  });
  const [seat] = passenger.seats;
  const price = journeys.reduce((sum, { journey }) => sum + Math.round(journey.price * 100), 0) / 100;
  return {
    key: JSON.stringify([lines, price]),
    nodes: [
      el("span", { class: "chosen-number", "data-testid": "chosen-seat", "data-seat": seat ?? "" }, seat === undefined ? icon("seat") : String(seat)),
      el("div", { class: "chosen-words" }, lines.map(({ words }) => el("strong", {}, words))),
      el("span", { class: "price" }, money(price)),
    ],
    letGo: seat === undefined ? "Remove this passenger" : `Release seat ${seat}`,
    note: lines.flatMap(({ note, isBad }) =>
      note ? [el("p", { class: isBad ? "neighbour neighbour-bad" : "quiet neighbour" }, icon(isBad ? "alert" : "info"), note)] : [],
    ),
  };
}

function lineOf(seats, seat, gender) {
  if (seat === undefined) return { words: "best free seat, chosen when you book" };
  const words = `Seat ${seat}, ${seats.placeOf(seat)}`;
  const offered = seats.offeredTo(seat);
  if (!mayTake(gender, offered)) return { words, note: `Seat ${seat} is ${OFFERED_WORDS[offered]}. Please choose another seat.`, isBad: true };
  const beside = seats.neighbourOf(seat);
  return { words, note: beside && neighbourWords(beside) };
}

function neighbourWords({ number, state, gender }) {
  if (state === "selected") return `Seat ${number} beside it is yours too.`;
  if (state === "free") return `Seat ${number} beside it is free.`;
  if (!gender || gender === "OTHER") return `Seat ${number} beside it is taken.`;
  return `A ${GENDER_WORDS[gender]} travels beside it on seat ${number}.`;
}
