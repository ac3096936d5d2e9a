// Decides how the maps of a trip are shown: one sheet for each journey, and with a way back two tabs above.

import { el, replace } from "./dom.js";
import { shortDate } from "./format.js";
import { tripHead } from "./trip-head.js";

const WAYS = ["Outbound", "Return"];

export class TripMap {
  #onClose;
  #tabs = el("div", { class: "tabs trip-tabs", role: "group", "aria-label": "Direction", hidden: true });
  /** @type {{seats: object, head: {element: Element, focus(): void}, element: HTMLElement}[]} */
  #sheets = [];
  #shown = 0;
  element;

  /** `changeNotice`: what is said of changes of the departures. */
  constructor({ onClose, changeNotice }) {
    this.#onClose = onClose;
    this.element = el("div", { class: "card trip-map" }, this.#tabs, changeNotice);
  }

  /** One more journey, to be shown at once. */
  add(seats) {
    const { journey } = seats;
    const { bus } = journey.route;
    const head = tripHead(journey, { onClose: this.#onClose, badge: seats.badge, freeChip: seats.freeChip });
    const element = el(
      "div",
      { class: "trip-sheet", "data-testid": "trip-sheet", "data-route-id": journey.routeId },
      head.element,
      seats.element,
      bus && el("p", { class: "quiet bus-name" }, [bus.specs?.brand, bus.model, bus.plate].filter(Boolean).join(" · ")),
    );
    this.#sheets.push({ seats, head, element });
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

  /** Something that is true of a journey from now on. */
  append(told) {
    this.#sheets[0]?.head.element.append(told);
  }

  #tab({ seats }, index) {
    return el(
      "button",
      {
        type: "button",
        class: "tab",
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
