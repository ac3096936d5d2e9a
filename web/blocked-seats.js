// Decides how staff take seats out of sale and give them back.

import { Intention } from "./api.js";
import { announce, el, notice, replace } from "./dom.js";
import { errorNotice, field, markEmptyFields, refusalNotice, setBusy, submitButton, valuesOf } from "./fields.js";
import { capitalised, seatsInWords } from "./format.js";

/** What is said of a block, and the way to end it. `onLifted()` when it is over. */
export function blockNotice(block, { onLifted }) {
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
          onLifted();
        } catch (error) {
          button.disabled = false;
          replace(told, errorNotice(error));
        }
      },
    },
    `Give ${seatsInWords(block.seatNumbers)} back to sale`,
  );
  return el("div", { class: "stack-small" }, notice("calm", el("strong", {}, capitalised(seatsInWords(block.seatNumbers))), el("p", { "data-testid": "block-reason" }, block.reason)), told, button);
}

/** Takes the chosen seats out of sale. `block(reason)` asks for it, `onBlocked()` when it is done. */
export function blockingForm({ block, onBlocked }) {
  const told = el("div", { class: "form-told" });
  const form = el(
    "form",
    {
      class: "form",
      novalidate: true,
      "data-testid": "block-form",
      onsubmit: async (event) => {
        event.preventDefault();
        if (!markEmptyFields(form)) return;
        setBusy(form, true);
        replace(told);
        try {
          await block(valuesOf(form).reason);
          form.reset();
          onBlocked();
        } catch (error) {
          replace(told, refusalNotice(form, error));
        } finally {
          setBusy(form, false);
        }
      },
    },
    field({ label: "Reason", name: "reason", autocomplete: "off", hint: "For your colleagues; travellers see the seats as sold." }),
    told,
    submitButton("Take out of sale", { testId: "block-submit", extraClass: "wide" }),
  );
  return el("details", { class: "blocking" }, el("summary", {}, "Take these seats out of sale"), form);
}
