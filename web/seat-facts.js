// Decides what is said of a seat that is somebody else's: on which parts of the route, and for staff by whom.

import { seatTickets } from "./seat-tickets.js";
import { describeLook } from "./seatmap-view.js";
import { isStaff } from "./session.js";

/** Shows it in the panel; staff see more once it is known. */
export function showTakenSeat(panel, seats, seat, look) {
  panel.showTaken(seatFacts(seats, seat, look));
  if (!isStaff()) return;
  // Who it was sold to before this page was opened, only the tickets say.
  seatTickets(seats.journey.routeId, seat).then(
    (tickets) => panel.updateTaken(seatFacts(seats, seat, look, tickets)),
    () => {},
  );
}

/** `tickets`: those on this seat, where they are known. */
export function seatFacts(seats, seatNumber, look, tickets = []) {
  const stop = (index) => seats.journey.stops[index]?.city ?? `stop ${index}`;
  const ticketOf = ({ fromStopIndex, toStopIndex }) =>
    tickets.find((each) => each.fromStopIndex === fromStopIndex && each.toStopIndex === toStopIndex);
  const segments = seats.segmentsOf(seatNumber).map((segment) => ({
    from: stop(segment.fromStopIndex),
    to: stop(segment.toStopIndex),
    words: wordsOf(segment, look, ticketOf(segment)),
    pnrNumber: ticketOf(segment)?.pnrNumber ?? segment.pnrNumber,
    passengerName: ticketOf(segment)?.passengerName,
  }));
  const words = {
    reserved: "Somebody is booking this seat.",
    blocked: "This seat is blocked.",
  }[look.state];
  return { number: seatNumber, words: words ?? "This seat is taken on your part of the route.", segments };
}

function wordsOf({ status, gender, ticketId }, look, ticket) {
  if (status === "BLOCKED" || look.state === "blocked") return "blocked";
  if (status === "CONFIRMED") return describeLook({ state: "sold", gender });
  // Nobody is known of a seat that is held while names are typed.
  return gender || ticketId || ticket ? describeLook({ state: "reserved", gender }) : "held by somebody who is booking";
}
