// Decides how a card is asked for and what became of the payment. Card data lives in the form's fields and
// in the one request, nowhere else.

import { config, testCardSucceeds } from "./config.js";
import { el, notice, replace, tell } from "./dom.js";
import { field, markEmptyFields, refusalNotice, setBusy, submitButton, valuesOf } from "./fields.js";
import { money } from "./format.js";
import { isStaff } from "./session.js";

/** The hold ran out while the card was being charged; the money goes back. */
export const SEAT_GONE = "SEAT_GONE";

/**
 * A form that pays a sum for so many seats. What came of it stands in `told`, which outlives the form.
 * `send(card)` asks for it; `onPaid(answer)` after success, `onStale()` when the booking is no longer what
 * the form thinks.
 */
export function paymentForm(sum, { told, send, seats, onPaid, onStale }) {
  const form = el(
    "form",
    {
      class: "form pay-form",
      novalidate: true,
      autocomplete: "on",
      "data-testid": "pay-form",
      onsubmit: async (event) => {
        event.preventDefault();
        if (!markEmptyFields(form)) return;
        setBusy(form, true);
        replace(told);
        try {
          const answer = await send(cardOf(form));
          setBusy(form, false);
          if (answer.success) onPaid(answer);
          else showDeclined(told, answer, seats);
          // The hold ran out while the card was charged: the booking is no longer what the form pays.
          if (answer.errorCode === SEAT_GONE) onStale();
        } catch (error) {
          setBusy(form, false);
          showFailure(form, told, error);
          if (error.status === 409 || error.status === 404) onStale();
        }
      },
    },
    el("div", { class: "pay-head" }, el("h3", {}, "Payment"), config.testCards.length > 0 && testCards(() => form)),
    field({ label: "Name on the card", name: "cardHolderName", autocomplete: "cc-name", lang: "tr" }),
    field({
      label: "Card number",
      name: "cardNumber",
      autocomplete: "cc-number",
      inputmode: "numeric",
      maxlength: "23",
      placeholder: "0000 0000 0000 0000",
      oninput: ({ target }) => groupDigits(target),
    }),
    el(
      "div",
      { class: "field-row field-row-three" },
      field({ label: "Month", name: "expireMonth", autocomplete: "cc-exp-month", inputmode: "numeric", maxlength: "2", placeholder: "MM" }),
      field({ label: "Year", name: "expireYear", autocomplete: "cc-exp-year", inputmode: "numeric", maxlength: "4", placeholder: "YYYY" }),
      field({ label: "CVC", name: "cvc", autocomplete: "cc-csc", inputmode: "numeric", maxlength: "4", placeholder: "123" }),
    ),
    submitButton(`Pay ${money(sum)}`, { testId: "pay-submit", symbol: "lock", extraClass: "wide" }),
  );
  return form;
}

/** Fills the slot that tests and travellers look at after paying. */
export function showPaid(told, answer) {
  told.dataset.result = "success";
  const { payment } = answer;
  replace(
    told,
    notice(
      "good",
      el("strong", {}, isStaff() ? "Paid." : "Paid. Have a good journey!"),
      payment && el("p", {}, `${money(payment.amount)} · receipt ${payment.transactionId}`),
    ),
  );
}

function showDeclined(told, { message, errorCode }, seats) {
  const held = seats === 1 ? "the seat is" : "the seats are";
  told.dataset.result = "declined";
  told.dataset.errorCode = errorCode ?? "";
  tell(
    told,
    notice(
      "bad",
      el("strong", {}, message || "The card was declined."),
      errorCode !== SEAT_GONE && el("p", {}, `Nothing was charged and ${held} still held${isStaff() ? "" : " for you"}. Try another card.`),
    ),
  );
}

function showFailure(form, told, error) {
  told.dataset.result = "error";
  tell(told, refusalNotice(form, error));
}

function cardOf(form) {
  const { cardHolderName, cardNumber = "", expireMonth = "", expireYear = "", cvc } = valuesOf(form);
  return {
    cardHolderName,
    cardNumber: cardNumber.replace(/\D/g, ""),
    expireMonth: expireMonth.padStart(2, "0"),
    expireYear: expireYear.length === 2 ? `20${expireYear}` : expireYear,
    cvc,
  };
}

function testCards(formOf) {
  let declined = 0;
  const buttons = config.testCards.map((card) => {
    const succeeds = testCardSucceeds(card);
    if (!succeeds) declined += 1;
    const testId = succeeds ? "test-card-ok" : declined === 1 ? "test-card-declined" : `test-card-declined-${declined}`;
    return el(
      "button",
      {
        type: "button",
        class: "demo-button",
        title: card.cardNumber,
        "data-testid": testId,
        onclick: () => fill(formOf(), card),
      },
      card.label,
    );
  });
  return el("div", { class: "demo-inline", role: "group", "aria-label": "Test cards" }, el("span", {}, "Test cards:"), buttons);
}

function fill(form, { cardNumber }) {
  const values = {
    cardHolderName: "Ayşe Yılmaz",
    cardNumber,
    expireMonth: "12",
    expireYear: "2030",
    cvc: "123",
  };
  for (const [name, value] of Object.entries(values)) {
    form.elements[name].value = value;
    form.elements[name].dispatchEvent(new Event("input"));
  }
}

/** Groups of four, with the caret left behind the same digit. */
function groupDigits(input) {
  const before = input.value.slice(0, input.selectionStart ?? input.value.length).replace(/\D/g, "").length;
  const digits = input.value.replace(/\D/g, "").slice(0, 19);
  input.value = digits.replace(/(\d{4})(?=\d)/g, "$1 ");
  const caret = before + Math.floor(Math.max(0, before - 1) / 4);
  if (document.activeElement === input) input.setSelectionRange(caret, caret);
}
