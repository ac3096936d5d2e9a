// Decides how somebody says that they leave the seats to us: only how many travel.

import { el, icon } from "./dom.js";
import { PASSENGERS_MAX } from "./party.js";

/** `onChoose(count)` once they have said how many. */
export function partySize({ onChoose }) {
  let count = 1;
  const shown = el("output", { class: "party-count", "data-testid": "party-count", "aria-live": "polite" });
  const step = (by, symbol, words, testId) =>
    el("button", { type: "button", class: "icon-button", "aria-label": words, "data-testid": testId, onclick: () => set(count + by) }, symbol);
  const fewer = step(-1, "–", "Remove a passenger", "party-fewer");
  const more = step(1, "+", "Add a passenger", "party-more");
  const set = (wanted) => {
    count = Math.min(PASSENGERS_MAX, Math.max(1, wanted));
    shown.textContent = count === 1 ? "1 passenger" : `${count} passengers`;
    fewer.disabled = count === 1;
    more.disabled = count === PASSENGERS_MAX;
  };
  set(1);
  return el(
    "div",
    { class: "party-size" },
    el("p", { class: "quiet" }, "Not sure where to sit? We choose the best free seats, together if possible."),
    el("div", { class: "party-steps", role: "group", "aria-label": "Passengers" }, fewer, shown, more),
    el("button", { type: "button", class: "button wide", "data-testid": "best-seats", onclick: () => onChoose(count) }, icon("seat"), "Choose the best seats for me"),
  );
}
