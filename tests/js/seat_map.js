// The seat map as a frontend keeps it: a snapshot, and every event folded over it. A seat is a
// set of occupied legs; a leg is named by the stop it begins at.

import assert from 'node:assert/strict';

export class SeatMap {
  #occupied = new Map();

  /// From `seat_availability` of the whole route.
  constructor(snapshot) {
    this.seq = snapshot.seq;
    this.seatCount = snapshot.seatCount;
    for (const seat of snapshot.seats) this.#occupy(seat);
  }

  static empty(seatCount) {
    return new SeatMap({ seq: 0, seatCount, seats: [] });
  }

  fold(update) {
    assert.equal(update.seq, this.seq + 1, 'events come one by one, in order');
    this.seq = update.seq;
    switch (update.eventType) {
      case 'seat_reserved':
      case 'seat_confirmed':
        return this.#occupy(update);
      case 'seat_available':
      case 'seat_suspended':
        return this.#free(update);
      case 'seat_cancelled':
        return undefined; // says nothing about the seat by itself
      default:
        throw new Error(`an event type nobody knows: ${update.eventType}`);
    }
  }

  /// The seats that are free on every leg of the segment, ascending.
  available(fromStopIndex, toStopIndex) {
    const seats = Array.from({ length: this.seatCount }, (_, index) => index + 1);
    return seats.filter((seat) =>
      legs({ fromStopIndex, toStopIndex }).every((leg) => !this.#legsOf(seat).has(leg)),
    );
  }

  /// `seat/leg` of everything that is occupied, sorted: two maps are equal when these are.
  occupied() {
    const all = [...this.#occupied].flatMap(([seat, taken]) =>
      [...taken].map((leg) => `${seat}/${leg}`),
    );
    return all.sort();
  }

  #occupy(seat) {
    const taken = this.#legsOf(seat.seatNumber);
    for (const leg of legs(seat)) taken.add(leg);
  }

  #free(seat) {
    const taken = this.#legsOf(seat.seatNumber);
    for (const leg of legs(seat)) taken.delete(leg);
  }

  #legsOf(seatNumber) {
    if (!this.#occupied.has(seatNumber)) this.#occupied.set(seatNumber, new Set());
    return this.#occupied.get(seatNumber);
  }
}

/// What `GET /routes/{id}` says is occupied, in the form of `SeatMap.occupied`. A leg that is
/// named twice was sold twice.
export function occupiedIn(routeWithTickets) {
  const holding = routeWithTickets.tickets.filter(({ status }) =>
    ['RESERVED', 'CONFIRMED'].includes(status),
  );
  return holding
    .flatMap((ticket) => legs(ticket).map((leg) => `${ticket.seatNumber}/${leg}`))
    .sort();
}

function legs({ fromStopIndex, toStopIndex }) {
  return Array.from({ length: toStopIndex - fromStopIndex }, (_, index) => fromStopIndex + index);
}
