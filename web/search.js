// Decides what the traveller is looking for and shows what was found. Keeps the invariant that the list
// belongs to the latest question, however late an earlier answer arrives.

import { get } from "./api.js";
import { serverNow } from "./clock.js";
import { announce, el, icon, notice, replace } from "./dom.js";
import { field, markEmptyFields, showFaults, submitButton, valuesOf } from "./fields.js";
import { addDays, count, dayInWords, isoDate, sameCity } from "./format.js";
import { journeyOfHit } from "./journey.js";
import { resultCard, updateFreeSeats } from "./result-card.js";
import { isStaff } from "./session.js";

/** Customers cannot book later than this before a departure. */
const LATEST_BOOKING_MS = 15 * 60_000;

export class Search {
  #callbacks;
  #form;
  #stations = el("datalist", { id: "stations" });
  #results = el("section", { class: "results", "aria-label": "Departures" });
  #list;
  #question = 0;

  /** `onSearch(query)` when the traveller asks, `onOpen(journey)` when a departure is chosen. */
  constructor(callbacks) {
    this.#callbacks = callbacks;
    this.#form = this.#makeForm();
    this.formElement = el("section", { class: "search-card", "aria-label": "Search" }, this.#form, this.#stations);
    this.resultsElement = this.#results;
    this.#loadStations();
  }

  /** The form's values: `{from, to, date}`. */
  get query() {
    return valuesOf(this.#form);
  }

  set query({ from = "", to = "", date = "" }) {
    const { elements } = this.#form;
    elements.from.value = from;
    elements.to.value = to;
    if (date) elements.date.value = date;
  }

  /** Fills the form with the next departure that can still be booked. Returns whether there is one. */
  async presetNextDeparture() {
    try {
      const upcoming = await get("/routes/upcoming", { days: 14 });
      const next = upcoming.find(({ departureTime }) => Date.parse(departureTime) > serverNow() + LATEST_BOOKING_MS);
      if (!next) return false;
      this.query = { from: next.fromCity, to: next.toCity, date: isoDate(next.departureTime) };
      return true;
    } catch {
      return false;
    }
  }

  /** Looks for departures and shows them. */
  async run() {
    const query = this.query;
    if (!query.from || !query.to || !query.date) return;
    this.#question += 1;
    const question = this.#question;
    this.#form.elements.date.min = isoDate(serverNow());
    replace(this.#results, this.#head(query), skeletons());
    try {
      const answer = await this.#ask(query, 1);
      if (question === this.#question) this.#show(query, answer);
    } catch (error) {
      if (question !== this.#question) return;
      const homeless = showFaults(this.#form, (error.faults ?? []).map(renamed));
      replace(
        this.#results,
        this.#head(query),
        notice("bad", error.message, ...homeless.map(({ message }) => el("p", {}, message))),
        el("button", { type: "button", class: "button", onclick: () => this.run() }, "Try again"),
      );
    }
  }

  /** Marks the departure that is open, and unmarks all others. */
  markOpen(routeId) {
    for (const card of this.#results.querySelectorAll("[data-testid=result]")) {
      const isOpen = card.dataset.routeId === routeId;
      card.toggleAttribute("data-open", isOpen);
      const button = card.querySelector("[data-testid=open-seats]");
      if (isOpen) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
  }

  /** The live count of a departure that stands in the list. */
  showFreeSeats(routeId, free) {
    const chip = this.#results.querySelector(`[data-route-id="${CSS.escape(routeId)}"] .free-seats`);
    if (chip) updateFreeSeats(chip, free);
  }

  #ask({ from, to, date }, page) {
    return get("/routes/search", {
      fromCity: from,
      toCity: to,
      date,
      page,
      limit: 50,
      ignoreTimeCheck: isStaff() ? true : undefined,
    });
  }

  #show(query, { data, meta }) {
    this.#list = el("div", { class: "result-list" });
    this.#append(query, data);
    const total = meta?.total ?? data.length;
    replace(
      this.#results,
      this.#head(query, total),
      data.length > 0 ? this.#list : nothingFound(query),
      (meta?.totalPages ?? 1) > 1 && this.#moreButton(query, 2, meta.totalPages),
    );
    announce(total === 0 ? "No departures found" : `${count(total, "departure")} found`);
    this.#callbacks.onShown?.();
  }

  #append(query, hits) {
    const cards = hits.map((hit) => resultCard(journeyOfHit(hit, query), { onOpen: this.#callbacks.onOpen }));
    this.#list.append(...cards);
  }

  #moreButton(query, page, lastPage) {
    const button = el(
      "button",
      {
        type: "button",
        class: "button wide",
        onclick: async () => {
          button.disabled = true;
          const { data } = await this.#ask(query, page).catch(() => ({ data: undefined }));
          button.disabled = false;
          if (!data) return;
          this.#append(query, data);
          if (page < lastPage) button.replaceWith(this.#moreButton(query, page + 1, lastPage));
          else button.remove();
        },
      },
      "Show more departures",
    );
    return button;
  }

  #head(query, total) {
    const today = isoDate(serverNow());
    const step = (days, symbol, words, disabled = false) =>
      el(
        "button",
        {
          type: "button",
          class: "icon-button",
          "aria-label": words,
          disabled,
          onclick: () => this.#search({ ...query, date: addDays(query.date, days) }),
        },
        icon(symbol),
      );
    return el(
      "header",
      { class: "results-head" },
      el(
        "div",
        {},
        el("h2", {}, dayInWords(query.date)),
        el("p", { class: "quiet", "data-testid": "result-count" }, total === undefined ? "Looking…" : count(total, "departure")),
      ),
      el(
        "div",
        { class: "day-steps" },
        step(-1, "left", "The day before", query.date <= today),
        step(1, "right", "The day after"),
      ),
    );
  }

  #search(query) {
    this.query = query;
    this.#callbacks.onSearch(query);
  }

  #makeForm() {
    const today = isoDate(serverNow());
    const form = el(
      "form",
      {
        class: "search-form",
        novalidate: true,
        role: "search",
        "data-testid": "search-form",
        onsubmit: (event) => {
          event.preventDefault();
          if (!markEmptyFields(form)) return;
          const query = this.query;
          if (sameCity(query.from, query.to)) {
            showFaults(form, [{ name: "to", message: "Choose another city than the start." }]);
            return;
          }
          this.#callbacks.onSearch(query);
        },
      },
      field({ label: "From", name: "from", testId: "from", list: "stations", autocomplete: "off", lang: "tr", placeholder: "City" }),
      el(
        "button",
        {
          type: "button",
          class: "icon-button swap-button",
          "aria-label": "Swap from and to",
          "data-testid": "swap",
          onclick: () => {
            const { from, to } = form.elements;
            [from.value, to.value] = [to.value, from.value];
          },
        },
        icon("swap"),
      ),
      field({ label: "To", name: "to", testId: "to", list: "stations", autocomplete: "off", lang: "tr", placeholder: "City" }),
      field({ label: "Date", name: "date", testId: "date", type: "date", min: today, value: today }),
      submitButton("Search", { testId: "search-submit", symbol: "search" }),
    );
    return form;
  }

  async #loadStations() {
    try {
      const stations = await get("/stations", { limit: 100 });
      const names = [...new Set(stations.map(({ name }) => name))].sort((a, b) => a.localeCompare(b, "tr"));
      replace(
        this.#stations,
        names.map((value) => el("option", { value })),
      );
    } catch {
      // Without suggestions a city can still be typed.
    }
  }
}

function nothingFound({ from, to }) {
  return el(
    "div",
    { class: "empty", "data-testid": "no-results" },
    icon("bus"),
    el("h3", {}, "No departures on this day"),
    el("p", {}, "There is no coach from ", el("span", { lang: "tr" }, from), " to ", el("span", { lang: "tr" }, to), " that can still be booked. Try the day after."),
  );
}

function skeletons() {
  return el(
    "div",
    { class: "result-list", "aria-hidden": "true" },
    [1, 2, 3].map(() => el("div", { class: "result skeleton" })),
  );
}

/** The API's parameter names, as this form calls them. */
function renamed({ name, message }) {
  return { name: { fromCity: "from", toCity: "to" }[name] ?? name, message };
}
