// Decides how a form field looks and where its fault is shown: each fault stands at its field, is tied to
// it for screen readers, and goes away when the field changes. Knows no endpoint.

import { el, hiddenText, icon } from "./dom.js";

let nextField = 1;

/** A labelled input. `hint` stands below it, `optional` beside the label. */
export function field({ label, name, hint, optional = false, testId, control, ...attributes }) {
  const id = `field-${nextField}`;
  nextField += 1;
  const input = control ?? el("input", { type: "text", ...attributes });
  input.id = id;
  input.setAttribute("name", name);
  if (testId) input.dataset.testid = testId;
  if (!optional && !control) input.required = true;
  const fault = el("p", { class: "field-fault", id: `${id}-fault`, hidden: true });
  const describedBy = [`${id}-fault`, hint && `${id}-hint`].filter(Boolean).join(" ");
  input.setAttribute("aria-describedby", describedBy);
  input.addEventListener("input", () => clearFault(fault));
  return el(
    "div",
    { class: "field", "data-field": name },
    el("label", { for: id }, label, optional && el("span", { class: "optional" }, " optional")),
    input,
    hint && el("p", { class: "field-hint", id: `${id}-hint` }, hint),
    fault,
  );
}

/** A few exclusive choices side by side. `choices`: [{value, label, symbol}] */
export function choiceField({ label, name, choices }) {
  const fault = el("p", { class: "field-fault", hidden: true });
  const group = el(
    "fieldset",
    { class: "field choice-field", "data-field": name, onchange: () => clearFault(fault) },
    el("legend", {}, label),
    el(
      "div",
      { class: "choices" },
      choices.map((choice) =>
        el(
          "label",
          { class: "choice" },
          el("input", { type: "radio", name, value: choice.value, required: true }),
          el("span", {}, icon(choice.symbol), choice.label),
        ),
      ),
    ),
    fault,
  );
  return group;
}

/** What the form says, trimmed, empty fields left out. */
export function valuesOf(form) {
  const values = {};
  for (const [name, value] of new FormData(form)) {
    const text = String(value).trim();
    if (text !== "") values[name] = text;
  }
  return values;
}

/** Marks required fields that are empty. Everything finer is the server's to say. */
export function markEmptyFields(form) {
  clearFaults(form);
  const values = valuesOf(form);
  const empty = new Set([...form.querySelectorAll("[required]")].map(({ name }) => name).filter((name) => !values[name]));
  showFaults(
    form,
    [...empty].map((name) => ({ name, message: "Please fill this in." })),
  );
  return empty.size === 0;
}

/** Shows each fault at its field and focuses the first. Returns the faults that have no field here. */
export function showFaults(form, faults) {
  const homeless = [];
  let first;
  for (const { name, message } of faults) {
    const home = form.querySelector(`[data-field="${CSS.escape(name)}"]`);
    const fault = home?.querySelector(".field-fault");
    if (!fault) {
      homeless.push({ name, message });
      continue;
    }
    replaceFault(fault, message);
    const input = home.querySelector("input, select");
    input?.setAttribute("aria-invalid", "true");
    first ??= input;
  }
  first?.focus();
  return homeless;
}

export function clearFaults(form) {
  for (const fault of form.querySelectorAll(".field-fault")) clearFault(fault);
}

/** Shows that a form is being sent, and keeps it from being sent twice. */
export function setBusy(form, busy) {
  form.toggleAttribute("data-busy", busy);
  form.setAttribute("aria-busy", String(busy));
  for (const button of form.querySelectorAll("button")) button.disabled = busy;
}

/** A submit button that turns while its form is busy. */
export function submitButton(label, { testId, symbol, extraClass = "" } = {}) {
  return el(
    "button",
    { type: "submit", class: `button button-primary ${extraClass}`.trim(), "data-testid": testId },
    symbol && icon(symbol),
    el("span", { class: "button-label" }, label),
    el("span", { class: "spinner", "aria-hidden": "true" }),
  );
}

function replaceFault(fault, message) {
  fault.replaceChildren(hiddenText("Error: "), message);
  fault.hidden = false;
}

function clearFault(fault) {
  fault.hidden = true;
  fault.replaceChildren();
  for (const input of fault.parentElement?.querySelectorAll("[aria-invalid]") ?? []) input.removeAttribute("aria-invalid");
}
