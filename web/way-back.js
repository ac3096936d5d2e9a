// Decides how a way back is added to a journey: a day is chosen, then one of its departures that leave after
// the arrival. Knows the search, and nothing of seats.

import { get } from "./api.js";
import { serverNow } from "./clock.js";
import { el, hiddenText, icon, replace } from "./dom.js";
import { errorNotice, field } from "./fields.js";
import { addDays, count, isCalendarDay, isoDate, money, shortDate, timeOf } from "./format.js";
import { journeyOfHit } from "./journey.js";

/** As many as are looked at on one screen; a day with more is rare on one line. */
const SHOWN_MAX = 20;

export class WayBack {
  #out;
  #callbacks;
  #asked = 0;
  #isOpen = false;
  /** @type {object | undefined} */
  #journey;
  #list = el("div", { class: "back-list", "data-testid": "back-list", "aria-live": "polite" });
  #date;
  element = el("div", { class: "way-back", "data-testid": "way-back" });

  /** `onChoose(journey)`, `onRemove()`. */
  constructor(out, callbacks) {
    this.#out = out;
    this.#callbacks = callbacks;
    const first = isoDate(Math.max(Date.parse(out.arrivalTime), serverNow()));
    this.#date = el("input", { type: "date", min: first, value: first, "data-testid": "back-date", onchange: () => this.#search() });
    this.#render();
  }

  /** The way back that was chosen; none when absent. */
  show(journey) {
    this.#journey = journey;
    this.#isOpen = false;
    this.#render();
  }

  #render() {
    if (this.#journey) replace(this.element, this.#chosen());
    else if (this.#isOpen) replace(this.element, this.#searchForm());
    else replace(this.element, this.#opener());
  }

  #opener() {
    return el(
      "button",
      {
        type: "button",
        class: "button button-soft wide",
        "data-testid": "back-add",
        onclick: () => {
          this.#isOpen = true;
          this.#render();
          this.#date.focus();
          this.#search();
        },
      },
      icon("swap"),
      "Add a return trip",
    );
  }

  #chosen() {
    const { fromCity, toCity, departureTime, price } = this.#journey;
    return el(
      "div",
      { class: "back-chosen", "data-testid": "back-chosen" },
      icon("swap"),
      el("span", {}, el("strong", { lang: "tr" }, `${fromCity} – ${toCity}`), el("span", { class: "quiet" }, `${shortDate(departureTime)}, ${timeOf(departureTime)} · ${money(price)}`)),
      el("button", { type: "button", class: "icon-button", "data-testid": "back-remove", onclick: () => this.#callbacks.onRemove() }, icon("close"), hiddenText("Remove the return trip")),
    );
  }

  #searchForm() {
    const { fromCity, toCity } = this.#out;
    return el(
      "section",
      { class: "back-search", "aria-label": "Return trip" },
      el("h3", {}, "Return trip: ", el("span", { lang: "tr" }, `${toCity} – ${fromCity}`)),
      el(
        "div",
        { class: "back-day" },
        field({ label: "Date", name: "backDate", control: this.#date }),
        this.#step(-1, "left", "Previous day"),
        this.#step(1, "right", "Next day"),
      ),
      this.#list,
      el("button", { type: "button", class: "button button-quiet", onclick: () => this.show(undefined) }, "One way only"),
    );
  }

  #step(days, symbol, words) {
    return el(
      "button",
      {
        type: "button",
        class: "icon-button",
        "aria-label": words,
        onclick: () => {
          const date = isCalendarDay(this.#date.value) ? addDays(this.#date.value, days) : this.#date.min;
          if (date >= this.#date.min) this.#date.value = date;
          this.#search();
        },
      },
      icon(symbol),
    );
  }

  async #search() {
    const date = this.#date.value;
    if (!isCalendarDay(date)) return;
    this.#asked += 1;
    const asked = this.#asked;
    replace(this.#list, el("p", { class: "quiet" }, "Looking…"));
    try {
      const { data } = await get("/routes/search", { fromCity: this.#out.toCity, toCity: this.#out.fromCity, date, limit: SHOWN_MAX });
      if (asked === this.#asked) this.#showHits(data);
    } catch (error) {
      if (asked === this.#asked) replace(this.#list, errorNotice(error));
    }
  }

  #showHits(hits) {
    const journeys = hits.map(journeyOfHit).filter(({ departureTime }) => Date.parse(departureTime) > Date.parse(this.#out.arrivalTime));
    if (journeys.length === 0) {
      replace(this.#list, el("p", { class: "quiet", "data-testid": "back-none" }, "No bus returns on this day after you arrive. Try the next day."));
      return;
    }
    replace(
      this.#list,
      journeys.map((journey) =>
        el(
          "button",
          { type: "button", class: "back-hit", "data-testid": "back-hit", "data-route-id": journey.routeId, onclick: () => this.#callbacks.onChoose(journey) },
          el("strong", {}, `${timeOf(journey.departureTime)} – ${timeOf(journey.arrivalTime)}`),
          // A night bus leaves on the next day of the calendar.
          isoDate(journey.departureTime) !== this.#date.value && el("span", { class: "chip" }, shortDate(journey.departureTime)),
          el("span", { class: "quiet" }, count(journey.route.availableSeats, "free seat")),
          el("span", { class: "price" }, money(journey.price)),
        ),
      ),
    );
  }
}
