// Decides what the traveller is looking for and shows what was found. Keeps the invariant that the list
// belongs to the latest question, however late an earlier answer arrives.

import { get, isOutage } from "./api.js";
import { sameCity } from "./city-names.js";
import { serverNow } from "./clock.js";
import { announce, el, icon, notice, replace } from "./dom.js";
import { errorNotice, field, markEmptyFields, refusalNotice, showFaults, submitButton, valuesOf } from "./fields.js";
import { addDays, count, dayInWords, isCalendarDay, isoDate } from "./format.js";
import { journeyOfHit } from "./journey.js";
import { LiveResults } from "./live-results.js";
import { nothingFound, nothingOnSale } from "./nothing-found.js";
import { resultCard, updateFreeSeats } from "./result-card.js";
import { onServerBack } from "./server-reach.js";
import { isStaff } from "./session.js";

/** How far ahead the page looks for a departure to begin with. */
const DAYS_AHEAD = 14;

export class Search {
  #callbacks;
  #form;
  #stations = el("datalist", { id: "stations" });
  #results = el("section", { class: "results", "aria-label": "Departures" });
  #list;
  #live = new LiveResults();
  #stationNames = [];
  #stationsLoaded;
  #question = 0;
  /** What to ask again when the server is back, if an outage was in the way. */
  #failed;

  /** `onSearch(query)` when the traveller asks, `onOpen(journey, query)` when a departure is chosen of those found for it. */
  constructor(callbacks) {
    this.#callbacks = callbacks;
    this.#form = this.#makeForm();
    this.formElement = el("section", { class: "search-card", "aria-label": "Search" }, this.#form, this.#stations);
    this.resultsElement = this.#results;
    this.#stationsLoaded = this.#loadStations();
    onServerBack(() => {
      const again = this.#failed;
      this.#failed = undefined;
      again?.();
    });
  }

  /** The form's values: `{from, to, date}`. */
  get query() {
    return valuesOf(this.#form);
  }

  set query({ from = "", to = "", date = "" }) {
    const { elements } = this.#form;
    elements.from.value = from;
    elements.to.value = to;
    // An address may say anything; what is no day leaves the day that stood here.
    if (isCalendarDay(date)) elements.date.value = date;
    elements.date.value ||= isoDate(serverNow());
  }

  /**
   * Fills the form with the next departure that can still be booked, or says that there is none. What has
   * been typed meanwhile stays. True if there is something to look for now.
   */
  async presetNextDeparture() {
    this.#question += 1;
    const question = this.#question;
    try {
      const [next] = await get("/routes/upcoming", { days: DAYS_AHEAD, limit: 1 });
      const { from, to } = this.query;
      if (question !== this.#question || from || to) return false;
      if (next) this.query = { from: next.fromCity, to: next.toCity, date: isoDate(next.departureTime) };
      else this.#clearedResults(nothingOnSale(DAYS_AHEAD));
      return next !== undefined;
    } catch (error) {
      if (question !== this.#question) return false;
      if (isOutage(error)) this.#failed = () => this.presetNextDeparture().then((found) => found && this.run());
      this.#clearedResults(errorNotice(error));
      return false;
    }
  }

  /** Looks for departures and shows them. */
  async run() {
    const query = this.query;
    if (!query.from && !query.to) return;
    this.#question += 1;
    const question = this.#question;
    this.#failed = undefined;
    this.#form.elements.date.min = isoDate(serverNow());
    if (!query.from || !query.to) {
      this.#clearedResults();
      markEmptyFields(this.#form);
      return;
    }
    this.#clearedResults(this.#head(query), skeletons());
    try {
      const answer = await this.#ask(query, 1);
      // What to say of nothing depends on which stations there are.
      if (answer.data.length === 0) await this.#stationsLoaded;
      if (question === this.#question) this.#show(query, answer);
    } catch (error) {
      if (question !== this.#question) return;
      if (isOutage(error)) this.#failed = () => this.run();
      this.#clearedResults(
        this.#head(query),
        refusalNotice(this.#form, error, { renamed }),
        el("button", { type: "button", class: "button", onclick: () => this.run() }, "Try again"),
      );
    }
  }

  /** Another list, or none: the old one is not followed any more. */
  #clearedResults(...shown) {
    this.#live.clear();
    replace(this.#results, ...shown);
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
    this.#live.clear();
    this.#append(query, data);
    const total = meta?.total ?? data.length;
    replace(
      this.#results,
      this.#head(query, total),
      data.length > 0 ? this.#list : nothingFound(query, this.#stationNames, { onSearch: (meant) => this.#search(meant) }),
      (meta?.totalPages ?? 1) > 1 && this.#more(query, 2, meta.totalPages),
    );
    announce(total === 0 ? "No departures found" : `${count(total, "departure")} found`);
    this.#callbacks.onShown?.();
  }

  #append(query, hits) {
    for (const hit of hits) {
      const journey = journeyOfHit(hit);
      const card = resultCard(journey, { onOpen: () => this.#callbacks.onOpen(journey, query) });
      this.#list.append(card);
      this.#live.follow(card, journey, (free) => updateFreeSeats(card.querySelector(".free-seats"), free));
    }
  }

  #more(query, page, lastPage) {
    const told = el("div", { class: "form-told", "data-testid": "more-told" });
    const button = el(
      "button",
      { type: "button", class: "button wide", "data-testid": "more-results", onclick: () => this.#showMore(query, page, lastPage, { more, button, told }) },
      "Show more departures",
    );
    const more = el("div", {}, told, button);
    return more;
  }

  async #showMore(query, page, lastPage, { more, button, told }) {
    const [question, list] = [this.#question, this.#list];
    button.disabled = true;
    replace(told);
    const answer = await this.#ask(query, page).catch((error) => ({ error }));
    // Another question was asked meanwhile: this page belongs to no list that is shown.
    if (question !== this.#question || list !== this.#list) return;
    button.disabled = false;
    if (answer.error) {
      replace(told, errorNotice(answer.error));
      return;
    }
    this.#append(query, answer.data);
    if (page < lastPage) more.replaceWith(this.#more(query, page + 1, lastPage));
    else more.remove();
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
        step(-1, "left", "Previous day", query.date <= today),
        step(1, "right", "Next day"),
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
            showFaults(form, [{ name: "to", message: "Choose another city for the destination." }]);
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
      const stations = await get("/stations");
      this.#stationNames = [...new Set(stations.map(({ name }) => name))].sort((a, b) => a.localeCompare(b, "tr"));
      replace(
        this.#stations,
        this.#stationNames.map((value) => el("option", { value })),
      );
    } catch {
      // Without suggestions a city can still be typed.
    }
  }
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
