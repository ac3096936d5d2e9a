// Decides how the traveller's tickets are listed: those still ahead first, the rest below.

import { get } from "./api.js";
import { authPanel } from "./auth-panel.js";
import { serverNow } from "./clock.js";
import { el, icon, notice, replace } from "./dom.js";
import { currentUser, onSessionChange } from "./session.js";
import { TicketPanel, segmentDeparture } from "./ticket-panel.js";

export class MyTickets {
  #onOpenMap;
  #onSearch;
  #panels = [];
  #body = el("div", { class: "tickets-body" });
  #stopListening;
  #asked = 0;

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
        el("h1", {}, "My tickets"),
      ),
      this.#body,
    );
    this.#stopListening = onSessionChange(() => this.load());
    this.load();
  }

  async load() {
    this.#asked += 1;
    const asked = this.#asked;
    this.#closePanels();
    if (!currentUser()) {
      replace(this.#body, el("div", { class: "card narrow" }, authPanel({ reason: "Log in to see your tickets." })));
      return;
    }
    try {
      const tickets = await get("/tickets/my-tickets", { limit: 100 });
      if (asked === this.#asked) this.#show(tickets);
    } catch (error) {
      if (asked !== this.#asked || error.status === 401) return;
      replace(
        this.#body,
        notice("bad", error.message),
        el("button", { type: "button", class: "button", onclick: () => this.load() }, "Try again"),
      );
    }
  }

  close() {
    this.#stopListening();
    this.#closePanels();
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
          el("p", {}, "Your bookings will stand here."),
          el("button", { type: "button", class: "button button-primary", onclick: this.#onSearch }, "Find a coach"),
        ),
      );
      return;
    }
    const isAhead = (ticket) => ticket.status !== "CANCELLED" && !(Date.parse(segmentDeparture(ticket)) < serverNow());
    const byDeparture = (a, b) => Date.parse(segmentDeparture(a)) - Date.parse(segmentDeparture(b));
    const ahead = tickets.filter(isAhead).sort(byDeparture);
    const rest = tickets.filter((ticket) => !isAhead(ticket)).sort((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt));
    replace(this.#body, this.#group("Coming up", ahead), this.#group("Past and cancelled", rest));
  }

  #group(title, tickets) {
    if (tickets.length === 0) return undefined;
    return el(
      "section",
      { class: "ticket-group" },
      el("h2", {}, title),
      el(
        "div",
        { class: "ticket-list" },
        tickets.map((ticket) => {
          const panel = new TicketPanel(ticket, { compact: true, onOpenMap: this.#onOpenMap });
          this.#panels.push(panel);
          return el("div", { class: "card" }, panel.element);
        }),
      ),
    );
  }
}
