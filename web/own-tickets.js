// Decides which tickets on the map are the traveller's own: a customer's by their account, a guest's by what
// they booked in this tab. At a counter the seats that were sold are other people's.

import { get } from "./api.js";
import { guestBooking } from "./booking-access.js";
import { guestOn } from "./guest-bookings.js";
import { overlapsJourney } from "./journey.js";
import { currentUser } from "./session.js";

const HOLDING = new Set(["RESERVED", "CONFIRMED"]);
const NEWEST = { limit: 100 };

/** The tickets that the traveller may have here, newest first; a guest's bear what opens them as `guest`. */
export async function ownTickets(routeId) {
  const user = currentUser();
  if (user) return user.role === "CUSTOMER" ? get("/tickets/my-tickets", NEWEST) : [];
  const guest = guestOn(routeId);
  if (!guest) return [];
  const booking = await guestBooking(guest);
  return booking.tickets.map((ticket) => ({ ...ticket, guest, booking }));
}

/** Those that were sold or bought under this account; for staff the ones that they sold. */
export function accountTickets() {
  return currentUser() ? get("/tickets/my-tickets", NEWEST) : Promise.resolve([]);
}

/** Whether a ticket keeps a seat of this journey. */
export function holdsSeatOf(ticket, journey) {
  if (!HOLDING.has(ticket.status)) return false;
  // What a guest sees of a ticket has the cities of its segment, and no places in the timetable.
  if (ticket.guest) return ticket.route.id === journey.routeId && ticket.fromCity === journey.fromCity && ticket.toCity === journey.toCity;
  return overlapsJourney(ticket, journey);
}
