// Decides how one departure looks in a list of results.

import { serverNow } from "./clock.js";
import { el, hiddenText, icon } from "./dom.js";
import { count, daysBetween, duration, money, timeOf, titled } from "./format.js";

const FEW_SEATS = 5;

const FEATURE_ICONS = [
  [/wi-?fi|internet/i, "wifi", "Wi-Fi"],
  [/tv|screen|ekran/i, "tv", "Screens"],
  [/usb|socket|power|priz|plug/i, "plug", "Power"],
  [/air|klima|\bac\b/i, "air", "Air conditioning"],
  [/toilet|wc|tuvalet/i, "toilet", "Toilet"],
  [/snack|catering|ikram|tea|coffee|drink/i, "cup", "Refreshments"],
];

/** `onOpen(journey)` when the traveller wants to see the seats. */
export function resultCard(journey, { onOpen }) {
  const { route } = journey;
  const open = () => onOpen(journey);
  const departed = Date.parse(journey.departureTime) <= serverNow();
  return el(
    "article",
    {
      class: "result",
      "data-testid": "result",
      "data-route-id": journey.routeId,
      "data-departed": departed,
      onclick: (event) => {
        if (!event.target.closest("details, button")) open();
      },
    },
    timeLine(journey),
    el(
      "div",
      { class: "result-price" },
      el("span", { class: "price" }, money(journey.price)),
      el(
        "button",
        { type: "button", class: "button button-soft button-small", "data-testid": "open-seats", onclick: open },
        "Seats",
        hiddenText(` of the ${timeOf(journey.departureTime)} departure`),
      ),
    ),
    el(
      "div",
      { class: "result-facts" },
      freeSeatsChip(route.availableSeats),
      route.type && route.type !== "STANDARD" && el("span", { class: "chip chip-accent" }, typeName(route.type)),
      route.bus?.layoutType && el("span", { class: "chip" }, layoutName(route.bus.layoutType)),
      departed && el("span", { class: "chip" }, "Departed"),
      featureIcons(route.bus),
    ),
    journey.dateInfo && el("p", { class: "result-note" }, icon("moon"), journey.dateInfo),
    stopList(journey),
  );
}

/** Departure, duration and arrival on one line; shared with the open trip. */
export function timeLine(journey) {
  const days = daysBetween(journey.departureTime, journey.arrivalTime);
  return el(
    "div",
    { class: "time-line" },
    el(
      "div",
      { class: "time-end" },
      el("time", { datetime: journey.departureTime }, timeOf(journey.departureTime)),
      el("span", { class: "city", lang: "tr" }, journey.fromCity),
    ),
    el("div", { class: "time-middle" }, el("span", { class: "duration" }, duration(journey.departureTime, journey.arrivalTime))),
    el(
      "div",
      { class: "time-end time-end-last" },
      el(
        "time",
        { datetime: journey.arrivalTime },
        timeOf(journey.arrivalTime),
        days > 0 && el("sup", { title: "Arrives on a later day" }, `+${days}`),
      ),
      el("span", { class: "city", lang: "tr" }, journey.toCity),
    ),
  );
}

/** The count of free seats, in words that grow urgent; `updateFreeSeats` keeps it true. */
export function freeSeatsChip(free) {
  const chip = el("span", { class: "chip free-seats", "data-testid": "free-seats" });
  updateFreeSeats(chip, free);
  return chip;
}

export function updateFreeSeats(chip, free) {
  if (typeof free !== "number") {
    chip.hidden = true;
    return;
  }
  chip.hidden = false;
  chip.dataset.free = String(free);
  chip.dataset.tone = free === 0 ? "none" : free <= FEW_SEATS ? "few" : "many";
  chip.textContent = free === 0 ? "Sold out" : free <= FEW_SEATS ? `Only ${count(free, "seat")} left` : `${free} seats free`;
}

/** `VIP` is an abbreviation, the other types are words. */
function typeName(type) {
  return type === "VIP" ? type : titled(type);
}

export function layoutName(layoutType) {
  return layoutType.replace("LAYOUT_", "").replace("_", "+");
}

export function featureIcons(bus) {
  const specs = bus?.specs ?? {};
  const named = [
    specs.hasWifi && "wifi",
    specs.hasTV && "tv",
    specs.hasAC && "ac",
    specs.hasToilet && "toilet",
    ...(specs.features ?? []),
  ].filter(Boolean);
  const shown = new Map();
  for (const name of named) {
    const known = FEATURE_ICONS.find(([pattern]) => pattern.test(name));
    if (known) shown.set(known[1], known[2]);
  }
  if (shown.size === 0) return undefined;
  return el(
    "ul",
    { class: "features", "aria-label": "On board" },
    [...shown].map(([symbol, words]) => el("li", { title: words }, icon(symbol), hiddenText(words))),
  );
}

function stopList(journey) {
  const between = journey.stops.slice(journey.fromStopIndex, journey.toStopIndex + 1);
  if (between.length <= 2) return undefined;
  return el(
    "details",
    { class: "stops" },
    el("summary", {}, icon("right"), count(between.length - 2, "stop"), " on the way"),
    el(
      "ol",
      {},
      between.map(({ city, time }) =>
        el(
          "li",
          {},
          el("time", { datetime: time }, timeOf(time)),
          el("span", { lang: "tr" }, city),
        ),
      ),
    ),
  );
}
