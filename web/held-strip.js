// Decides how a traveller who comes back to the list of departures is led back to a seat that is held for
// them: the countdown that ends first, and the way to pay.

import { get } from "./api.js";
import { serverNow } from "./clock.js";
import { el, icon, replace } from "./dom.js";
import { countdown } from "./format.js";
import { onServerBack } from "./server-reach.js";
import { currentUser, onSessionChange } from "./session.js";

const TICK_MS = 500;
/** More than anybody holds at a time; the ones booked last are looked at. */
const HELD_MAX = 20;

export class HeldStrip {
  element = el("aside", { class: "held-strip", "aria-label": "Held for you", "data-testid": "held-strip", hidden: true });
  #onContinue;
  #left = el("strong", { class: "hold-left", role: "timer" });
  #ticket;
  #asked = 0;

  /** `onContinue(ticket)` when the traveller goes on with it. Lives as long as the page. */
  constructor({ onContinue }) {
    this.#onContinue = onContinue;
    onSessionChange(() => this.refresh());
    onServerBack(() => this.refresh());
    setInterval(() => this.#tick(), TICK_MS);
    this.refresh();
  }

  /** Asks what is held now. */
  async refresh() {
    this.#asked += 1;
    const asked = this.#asked;
    let held = [];
    if (currentUser()?.role === "CUSTOMER") {
      try {
        held = await get("/tickets/my-tickets", { status: "RESERVED", limit: HELD_MAX });
      } catch {
        // Without it the ticket is still among "My tickets".
      }
    }
    if (asked !== this.#asked) return;
    this.#show(held.filter(({ expiresAt }) => Date.parse(expiresAt) > serverNow()));
  }

  #show(held) {
    const [first] = held.sort((a, b) => Date.parse(a.expiresAt) - Date.parse(b.expiresAt));
    this.#ticket = first;
    this.element.hidden = !first;
    if (!first) return;
    const more = held.length > 1 ? ` and ${held.length - 1} more` : "";
    replace(
      this.element,
      icon("clock"),
      el(
        "p",
        {},
        `Seat ${first.seatNumber}${more}, `,
        el("span", { lang: "tr" }, `${first.fromCity} – ${first.toCity}`),
        ", held for you: ",
        this.#left,
      ),
      el(
        "button",
        { type: "button", class: "button button-primary button-small", "data-testid": "held-continue", onclick: () => this.#onContinue(first) },
        "Continue",
      ),
    );
    this.#tick();
  }

  #tick() {
    if (!this.#ticket) return;
    const left_ms = Date.parse(this.#ticket.expiresAt) - serverNow();
    const text = countdown(left_ms);
    if (this.#left.textContent !== text) this.#left.textContent = text;
    if (left_ms > 0) return;
    this.#ticket = undefined;
    this.refresh();
  }
}
