// Decides what is said where no departure is: a misspelt city, a city that is on no list, a quiet day, a
// company that sells nothing yet.

import { nearestCity, sameCity } from "./city-names.js";
import { el, icon } from "./dom.js";
import { currentUser } from "./session.js";

/**
 * For a search without a hit. A full day and a misspelt city look alike to the server; the list of stations
 * tells them apart. `onSearch(query)` when the traveller takes what is offered.
 */
export function nothingFound(query, stationNames, { onSearch }) {
  for (const name of ["from", "to"]) {
    const meant = nearestCity(query[name], stationNames);
    if (meant) return didYouMean(query, name, meant, onSearch);
  }
  const unknown = ["from", "to"].filter((name) => !stationNames.some((known) => sameCity(known, query[name])));
  return empty(
    "bus",
    { "data-testid": "no-results" },
    el("h3", {}, "No departures on this day"),
    el("p", {}, "There is no bus from ", city(query.from), " to ", city(query.to), " that can still be booked. Try the next day."),
    // Without a list nobody knows.
    stationNames.length > 0 &&
      unknown.map((name) => el("p", {}, "There is no station called ", city(query[name]), ". Check how it is spelt.")),
  );
}

/** For a company without any departure in the next days. */
export function nothingOnSale(days) {
  return empty(
    "bus",
    { "data-testid": "nothing-on-sale" },
    el("h2", {}, "Nothing is on sale yet"),
    el("p", {}, `No bus leaves in the next ${days} days. Search for a later day, or come back soon.`),
    currentUser()?.role === "ADMIN" &&
      el("p", {}, "You add stations, buses and departures with the API: ", el("a", { href: "/openapi.json" }, "its description"), "."),
  );
}

function didYouMean(query, name, meant, onSearch) {
  return empty(
    "search",
    { "data-testid": "no-results" },
    el("h3", {}, "No stop called ", city(query[name])),
    el("p", {}, "Did you mean ", city(meant), "?"),
    el(
      "button",
      { type: "button", class: "button button-primary", "data-testid": "did-you-mean", onclick: () => onSearch({ ...query, [name]: meant }) },
      el("span", {}, `Search ${name === "from" ? "from" : "to"} `, city(meant)),
    ),
  );
}

function empty(symbol, attributes, ...words) {
  return el("div", { class: "empty", ...attributes }, icon(symbol), ...words);
}

function city(name) {
  return el("span", { lang: "tr" }, name);
}
