// Decides how the time that is left of a hold is shown: a countdown, and a bar that grows shorter.

import { el, icon, replace } from "./dom.js";
import { countdown } from "./format.js";

const SOON_MS = 60_000;

export class HoldClock {
  #words = el("span", {});
  #left = el("strong", { class: "hold-left", "data-testid": "hold-left", role: "timer" });
  #bar = el("span", {});
  /** For what can be done about it. */
  slot = el("span", { class: "hold-slot" });
  element = el(
    "div",
    { class: "hold" },
    el("p", {}, icon("clock"), this.#words, this.slot, this.#left),
    el("span", { class: "hold-bar", "aria-hidden": "true" }, this.#bar),
  );

  /** Nothing is counted down yet. */
  wait(words) {
    replace(this.#words, words);
    this.#left.textContent = "";
    this.#bar.parentElement.hidden = false;
    this.#bar.style.transform = "scaleX(1)";
    this.element.dataset.tone = "calm";
  }

  /** `whole_ms`: how long it lasts in all; without it there is no bar. */
  show({ words, left_ms, whole_ms }) {
    // The clock is a lower bound of the server's: it must not give more than there was.
    const shown_ms = Math.min(left_ms, whole_ms ?? left_ms);
    const text = countdown(shown_ms);
    this.element.dataset.tone = shown_ms < SOON_MS ? "soon" : "calm";
    if (this.#words.textContent !== words) replace(this.#words, words);
    if (this.#left.textContent === text) return;
    this.#left.textContent = text;
    this.#bar.parentElement.hidden = whole_ms === undefined;
    if (whole_ms) this.#bar.style.transform = `scaleX(${Math.min(1, Math.max(0, shown_ms / whole_ms))})`;
  }
}
