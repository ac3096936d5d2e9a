// Decides what is said of a booking and its tickets: its state in words, what is still to be paid, which
// journeys it has. Pure; works on what owners and staff see of it and on what a guest sees.

import { serverNow } from "./clock.js";
import { config } from "./config.js";

const LIVE = new Set(["RESERVED", "CONFIRMED", "SUSPENDED"]);

/** The tickets of a list by their bookings, in the order of the list. */
export function bookingsOf(tickets) {
  const bookings = new Map();
  for (const ticket of tickets) {
    const { bookingId, pnrNumber } = ticket;
    if (!bookings.has(bookingId)) bookings.set(bookingId, { id: bookingId, pnrNumber, tickets: [] });
    bookings.get(bookingId).tickets.push(ticket);
  }
  return [...bookings.values()];
}

/** The tickets that are neither cancelled nor expired. */
export function liveTickets({ tickets }) {
  return tickets.filter(({ status }) => LIVE.has(status));
}

export function unpaidTickets({ tickets }) {
  return tickets.filter(({ status, paymentStatus }) => status === "RESERVED" && paymentStatus !== "PAID");
}

export function sumOf(tickets) {
  // Kuruş are whole numbers; a sum of fractions would not be.
  return tickets.reduce((sum, { price }) => sum + Math.round(price * 100), 0) / 100;
}

/** When the first of its holds ends; nothing without one. */
export function expiryOf(booking) {
  const ends = unpaidTickets(booking).map(({ expiresAt }) => expiresAt).filter(Boolean);
  return ends.sort((a, b) => Date.parse(a) - Date.parse(b))[0];
}

/** When the traveller's own segment leaves. */
export function segmentDeparture({ departureTime, route, fromStopIndex }) {
  return departureTime ?? route.stops[fromStopIndex].time;
}

/** Whether the bus has left the traveller's stop. */
export function hasLeft(ticket) {
  return Date.parse(segmentDeparture(ticket)) <= serverNow();
}

/** One entry for each route of it, in the order of the tickets: `{routeId, tickets}`. */
export function journeysOf({ tickets }) {
  const journeys = new Map();
  for (const ticket of tickets) {
    const routeId = ticket.routeId ?? ticket.route.id;
    if (!journeys.has(routeId)) journeys.set(routeId, { routeId, tickets: [] });
    journeys.get(routeId).tickets.push(ticket);
  }
  return [...journeys.values()];
}

/**
 * Whether nobody paid in time. The server ends a hold by cancelling its ticket, as its owner may have done;
 * only one that was left alone lives as long as a hold.
 */
export function ranOut({ status, paymentStatus, createdAt, cancelledAt, suspendedAt, hasRunOut }) {
  if (hasRunOut) return true;
  if (status !== "CANCELLED" || paymentStatus !== "PENDING" || suspendedAt || !cancelledAt) return false;
  return Date.parse(cancelledAt) - Date.parse(createdAt) >= config.holdSeconds * 1000;
}

/** `{words, tone}` of one ticket. */
export function statusOf(ticket) {
  const { status, paymentStatus } = ticket;
  if (status === "RESERVED") return { words: "Held, not paid", tone: "warn" };
  if (status === "CONFIRMED") return { words: paymentStatus === "PAID" ? "Paid" : "Confirmed", tone: "good" };
  if (status === "SUSPENDED") return { words: "Suspended", tone: "warn" };
  if (paymentStatus === "REFUNDED") return { words: "Cancelled, refunded", tone: "off" };
  if (ranOut(ticket)) return { words: "Hold ended", tone: "off" };
  return { words: "Cancelled", tone: "off" };
}

/** `{words, tone}` of a booking: of the first ticket that counts, else of the last that did. */
export function bookingStatus(booking) {
  const rank = ["RESERVED", "SUSPENDED", "CONFIRMED", "CANCELLED"];
  const [telling] = [...booking.tickets].sort((a, b) => rank.indexOf(a.status) - rank.indexOf(b.status));
  const status = statusOf(telling);
  const isPart = liveTickets(booking).length > 0 && liveTickets(booking).length < booking.tickets.length;
  return isPart ? { ...status, words: `${status.words}, in part` } : status;
}
