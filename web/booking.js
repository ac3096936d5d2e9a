// Decides what the traveller does next with the open departure: choose a seat, log in, say who travels,
// pay. Keeps the invariant that what was typed survives a lost seat, a lost session and a lost connection.

import { ApiError, Intention, get } from "./api.js";
import { authPanel } from "./auth-panel.js";
import { el, icon, notice, replace, tell } from "./dom.js";
import { choiceField, field, markEmptyFields, setBusy, showFaults, submitButton, valuesOf } from "./fields.js";
import { GENDER_WORDS, count, money } from "./format.js";
import { currentUser, isStaff, onSessionChange } from "./session.js";
import { TicketPanel } from "./ticket-panel.js";

export class BookingPanel {
  #journey;
  #callbacks;
  #intention = new Intention();
  #form;
  #body = el("div", { class: "booking-body" });
  #told = el("div", { class: "form-told", "data-testid": "booking-notice" });
  /** @type {{kind: "empty"} | {kind: "seat", seat: object} | {kind: "taken", seat: object} | {kind: "ticket", panel: TicketPanel}} */
  #shown = { kind: "empty" };
  #notice;
  #expired = false;
  #stopListening;

  /**
   * `onBooked(ticket)`, `onTicketChanged(ticket)`, `onDeselect()`, and `onSeatRefused(seatNumber)` when the
   * server says that the seat has gone.
   */
  constructor(journey, callbacks) {
    this.#journey = journey;
    this.#callbacks = callbacks;
    this.#form = this.#makeForm();
    this.element = el("section", { class: "card booking", "aria-label": "Booking", "data-testid": "booking" }, this.#body);
    this.#stopListening = onSessionChange(({ reason }) => {
      this.#expired = reason === "expired";
      if (reason === "login") this.#prefill();
      if (this.#shown.kind === "ticket" && reason !== "expired" && !mayShow(this.#shown.panel.ticket)) this.#set({ kind: "empty" });
      else this.#render();
    });
    this.#prefill();
    this.#render();
  }

  /** `seat`: {number, place, neighbour?: {number, gender}} */
  showSeat(seat) {
    this.#notice = undefined;
    this.#set({ kind: "seat", seat });
  }

  /** A seat that is somebody else's. `seat`: {number, words, gender, pnrNumber?, segments: [{from, to, words}]} */
  showTaken(seat) {
    this.#notice = undefined;
    this.#set({ kind: "taken", seat });
  }

