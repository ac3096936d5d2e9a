// Decides what is said about the chosen seats while names are typed: that they are held and for how long, or
// why they are not. Every state has one sentence, and what can be done about it beside it.

import { announce, el, notice, replace } from "./dom.js";
import { HoldClock } from "./hold-clock.js";
import { isStaff } from "./session.js";

const SOON_MS = 60_000;

/** Of several holds the one that is worth speaking of: one in trouble, else the one that ends first. */
export function tellingHold(holds) {
  const [first] = holds;
  const wanted = holds.filter(({ state }) => state.kind !== "none");
  return wanted.find(({ state }) => state.kind !== "held") ?? wanted.sort((a, b) => a.state.left_ms - b.state.left_ms)[0] ?? first;
}

export class HoldNotice {
  #clock = new HoldClock();
  #more = el(
    "button",
    { type: "button", class: "button button-small", "data-testid": "hold-extend", onclick: () => this.#hold?.extend() },
    "Keep longer",
  );
  #hold;
  #shown;
  element = el("div", { class: "hold-notice", "data-testid": "hold-notice" });

  /** Shows the state of the hold that matters now. */
  show(hold) {
    this.#hold = hold;
    const state = hold.state;
    this.element.hidden = state.kind === "none";
    this.element.dataset.hold = state.kind;
    if (state.kind === "held") this.#clock.show({ words: isStaff() ? "Held" : "Held for you", left_ms: state.left_ms, whole_ms: state.whole_ms });
    const canExtend = state.kind === "held" && !state.isExtended && state.left_ms < SOON_MS;
    const shown = [state.kind, canExtend, state.error?.message].join();
    // A notice that is put there again would be read out again.
    if (shown === this.#shown) return;
    this.#shown = shown;
    // What is being pressed below must not move away: both look alike.
    if (state.kind === "taking") this.#clock.wait("Holding the seats…");
    if (canExtend) announce("Less than a minute left to hold the seats; they can be kept longer");
    replace(this.#clock.slot, canExtend && this.#more);
    replace(this.element, this.#contentOf(state));
  }

  #contentOf({ kind, error }) {
    if (kind === "held" || kind === "taking") return this.#clock.element;
    if (kind === "expired") {
      return notice(
        "warn",
        el("strong", {}, "The hold on these seats has ended."),
        el("p", {}, "Others can choose them again; what you typed is kept."),
        this.#againButton("Hold them again"),
      );
    }
    if (kind === "away") {
      return notice("warn", el("strong", {}, "The seats are not held yet."), el("p", {}, "The server does not answer. They will be held as soon as it does."));
    }
    if (kind === "refused") return this.#refused(error);
    return undefined;
  }

  #refused(error) {
    const tooMany = error.code === "too_many_seats";
    return notice(
      "warn",
      el("strong", {}, tooMany ? "No more seats can be held now." : "The seats are not held."),
      el("p", { "data-testid": "hold-refusal" }, error.message),
      tooMany && el("p", {}, "Pay or release what you hold on this departure, or choose fewer seats."),
      this.#againButton("Try again"),
    );
  }

  #againButton(words) {
    return el("button", { type: "button", class: "button button-small", "data-testid": "hold-again", onclick: () => this.#hold.again() }, words);
  }
}
