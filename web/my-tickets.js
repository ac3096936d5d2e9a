// Decides how the traveller's tickets are listed: by booking, those still ahead first, the rest below.

import { get } from "./api.js";
import { authPanel } from "./auth-panel.js";
import { BookingCard } from "./booking-card.js";
import { bookingsOf, liveTickets, segmentDeparture } from "./booking-facts.js";
import { serverNow } from "./clock.js";
import { el, icon, replace } from "./dom.js";
import { errorNotice } from "./fields.js";
import { FindBooking } from "./find-booking.js";
import { onServerBack } from "./server-reach.js";
import { currentUser, isStaff, onSessionChange } from "./session.js";

export class MyTickets {
  #onOpenMap;
  #onSearch;
  #panels = [];
  #body = el("div", { class: "tickets-body" });
  #heading = el("h1", {});
  #stopListening;
  #asked = 0;
  #failed = false;

  /** `onOpenMap(ticket)` to see its departure, `onSearch()` to go back. */
  constructor({ onOpenMap, onSearch }) {
    this.#onOpenMap = onOpenMap;
    this.#onSearch = onSearch;
    this.element = el(
      "section",
      { class: "tickets-view", "data-testid": "my-tickets-view", "aria-label": "My tickets" },
      el(
        "header",
        { class: "view-head" },
        el("button", { type: "button", class: "button button-quiet", onclick: onSearch }, icon("left"), "Search"),
        this.#heading,
      ),
      this.#body,
    );
    const stopSession = onSessionChange(() => this.load());
    const stopBack = onServerBack(() => this.#failed && this.load());
    this.#stopListening = () => {
      stopSession();
      stopBack();
    };
    this.load();
  }

  async load() {
    this.#asked += 1;
    const asked = this.#asked;
    this.#closePanels();
    this.#failed = false;
    this.#heading.textContent = isStaff() ? "Tickets you sold" : currentUser() ? "My tickets" : "My booking";
    if (!currentUser()) {
      this.#showGuest();
      return;
    }
    try {
      const tickets = await get("/tickets/my-tickets", { limit: 100 });
      if (asked === this.#asked) this.#show(tickets);
    } catch (error) {
      if (asked !== this.#asked || error.status === 401) return;
      this.#failed = true;
      replace(
        this.#body,
        errorNotice(error),
        el("button", { type: "button", class: "button", onclick: () => this.load() }, "Try again"),
      );
    }
  }

  close() {
    this.#stopListening();
    this.#closePanels();
  }

  /** Without an account a booking is found by its code; with one, all of them at once. */
  #showGuest() {
    const find = new FindBooking({ onOpenMap: this.#onOpenMap });
    this.#panels = [find];
    replace(this.#body, el("div", { class: "guest-view" }, find.element, el("div", { class: "card" }, authPanel({ reason: "Or log in to see all your tickets." }))));
  }

  #closePanels() {
    for (const panel of this.#panels.splice(0)) panel.close();
  }

  #show(tickets) {
    if (tickets.length === 0) {
      replace(
        this.#body,
        el(
          "div",
          { class: "card empty" },
          icon("ticket"),
          el("h3", {}, "No tickets yet"),
          el("p", {}, isStaff() ? "Tickets that you sell are shown here." : "Your bookings are shown here."),
          el("button", { type: "button", class: "button button-primary", onclick: this.#onSearch }, "Find a bus"),
        ),
      );
      return;
    }
    const panels = bookingsOf(tickets).map((booking) => this.#panel(booking));
    this.#panels = panels;
    this.#arrange();
  }

  #panel(booking) {
    return new BookingCard(booking, { compact: true, onOpenMap: this.#onOpenMap, onChanged: () => this.#arrange() });
  }

  /** Puts every booking where it belongs now; a panel keeps what is being typed in it. */
  #arrange() {
    const left = (ticket) => Date.parse(segmentDeparture(ticket));
    const isAhead = ({ booking }) => liveTickets(booking).some((ticket) => !(left(ticket) < serverNow()));
    const departure = ({ booking }) => Math.min(...liveTickets(booking).map(left).filter((time) => !(time < serverNow())));
    const booked = ({ booking }) => Date.parse(booking.tickets[0].createdAt);
    const ahead = this.#panels.filter(isAhead).sort((a, b) => departure(a) - departure(b));
    const rest = this.#panels.filter((panel) => !isAhead(panel)).sort((a, b) => booked(b) - booked(a));
    const focused = document.activeElement;
    replace(this.#body, group("Upcoming", "tickets-ahead", ahead), group("Past and cancelled", "tickets-past", rest));
    // An element that is moved loses the focus.
    if (this.#body.contains(focused)) focused.focus({ preventScroll: true });
  }
}

function group(title, testId, panels) {
  if (panels.length === 0) return undefined;
  return el(
    "section",
    { class: "ticket-group", "data-testid": testId },
    el("h2", {}, title),
    el(
      "div",
      { class: "ticket-list" },
      panels.map(({ element }) => el("div", { class: "card" }, element)),
    ),
  );
}
