// Decides how somebody without an account finds their booking: with the code and the phone number that it was
// made with. Knows nothing of accounts.

import { guestBooking } from "./booking-access.js";
import { BookingCard } from "./booking-card.js";
import { el, replace } from "./dom.js";
import { field, sendingForm, submitButton } from "./fields.js";
import { keptGuests } from "./guest-bookings.js";

export class FindBooking {
  #onOpenMap;
  #card;
  #found = el("div", {});

  /** `onOpenMap(ticket)` to see its departure. */
  constructor({ onOpenMap }) {
    this.#onOpenMap = onOpenMap;
    this.element = el("section", { class: "find-booking", "aria-label": "My booking" }, el("div", { class: "card" }, this.#makeForm()), this.#found);
  }

  close() {
    this.#card?.close();
  }

  #makeForm() {
    // Who has just booked in this tab need not type it again.
    const [last] = keptGuests();
    return sendingForm({
      testId: "find-form",
      fields: [
        el("h2", {}, "Find your booking"),
        el("p", { class: "quiet" }, "Enter your booking code and the phone number of the booking."),
        field({ label: "Booking code (PNR)", name: "pnrNumber", autocomplete: "off", autocapitalize: "characters", spellcheck: "false", maxlength: "20", placeholder: "VV00…", value: last?.pnrNumber }),
        field({ label: "Mobile phone", name: "phone", type: "tel", autocomplete: "tel", placeholder: "0532 123 45 67", value: last?.phone }),
      ],
      submit: submitButton("Show booking", { testId: "find-submit", symbol: "search", extraClass: "wide" }),
      send: async (guest) => this.#show(await guestBooking(guest), guest),
    });
  }

  #show(booking, guest) {
    this.#card?.close();
    this.#card = new BookingCard(booking, { compact: true, heading: "h3", guest, onOpenMap: this.#onOpenMap });
    const heading = el("h2", { class: "visually-hidden", tabindex: "-1" }, "Your booking");
    replace(this.#found, el("div", { class: "card" }, heading, this.#card.element));
    heading.focus({ preventScroll: true });
    this.#card.element.scrollIntoView({ block: "nearest" });
  }
}
