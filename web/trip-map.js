// Decides how the maps of a trip are shown: one sheet for each journey, and with a way back two tabs above. Keeps
// the invariant that what is said of a departure stands on its own sheet; its tab has a mark while another is shown.

import { announce, el, replace } from "./dom.js";
import { shortDate } from "./format.js";
import { tripHead } from "./trip-head.js";

const WAYS = ["Outbound", "Return"];

export class TripMap {
  #onClose;
  #tabs = el("div", { class: "tabs trip-tabs", role: "group", "aria-label": "Direction", hidden: true });
  /** `told`: what is said of changes of the departure. @type {{seats: object, head: {element: Element, focus(): void}, told: Element, element: HTMLElement}[]} */
  #sheets = [];
  #shown = 0;
  element;

  constructor({ onClose }) {
    this.#onClose = onClose;
    this.element = el("div", { class: "card trip-map" }, this.#tabs);
  }

  /** One more journey, to be shown at once. */
  add(seats) {
    const { journey } = seats;
    const { bus } = journey.route;
    const head = tripHead(journey, { onClose: this.#onClose, badge: seats.badge, freeChip: seats.freeChip });
    const told = el("div", { "data-testid": "route-change" });
    const element = el(
      "div",
      { class: "trip-sheet", "data-testid": "trip-sheet", "data-route-id": journey.routeId },
      told,
      head.element,
      seats.element,
      bus && el("p", { class: "quiet bus-name" }, [bus.specs?.brand, bus.model, bus.plate].filter(Boolean).join(" · ")),
    );
    this.#sheets.push({ seats, head, told, element });
    this.element.append(element);
    this.show(this.#sheets.length - 1);
  }

  /** The last one goes. */
  removeLast() {
    this.#sheets.pop().element.remove();
    this.show(0);
  }

  show(index) {
    this.#shown = index;
    this.#sheets.forEach(({ element }, each) => {
      element.hidden = each !== index;
    });
    this.#tabs.hidden = this.#sheets.length < 2;
    replace(this.#tabs, this.#sheets.map((sheet, each) => this.#tab(sheet, each)));
  }

  focus() {
    this.#sheets[this.#shown].head.focus();
  }

  /** What has changed about a journey, instead of what was said of it before. */
  say(seats, ...said) {
    const index = this.#sheets.findIndex((sheet) => sheet.seats === seats);
    if (index === -1) return;
    const { told } = this.#sheets[index];
    replace(told, ...said);
    const isUnseen = this.#isUnseen(index);
    this.#tabs.children[index].toggleAttribute("data-told", isUnseen);
    // On a sheet that is not shown nothing is read out.
    if (isUnseen) announce(`${WAYS[index]}: ${told.textContent}`);
  }

  /** Something that is true of a journey from now on. */
  append(seats, said) {
    this.#sheets.find((sheet) => sheet.seats === seats)?.head.element.append(said);
  }

  #isUnseen(index) {
    return index !== this.#shown && this.#sheets[index].told.hasChildNodes();
  }

  #tab({ seats }, index) {
    return el(
      "button",
      {
        type: "button",
        class: "tab",
        "data-told": this.#isUnseen(index),
        "aria-pressed": String(index === this.#shown),
        "data-testid": `tab-${index === 0 ? "out" : "back"}`,
        onclick: () => {
          this.show(index);
          this.#tabs.children[index].focus();
        },
      },
      `${WAYS[index]} · ${shortDate(seats.journey.departureTime)}`,
    );
  }
}
