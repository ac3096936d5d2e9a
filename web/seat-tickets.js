// Decides how staff learn whose a seat is: its tickets, asked for when the seat is pressed. Bounded: a bus
// with more tickets than are looked through shows the seat without its passenger.

import { get } from "./api.js";

const PAGE_TICKETS = 100;
const PAGES_MAX = 5;

/** The tickets that hold this seat now, on any part of the route. Staff only. */
export async function seatTickets(routeId, seatNumber) {
  const found = await Promise.all(["RESERVED", "CONFIRMED"].map((status) => ticketsOf(routeId, seatNumber, status)));
  return found.flat();
}

async function ticketsOf(routeId, seatNumber, status) {
  const found = [];
  for (let page = 1; page <= PAGES_MAX; page += 1) {
    const tickets = await get("/tickets/search", { routeId, status, page, limit: PAGE_TICKETS });
    found.push(...tickets.filter((ticket) => ticket.seatNumber === seatNumber));
    if (tickets.length < PAGE_TICKETS) break;
  }
  return found;
}
