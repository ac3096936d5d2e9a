// Decides how a booking is read, paid and cancelled: by its owner and staff with who they are, by a guest with
// its code and phone number. Keeps the invariant that each thing is wanted once (see `Intention`).

import { Intention, get } from "./api.js";

export class BookingAccess {
  #id;
  /** @type {{pnrNumber: string, phone: string} | undefined} */
  #guest;
  #cancelling = new Intention();
  #paying = new Intention();

  /** `guest`: what a traveller without an account shows. */
  constructor(id, guest) {
    this.#id = id;
    this.#guest = guest;
  }

  read() {
    if (!this.#guest) return get(`/bookings/${this.#id}`);
    const { pnrNumber, phone } = this.#guest;
    return get(`/bookings/pnr/${encodeURIComponent(pnrNumber)}`, { phone });
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
