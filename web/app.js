// Decides which view is shown, and keeps the address in step: every search, departure and list can be
// linked to, reloaded, and left with the browser's back button. Puts the modules together; holds no rule.

import { mountAccount } from "./account.js";
import { ApiError, NoAnswer, get, isOutage } from "./api.js";
import { config, loadConfig } from "./config.js";
import { mountDemoBar } from "./demo-bar.js";
import { el, notice, replace } from "./dom.js";
import { errorNotice } from "./fields.js";
import { isCalendarDay, isoDate } from "./format.js";
import { HeldStrip } from "./held-strip.js";
import { journeyOfRoute } from "./journey.js";
import { MyTickets } from "./my-tickets.js";
import { Search } from "./search.js";
import { onServerBack } from "./server-reach.js";
import { restoreSession } from "./session.js";
import { Trip } from "./trip.js";

const main = document.getElementById("main");
const tripSlot = el("div", { class: "trip-slot" });
let search;
let searchView;
let trip;
let tickets;
/** Counts navigations, so that a late answer to an earlier one is dropped. */
let visit = 0;
/** What an outage kept from being shown. */
let showAgain;
/** The question that the list of departures answers. */
let searched = "";

await Promise.all([loadConfig(), restoreSession()]);
document.documentElement.dataset.mode = config.mode;
mountDemoBar(document.getElementById("demo-bar"));
mountAccount(document.getElementById("site-nav"), { onTickets: () => go({ view: "tickets" }) });

search = new Search({
  onSearch: (query) => go(query),
  // As the departure was found: the form may say something else by now.
  onOpen: (journey, { date }) => go({ route: journey.routeId, from: journey.fromCity, to: journey.toCity, date }, { journey }),
  onShown: () => search.markOpen(trip?.journey.routeId),
});
const held = new HeldStrip({
  onContinue: ({ routeId, fromCity, toCity }) => go({ route: routeId, from: fromCity, to: toCity }),
});
searchView = el(
  "div",
  { class: "search-view" },
  el("div", { class: "hero" }, el("h1", {}, "Choose your seat, live"), search.formElement),
  held.element,
  el("div", { class: "columns" }, search.resultsElement, tripSlot),
);
document.getElementById("brand").addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  go({});
});
window.addEventListener("popstate", () => show(addressed()));
onServerBack(() => showAgain?.());
await show(addressed());

/** Goes to an address of this page and shows what it stands for. */
function go(address, known) {
  const given = Object.entries(address).filter(([, value]) => value);
  const url = given.length === 0 ? "/" : `/?${new URLSearchParams(given)}`;
  if (url !== location.pathname + location.search) history.pushState(null, "", url);
  return show(address, known);
}

function addressed() {
  return Object.fromEntries(new URLSearchParams(location.search));
}

async function show(address, known) {
  visit += 1;
  showAgain = undefined;
  if (address.view === "tickets") {
    showTickets();
    return;
  }
  showSearch();
  if (address.route) await openRoute(address, known);
  else await runSearch(address);
}

function showTickets() {
  closeTrip();
  tickets?.close();
  tickets = new MyTickets({
    onOpenMap: ({ routeId, fromCity, toCity }) => go({ route: routeId, from: fromCity, to: toCity }),
    onSearch: () => go({}),
  });
  replace(main, tickets.element);
  document.title = "My tickets – Seatwire";
  window.scrollTo(0, 0);
}

function showSearch() {
  tickets?.close();
  tickets = undefined;
  if (searchView.parentElement !== main) replace(main, searchView);
}

async function runSearch(address) {
  held.refresh();
  const thisVisit = visit;
  const wasOpen = trip !== undefined;
  closeTrip();
  document.title = "Seatwire – choose your seat, live";
  if (address.from || address.to) search.query = address;
  else if (!search.query.from && !(await search.presetNextDeparture())) return;
  if (thisVisit !== visit) return;
  // Coming back from a departure to the list it was chosen from needs no new answer.
  const wanted = JSON.stringify(search.query);
  if (wasOpen && wanted === searched) return;
  searched = wanted;
  await search.run();
}

async function openRoute(address, known) {
  showAgain = undefined;
  const thisVisit = visit;
  if (trip?.journey.routeId === address.route && !known) return;
  closeTrip();
  searchView.dataset.open = "";
  replace(tripSlot, el("div", { class: "card skeleton trip-skeleton", "aria-hidden": "true" }));
  search.markOpen(address.route);
  try {
    const route = await get(`/routes/${encodeURIComponent(address.route)}`);
    if (thisVisit !== visit) return;
    const journey = known ? withRoute(known.journey, route) : journeyOfRoute(route, address);
    if (!known) showDeparturesAround(journey, address);
    trip = new Trip(journey, {
      onClose: () => go(search.query),
      onBack: (routeId) => noteBack(routeId),
    });
    replace(tripSlot, trip.element);
    if (address.back) addBack(trip, address.back);
    if (known) trip.focus();
    document.title = `${journey.fromCity} – ${journey.toCity} – Seatwire`;
    // On a phone the trip stands alone; on a desk the list may have been scrolled far down.
    if (isNarrow()) window.scrollTo(0, 0);
    else if (tripSlot.getBoundingClientRect().top < 0) tripSlot.scrollIntoView({ block: "start" });
  } catch (error) {
    // What is no answer is a fault of this page, and should be heard of as one.
    if (!(error instanceof ApiError || error instanceof NoAnswer)) reportError(error);
    if (thisVisit !== visit) return;
    // An address that was cut short or mistyped names no departure either.
    const isUnknown = error.status === 404 || error.status === 400;
    if (isOutage(error)) showAgain = () => openRoute(address, known);
    replace(
      tripSlot,
      el(
        "div",
        { class: "card stack" },
        isUnknown ? notice("bad", "There is no such departure, or it was deleted.") : errorNotice(error),
        el("button", { type: "button", class: "button", onclick: () => go(search.query.from ? search.query : {}) }, "See departures"),
      ),
    );
  }
}

/** The way back stands in the address too, so that a reload keeps it. */
function noteBack(routeId) {
  const address = { ...addressed(), back: routeId };
  if (!routeId) delete address.back;
  history.replaceState(null, "", `/?${new URLSearchParams(address)}`);
}

/** Without it the way out is shown all the same. */
async function addBack(opened, routeId) {
  try {
    const route = await get(`/routes/${encodeURIComponent(routeId)}`);
    const { fromCity, toCity } = opened.journey;
    if (trip === opened) opened.addBack(journeyOfRoute(route, { from: toCity, to: fromCity }));
  } catch (error) {
    if (!(error instanceof ApiError || error instanceof NoAnswer)) reportError(error);
  }
}

/** Someone who came by a link also sees what else leaves that day. */
function showDeparturesAround(journey, address) {
  search.query = { from: journey.fromCity, to: journey.toCity, date: isCalendarDay(address.date) ? address.date : isoDate(journey.departureTime) };
  searched = JSON.stringify(search.query);
  search.run();
}

/** The search knows the traveller's segment, the route knows who sits where. */
function withRoute(journey, route) {
  return { ...journey, route: { ...journey.route, bus: route.bus ?? journey.route.bus, tickets: route.tickets, seq: route.seq } };
}

function closeTrip() {
  trip?.close();
  trip = undefined;
  delete searchView.dataset.open;
  replace(tripSlot);
  search.markOpen(undefined);
}

function isNarrow() {
  return matchMedia("(max-width: 759px)").matches;
}
