// Decides when a phone shows the way from the map down to the booking: as long as there is something to act
// on there and it is not in reach on the screen.

import { el, icon } from "./dom.js";
import { capitalised, seatsInWords } from "./format.js";

/** The booking is in reach once it begins in the upper half of the screen, not as soon as it peeps in. */
const BOOKING_IN_REACH = "0px 0px -50% 0px";

const NAMED_MAX = 3;

export class PickBar {
  #words = el("span", { class: "pick-words" });
  #observer;

  /** `booking`: the element that the bar leads to. */
  constructor(booking) {
    this.element = el(
      "div",
      { class: "pick-bar", hidden: true, "data-testid": "pick-bar" },
      this.#words,
      el(
        "button",
        {
          type: "button",
          class: "button button-primary",
          "data-testid": "pick-continue",
          onclick: () => booking.scrollIntoView({ block: "start", behavior: motion() }),
        },
        "Continue",
        icon("right"),
      ),
    );
    this.#observer = new IntersectionObserver(
      (entries) => this.element.toggleAttribute("data-away", entries.at(-1).isIntersecting),
      { rootMargin: BOOKING_IN_REACH },
    );
    this.#observer.observe(booking);
  }

  /** What there is to go on with; nothing when absent. */
  show(words) {
    this.element.hidden = words === undefined;
    this.#words.textContent = words ?? "";
  }

  close() {
    this.#observer.disconnect();
  }
}

/** A few seats by their numbers, many by how many they are. */
export function pickedSeats(seats) {
  return seats.length > NAMED_MAX ? `${seats.length} seats` : capitalised(seatsInWords(seats));
}

/** How the page scrolls for this reader. */
export function motion() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
}
