// Decides how a party says who they are: a group of fields for each passenger, and one contact for all. Keeps
// the invariant that what was typed for a passenger stays with them, also while they have no seat.

import { el, hiddenText, icon, replace } from "./dom.js";
import { choiceField, field, markEmptyFields, showFaults, valuesOf } from "./fields.js";

const GENDERS = [
  { value: "FEMALE", label: "Woman", symbol: "female" },
  { value: "MALE", label: "Man", symbol: "male" },
  { value: "OTHER", label: "Other", symbol: "other" },
];

export class PassengerForm {
  #callbacks;
  /** By the passenger's id. @type {Map<number, {element: HTMLElement, head: HTMLElement}>} */
  #groups = new Map();
  #list = el("div", { class: "passengers" });
  #contact;
  #order = [];
  /** Where something was filled in already: what the traveller makes empty stays empty. @type {WeakSet<Element>} */
  #prefilled = new WeakSet();

  /** `onSubmit()`, `onRemove(passenger)`; `foot`: what stands below the fields. */
  constructor({ onSubmit, onRemove, foot }) {
    this.#callbacks = { onRemove };
    this.#contact = el(
      "fieldset",
      { class: "form contact", "data-testid": "contact" },
      el("legend", {}, "Contact"),
      field({ label: "Mobile phone", name: "phone", type: "tel", autocomplete: "tel", placeholder: "0532 123 45 67" }),
      field({ label: "E-mail", name: "email", type: "email", autocomplete: "email", inputmode: "email", optional: true }),
    );
    this.element = el(
      "form",
      {
        class: "form",
        novalidate: true,
        "data-testid": "book-form",
        onsubmit: (event) => {
          event.preventDefault();
          onSubmit();
        },
      },
      this.#list,
      this.#contact,
      foot,
    );
  }

  /** Shows these passengers in this order. `describe(passenger)`: what is said of their seats, as nodes. */
  show(passengers, describe) {
    const order = passengers.map(({ id }) => id);
    passengers.forEach((passenger, index) => this.#showHead(passenger, index, passengers.length, describe));
    // A field that is moved loses the focus.
    if (order.join() === this.#order.join()) return;
    this.#order = order;
    replace(
      this.#list,
      order.map((id) => this.#groups.get(id).element),
    );
  }

  /** Whether nothing is missing; what is, is marked. */
  check() {
    const areFull = [...this.#shownGroups(), this.#contact].map((group) => markEmptyFields(group));
    this.element.querySelector("[aria-invalid]")?.focus();
    return areFull.every(Boolean);
  }

  /** `{passengers, contact}` in the words of the API, without seats. */
  get values() {
    return { passengers: this.#shownGroups().map(valuesOf), contact: valuesOf(this.#contact) };
  }

  /** The gender that is chosen for each passenger so far. */
  get genders() {
    return this.#shownGroups().map((group) => valuesOf(group).gender);
  }

  /** Shows faults of `POST /bookings` at their fields; returns those that have none here. */
  showFaults(faults) {
    const homeless = [];
    for (const fault of faults) homeless.push(...showFaults(this.#groupOf(fault.pointer) ?? this.element, [fault]));
    this.element.querySelector("[aria-invalid]")?.focus();
    return homeless;
  }

  /** A traveller mostly books for himself too. */
  prefill({ firstName, lastName, phone }) {
    const [first] = this.#shownGroups();
    this.#prefillOnce(first, "passengerName", `${firstName ?? ""} ${lastName ?? ""}`.trim());
    this.#prefillOnce(this.#contact, "phone", phone ?? "");
  }

  #prefillOnce(group, name, value) {
    if (!group || this.#prefilled.has(group)) return;
    this.#prefilled.add(group);
    group.querySelector(`[name=${name}]`).value ||= value;
  }

  /** Nothing of what was typed is left. */
  reset() {
    this.#groups.clear();
    this.#prefilled = new WeakSet();
    this.#order = [];
    replace(this.#list);
    this.element.reset();
  }

  #shownGroups() {
    return this.#order.map((id) => this.#groups.get(id).element);
  }

  #groupOf(pointer) {
    const passenger = /^\/journeys\/\d+\/passengers\/(\d+)\//.exec(pointer);
    if (passenger) return this.#shownGroups()[Number(passenger[1])];
    return pointer.startsWith("/contact/") ? this.#contact : undefined;
  }

  #showHead(passenger, index, count, describe) {
    let group = this.#groups.get(passenger.id);
    if (!group) this.#groups.set(passenger.id, (group = newGroup()));
    const name = count === 1 ? "Passenger" : `Passenger ${index + 1}`;
    const described = describe(passenger);
    if (group.said === name + described.key) return;
    group.said = name + described.key;
    replace(group.legend, name);
    replace(
      group.head,
      described.nodes,
      el(
        "button",
        { type: "button", class: "icon-button", "data-testid": "remove-passenger", onclick: () => this.#callbacks.onRemove(passenger) },
        icon("close"),
        hiddenText(described.letGo),
      ),
    );
    replace(group.note, described.note);
  }
}

function newGroup() {
  const legend = el("legend", {});
  const head = el("div", { class: "chosen" });
  const note = el("div", { class: "seat-note" });
  const element = el(
    "fieldset",
    { class: "form passenger", "data-testid": "passenger" },
    legend,
    head,
    note,
    field({ label: "Full name", name: "passengerName", autocomplete: "name", lang: "tr" }),
    choiceField({ label: "Gender", name: "gender", choices: GENDERS }),
    field({ label: "T.C. Kimlik No", name: "tcKimlikNo", inputmode: "numeric", maxlength: "11", optional: true, autocomplete: "off" }),
  );
  return { element, legend, head, note };
}