  showTicket(ticket) {
    this.#notice = undefined;
    const panel = new TicketPanel(ticket, { onChanged: (changed) => this.#ticketChanged(changed) });
    this.#set({ kind: "ticket", panel });
    this.#body.querySelector("h2").focus({ preventScroll: true });
    // What was scrolled to may have been much longer than the ticket that took its place.
    if (this.element.getBoundingClientRect().top < 0) this.element.scrollIntoView({ block: "start" });
  }

  /** The chosen seat has gone to somebody else. */
  seatLost(seatNumber) {
    this.#notice = notice(
      "warn",
      el("strong", {}, `Seat ${seatNumber} has just gone.`),
      el("p", {}, "Somebody was a moment faster. Nothing was charged; choose another free seat, your details are kept."),
    );
    this.#set({ kind: "empty" });
  }

  /** No seat is chosen any more. */
  clear() {
    this.#notice = undefined;
    this.#set({ kind: "empty" });
  }

  /** The ticket that is being shown, if any. */
  get ticket() {
    return this.#shown.kind === "ticket" ? this.#shown.panel.ticket : undefined;
  }

  updateTicket(ticket) {
    if (this.#shown.kind === "ticket") this.#shown.panel.update(ticket);
  }

  close() {
    this.#stopListening();
    if (this.#shown.kind === "ticket") this.#shown.panel.close();
  }

  #set(shown) {
    if (this.#shown.kind === "ticket" && this.#shown.panel !== shown.panel) this.#shown.panel.close();
    this.#shown = shown;
    this.#render();
  }

  #render() {
    replace(this.#told, this.#notice);
    this.element.dataset.shown = this.#shown.kind;
    const render = { empty: () => this.#renderEmpty(), seat: () => this.#renderSeat(), taken: () => this.#renderTaken(), ticket: () => this.#renderTicket() };
    replace(this.#body, render[this.#shown.kind]());
  }

  #renderEmpty() {
    return [
      el("h2", {}, "Your seat"),
      this.#told,
      el(
        "div",
        { class: "empty empty-small" },
        icon("seat"),
        el("p", {}, this.#journey.isSold ? "Choose a free seat on the map." : "This part of the route is not sold by itself."),
      ),
    ];
  }

  #renderSeat() {
    const { seat } = this.#shown;
    const user = currentUser();
    return [
      el("h2", {}, "Your seat"),
      el(
        "div",
        { class: "chosen", "data-testid": "chosen-seat", "data-seat": seat.number },
        el("span", { class: "chosen-number" }, String(seat.number)),
        el(
          "div",
          { class: "chosen-words" },
          el("strong", {}, `Seat ${seat.number}, ${seat.place}`),
          el("span", { class: "quiet", lang: "tr" }, `${this.#journey.fromCity} – ${this.#journey.toCity}`),
        ),
        el("span", { class: "price" }, money(this.#journey.price)),
        el(
          "button",
          { type: "button", class: "icon-button", "aria-label": `Let go of seat ${seat.number}`, onclick: () => this.#callbacks.onDeselect() },
          icon("close"),
        ),
      ),
      seat.neighbour && el("p", { class: "quiet neighbour" }, icon("info"), neighbourWords(seat.neighbour)),
      this.#told,
      user
        ? this.#form
        : authPanel({
            reason: this.#expired
              ? "Your session has ended. Log in again – what you typed is kept."
              : "Log in or create an account to book this seat.",
          }),
    ];
  }

  #renderTaken() {
    const { seat } = this.#shown;
    const slot = el("div", { class: "form-told" });
    return [
      el("h2", {}, `Seat ${seat.number}`),
      el("p", { "data-testid": "seat-facts" }, seat.words),
      isStaff() &&
        el(
          "ul",
          { class: "segments" },
          seat.segments.map(({ from, to, words, pnrNumber }) =>
            el(
              "li",
              {},
              el("span", { lang: "tr" }, `${from} – ${to}`),
              el("span", { class: "quiet" }, words),
              pnrNumber
                ? el(
                    "button",
                    { type: "button", class: "link pnr", "data-testid": "seat-pnr", onclick: () => this.#openByPnr(pnrNumber, slot) },
                    pnrNumber,
                  )
                : el("span", { class: "quiet" }, "PNR not known on this page"),
            ),
          ),
        ),
      slot,
      !isStaff() && el("p", { class: "quiet" }, "Choose a free seat; if this one comes free, the map shows it at once."),
    ];
  }

  #renderTicket() {
    const { panel } = this.#shown;
    const { status, paymentStatus } = panel.ticket;
    const title = {
      RESERVED: "Your seat is held",
      CONFIRMED: "Your ticket",
      SUSPENDED: "Ticket suspended",
      CANCELLED: paymentStatus === "REFUNDED" ? "Cancelled and refunded" : "Cancelled",
    }[status];
    return [
      el("h2", { tabindex: "-1" }, isStaff() && status === "CONFIRMED" ? "Ticket sold" : title),
      this.#expired && !currentUser() && authPanel({ reason: "Your session has ended. Log in again – nothing is lost." }),
      panel.element,
      status !== "RESERVED" &&
        el("button", { type: "button", class: "button wide", "data-testid": "book-another", onclick: () => this.#callbacks.onDeselect() }, "Book another seat"),
    ];
  }

  async #openByPnr(pnrNumber, slot) {
    try {
      this.showTicket(await get(`/tickets/pnr/${encodeURIComponent(pnrNumber)}`));
    } catch (error) {
      replace(slot, notice("bad", error.message));
    }
  }

  #ticketChanged(ticket) {
    this.#render();
    this.#callbacks.onTicketChanged(ticket);
  }

  /** A customer mostly books for himself; staff never do. */
  #prefill() {
    const user = currentUser();
    if (user?.role !== "CUSTOMER") return;
    const { passengerName, userPhoneNumber } = this.#form.elements;
    passengerName.value ||= `${user.firstName ?? ""} ${user.lastName ?? ""}`.trim();
    userPhoneNumber.value ||= user.phone ?? "";
  }

  #makeForm() {
    const form = el(
      "form",
      {
        class: "form",
        novalidate: true,
        "data-testid": "book-form",
        onsubmit: (event) => {
          event.preventDefault();
          if (this.#shown.kind === "seat" && markEmptyFields(form)) this.#book(this.#shown.seat.number);
        },
      },
      el("h3", {}, "Passenger"),
      field({ label: "Full name", name: "passengerName", autocomplete: "name", lang: "tr" }),
      choiceField({
        label: "Gender",
        name: "gender",
        choices: [
          { value: "FEMALE", label: "Woman", symbol: "female" },
          { value: "MALE", label: "Man", symbol: "male" },
          { value: "OTHER", label: "Other", symbol: "other" },
        ],
      }),
      field({ label: "Mobile phone", name: "userPhoneNumber", type: "tel", autocomplete: "tel", placeholder: "0532 123 45 67" }),
      field({ label: "T.C. Kimlik No", name: "tcKimlikNo", inputmode: "numeric", maxlength: "11", optional: true, autocomplete: "off" }),
      submitButton("Book this seat", { testId: "book-submit", extraClass: "wide" }),
      el("p", { class: "quiet form-foot" }, "The seat is held for you while you pay."),
    );
    return form;
  }

  async #book(seatNumber) {
    const { routeId, fromCity, toCity } = this.#journey;
    setBusy(this.#form, true);
    this.#say(undefined);
    try {
      const ticket = await this.#intention.send("POST", "/tickets", { routeId, fromCity, toCity, seatNumber, ...valuesOf(this.#form) });
      setBusy(this.#form, false);
      this.#form.elements.tcKimlikNo.value = "";
      if (isStaff()) this.#form.reset();
      this.showTicket(ticket);
      this.#callbacks.onBooked(ticket);
    } catch (error) {
      setBusy(this.#form, false);
      this.#refused(seatNumber, error);
    }
  }

  #refused(seatNumber, error) {
    if (error instanceof ApiError && error.code === "seat_taken") {
      this.#callbacks.onSeatRefused(seatNumber);
      return;
    }
    // A 401 has already brought the log-in panel, with the form kept behind it.
    if (error.status === 401) return;
    const homeless = showFaults(this.#form, error.faults ?? []);
    const shownAtFields = error.faults?.length > 0 && homeless.length === 0;
    this.#say(
      notice(
        "bad",
        shownAtFields ? `Please check ${count(error.faults.length, "field")}. ` : error.message,
        ...homeless.map(({ name, message }) => el("p", {}, `${name}: ${message}`)),
      ),
    );
  }

  #say(told) {
    this.#notice = told;
    tell(this.#told, told);
  }
}

/** A ticket left open by one user is not shown to the next. */
function mayShow(ticket) {
  return isStaff() || ticket.userId === currentUser()?.id;
}

function neighbourWords({ number, gender }) {
  if (!gender) return `Seat ${number} beside it is free.`;
  return gender === "OTHER" ? `Seat ${number} beside it is taken.` : `A ${GENDER_WORDS[gender]} travels beside it on seat ${number}.`;
}
