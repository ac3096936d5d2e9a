// Decides how a booking is read, paid and cancelled: by its owner and staff with who they are, by a guest with
// its code and phone number. Keeps the invariant that each thing is wanted once (see `Intention`).

import { Intention, get, getAnonymously } from "./api.js";

/** @typedef {{pnrNumber: string, phone: string}} Guest  What a traveller without an account shows. */

/** The booking of this code and phone number. @param {Guest} guest */
export function guestBooking({ pnrNumber, phone }) {
  return getAnonymously(`/bookings/pnr/${encodeURIComponent(pnrNumber)}`, { phone });
}

export class BookingAccess {
  #id;
  /** @type {Guest | undefined} */
  #guest;
  #cancelling;
  #paying;

  /** @param {string} id @param {Guest} [guest] */
  constructor(id, guest) {
    this.#id = id;
    this.#guest = guest;
    const anonymous = guest !== undefined;
    this.#cancelling = new Intention({ anonymous });
    this.#paying = new Intention({ anonymous });
  }

  read() {
    return this.#guest ? guestBooking(this.#guest) : get(`/bookings/${this.#id}`);
  }

  /** Pays for all of it that is not paid. */
  pay(card) {
    return this.#paying.send("POST", "/payments", { bookingId: this.#id, ...this.#guest, ...card });
  }

  cancelTicket(ticketId) {
    return this.#cancelling.send("PATCH", `/tickets/${ticketId}/cancel`, this.#guest);
  }

  /** Cancels all that is left of it. */
  cancelAll() {
    return this.#cancelling.send("PATCH", `/bookings/${this.#id}/cancel`, this.#guest);
  }
}
