// Decides how a form field looks and where its fault is shown: each fault stands at its field, is tied to
// it for screen readers, and goes away when the field changes. Knows no endpoint.

import { isOutage } from "./api.js";
import { el, hiddenText, icon, notice } from "./dom.js";
import { count } from "./format.js";
import { onServerBack } from "./server-reach.js";

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

let nextGroup = 1;

/** A few exclusive choices side by side. `choices`: [{value, label, symbol}] */
export function choiceField({ label, name, choices }) {
  // The same question may be asked of several people in one form; each group of buttons is its own.
  const groupName = `${name}-${nextGroup}`;
  nextGroup += 1;
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
          el("input", { type: "radio", name: groupName, value: choice.value, required: true }),
          el("span", {}, icon(choice.symbol), choice.label),
        ),
      ),
    ),
    fault,
  );
  return group;
}

/** What a form, or a part of one, says: trimmed, empty fields left out. */
export function valuesOf(form) {
  const values = {};
  for (const input of form.querySelectorAll("[data-field] input, [data-field] select")) {
    const text = input.type === "radio" && !input.checked ? "" : input.value.trim();
    if (text !== "") values[nameOf(input)] = text;
  }
  return values;
}

/** Marks required fields that are empty. Everything finer is the server's to say. */
export function markEmptyFields(form) {
  clearFaults(form);
  const values = valuesOf(form);
  const empty = new Set([...form.querySelectorAll("[data-field] [required]")].map(nameOf).filter((name) => !values[name]));
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

/**
 * Shows what a refused form was refused for: each fault at its field, the rest in the notice that is returned.
 * `renamed` where a form has other names than the API, `show` where it finds the fields of faults by itself.
 * The server's own summary names fields in its own way, so it is shown only when it names none.
 */
export function refusalNotice(form, error, { renamed = (fault) => fault, show = (faults) => showFaults(form, faults) } = {}) {
  const faults = (error.faults ?? []).map(renamed);
  const homeless = show(faults);
  const atFields = faults.length - homeless.length;
  const summary = atFields > 0 ? `Please check ${count(atFields, "field")}.` : homeless.length > 0 ? "This cannot be sent as it is." : error.message;
  const told = notice(
    "bad",
    el("p", {}, summary),
    homeless.map(({ name, message }) => el("p", {}, sentenceOf(name, message))),
  );
  return takenBack(told, error);
}

/** A notice of an error outside of any form; it goes away by itself when an outage is over. */
export function errorNotice(error, ...more) {
  const told = notice("bad", error.message, ...more);
  return takenBack(told, error);
}

/** What was said of an outage goes when the outage is over. */
function takenBack(told, error) {
  if (!isOutage(error)) return told;
  const stop = onServerBack(() => {
    stop();
    told.remove();
  });
  return told;
}

/** As the API calls it; a group of buttons has another name in the document. */
function nameOf(input) {
  return input.closest("[data-field]").dataset.field;
}

export function clearFaults(form) {
  for (const fault of form.querySelectorAll(".field-fault")) clearFault(fault);
}

/** Shows that a form is being sent, and keeps it from being sent twice. */
export function setBusy(form, busy) {
  form.toggleAttribute("data-busy", busy);
  form.setAttribute("aria-busy", String(busy));
  if (busy && form.contains(document.activeElement)) focusBefore.set(form, document.activeElement);
  for (const button of form.querySelectorAll("button")) button.disabled = busy;
  // A button that is disabled loses the focus; whoever pressed it by keyboard is still there.
  if (!busy && document.activeElement === document.body) focusBefore.get(form)?.focus({ preventScroll: true });
}

/** Where the focus was when a form began to be sent. @type {WeakMap<Element, HTMLElement>} */
const focusBefore = new WeakMap();

/**
 * A form that is sent once it is filled in, and says what it was refused for. `send(values)` does it,
 * `onSent()` when it is done.
 */
export function sendingForm({ testId, fields, submit, send, onSent = () => {} }) {
  const told = el("div", { class: "form-told", "data-testid": `${testId}-notice` });
  const form = el(
    "form",
    {
      class: "form",
      novalidate: true,
      "data-testid": testId,
      onsubmit: async (event) => {
        event.preventDefault();
        if (!markEmptyFields(form)) return;
        setBusy(form, true);
        told.replaceChildren();
        try {
          await send(valuesOf(form));
          onSent();
        } catch (error) {
          clearFaults(form);
          told.replaceChildren(refusalNotice(form, error));
        } finally {
          setBusy(form, false);
        }
      },
    },
    fields,
    told,
    submit,
  );
  return form;
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

/** `expireMonth`, `must be a month` → `Expire month must be a month.` A message may also be a sentence already. */
function sentenceOf(name, message) {
  const about = /^(must|may|is|has)\b/.test(message) ? `${name.replace(/([a-z])([A-Z])/g, "$1 $2")} ` : "";
  const text = `${about}${message}`;
  return `${text.charAt(0).toLocaleUpperCase("en")}${text.slice(1)}.`;
}

function replaceFault(fault, message) {
  // The server says `must be …`; below a label that reads on, but as a sentence of its own it does not.
  fault.replaceChildren(hiddenText("Error: "), message.charAt(0).toLocaleUpperCase("en") + message.slice(1));
  fault.hidden = false;
}

function clearFault(fault) {
  fault.hidden = true;
  fault.replaceChildren();
  for (const input of fault.parentElement?.querySelectorAll("[aria-invalid]") ?? []) input.removeAttribute("aria-invalid");
}
