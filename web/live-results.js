// Decides which departures of a list are followed live: those that are on the screen, and no more than a
// screen holds. What a card says was right when it came; from then on its seats are counted as they go.

import { watchFreeSeats } from "./live.js";

const FOLLOWED_MAX = 24;

export class LiveResults {
  /** @type {Map<Element, {journey: object, onFree: (free: number) => void, stop?: () => void}>} */
  #cards = new Map();
  #observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) this.#seen(target, isIntersecting);
  });

  /** `onFree(free)` whenever the count is known anew while the card is on the screen. */
  follow(card, journey, onFree) {
    this.#cards.set(card, { journey, onFree });
    this.#observer.observe(card);
  }

  /** Forgets every card. */
  clear() {
    this.#observer.disconnect();
    for (const { stop } of this.#cards.values()) stop?.();
    this.#cards.clear();
  }

  #seen(card, isOnScreen) {
    const followed = this.#cards.get(card);
    if (!followed) return;
    if (!isOnScreen) {
      followed.stop?.();
      followed.stop = undefined;
      return;
    }
    const count = [...this.#cards.values()].filter(({ stop }) => stop).length;
    if (!followed.stop && count < FOLLOWED_MAX) followed.stop = watchFreeSeats(followed.journey, followed.onFree);
  }
}
