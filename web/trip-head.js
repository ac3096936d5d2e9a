// Decides what stands above the map of a departure: when it leaves, what it costs, how many seats are free.

import { el, icon, notice, replace } from "./dom.js";
import { longDate, money } from "./format.js";
import { featureIcons, layoutName, timeLine } from "./result-card.js";

/** `badge`: how fresh the map is. Returns the element, and how to bring the focus to it. */
export function tripHead(journey, { onClose, badge, freeChip }) {
  const { bus } = journey.route;
  const heading = el("h2", { class: "visually-hidden", tabindex: "-1" });
  replace(heading, el("span", { lang: "tr" }, `${journey.fromCity} – ${journey.toCity}`), `, ${longDate(journey.departureTime)}`);
  const element = el(
    "header",
    { class: "trip-head" },
    el(
      "div",
      { class: "trip-bar" },
      el("button", { type: "button", class: "button button-quiet trip-back", "data-testid": "close-trip", onclick: onClose }, icon("left"), "Departures"),
      badge,
    ),
    heading,
    el("p", { class: "trip-date" }, longDate(journey.departureTime), el("span", { class: "price" }, money(journey.price))),
    timeLine(journey),
    journey.dateInfo && el("p", { class: "result-note" }, icon("moon"), journey.dateInfo),
    journey.route.isActive === false && notice("warn", "This departure is off sale: no seat can be taken on it. Tickets sold before stay valid."),
    el("div", { class: "result-facts" }, freeChip, bus?.layoutType && el("span", { class: "chip" }, layoutName(bus.layoutType)), featureIcons(bus)),
  );
  return { element, focus: () => heading.focus({ preventScroll: true }) };
}
