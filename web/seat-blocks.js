// Decides how staff take seats out of sale and give them back, and which are out of sale now.

import { Intention, get } from "./api.js";
import { announce, el, notice, replace } from "./dom.js";
import { errorNotice, field, refusalNotice, sendingForm, submitButton } from "./fields.js";
import { capitalised, seatsInWords } from "./format.js";
import { isStaff } from "./session.js";

export class SeatBlocks {
  #seats;
  #callbacks;
  #intention = new Intention();
  #journeys = [];
  /** Whether seats are on their way out of sale: then they are not lost to anybody. */
  isSending = false;
  element;

  /** `seats()`: the `JourneySeats` whose choice is taken out of sale; `onBlocked()`, `onLifted()`. */
  constructor({ seats, onBlocked, onLifted }) {
    this.#seats = seats;
    this.#callbacks = { onBlocked, onLifted };
    const form = sendingForm({
      testId: "block-form",
      fields: [field({ label: "Reason", name: "reason", autocomplete: "off", hint: "For your colleagues; travellers see the seats as sold." })],
      submit: submitButton("Block seats", { testId: "block-submit", extraClass: "wide" }),
      send: ({ reason }) => this.#block(reason),
      onSent: () => {
        form.reset();
        onBlocked();
      },
    });
    this.element = el("details", { class: "blocking" }, el("summary", {}, "Block these seats"), form);
  }

  /** Shows on these journeys what is out of sale, to staff alone. */
  async load(journeys = this.#journeys) {
    this.#journeys = journeys;
    for (const seats of journeys) {
      try {
        const blocks = isStaff() ? await get(`/routes/${seats.journey.routeId}/blocks`) : [];
        // They may have logged out meanwhile.
        seats.blocks = isStaff() ? blocks : [];
      } catch {
        // Then the map shows them as sold, as it does to everybody else.
      }
    }
  }

  /** What is said of a block, and the way to end it. */
  notice(block) {
    const intention = new Intention();
    const told = el("div", { class: "form-told" });
    const button = el(
      "button",
      {
        type: "button",
        class: "button wide",
        "data-testid": "lift-block",
        onclick: async () => {
          button.disabled = true;
          try {
            await intention.send("DELETE", `/routes/${block.routeId}/blocks/${block.id}`);
            announce("The seats are on sale again");
            this.#callbacks.onLifted();
            this.load();
          } catch (error) {
            button.disabled = false;
            replace(told, errorNotice(error));
          }
        },
      },
      `Unblock ${seatsInWords(block.seatNumbers)}`,
    );
    const words = notice("calm", el("strong", {}, capitalised(seatsInWords(block.seatNumbers))), el("p", { "data-testid": "block-reason" }, block.reason));
    return el("div", { class: "stack-small" }, words, told, button);
  }

  /** On the part of the route that is shown. */
  async #block(reason) {
    const seats = this.#seats();
    const { routeId, fromCity, toCity } = seats.journey;
    const seatNumbers = [...seats.chosen].sort((a, b) => a - b);
    this.isSending = true;
    try {
      // What is held cannot be blocked.
      seats.hold.want([]);
      await seats.hold.settled();
      await this.#intention.send("POST", `/routes/${routeId}/blocks`, { seatNumbers, fromCity, toCity, reason });
      announce(`${capitalised(seatsInWords(seatNumbers))} blocked`);
    } catch (error) {
      seats.choiceChanged();
      throw error;
    } finally {
      this.isSending = false;
    }
    this.load();
  }
}
