// Decides what the traveller does next with the open departure: choose a seat, log in, say who travels,
// pay. Keeps the invariant that what was typed survives a lost seat, a lost session and a lost connection.

import { ApiError, Intention, get, isOutage, isUndecided } from "./api.js";
import { authPanel } from "./auth-panel.js";
import { el, icon, notice, replace, tell } from "./dom.js";
import { choiceField, errorNotice, field, markEmptyFields, refusalNotice, setBusy, submitButton, valuesOf } from "./fields.js";
import { GENDER_WORDS, money } from "./format.js";
import { onServerBack } from "./server-reach.js";
import { currentUser, isStaff, onSessionChange } from "./session.js";
import { TicketPanel, ranOut } from "./ticket-panel.js";

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
  #toldOfOutage = false;
  #expired = false;
  /** Whether no seat is left on the journey. */
  #soldOut = false;
  #isSending = false;
  #foot = el("p", { class: "quiet form-foot" });
  #stopListening;

  /**
   * `onBooked(ticket)`, `onTicketChanged(ticket)`, `onDeselect()`, and `onSeatInDoubt(seatNumber)` when the
   * server says that the seat has gone, or does not say whether it was booked.
   */
  constructor(journey, callbacks) {
    this.#journey = journey;
    this.#callbacks = callbacks;
    this.#form = this.#makeForm();
    this.element = el("section", { class: "card booking", "aria-label": "Booking", "data-testid": "booking" }, this.#body);
    const stopBack = onServerBack(() => {
      if (this.#toldOfOutage) this.#notice = undefined;
    });
    const stopSession = onSessionChange(({ reason }) => {
      this.#expired = reason === "expired";
      if (reason === "login") this.#prefill();
      if (this.#shown.kind === "ticket" && reason !== "expired" && !mayShow(this.#shown.panel.ticket)) this.#set({ kind: "empty" });
      else this.#render();
    });
    this.#stopListening = () => {
      stopBack();
      stopSession();
    };
    this.#prefill();
    this.#render();
  }

  /** `seat`: {number, place, neighbour?: {number, gender}} */
  showSeat(seat) {
    this.#notice = undefined;
    this.#set({ kind: "seat", seat });
  }

  /** A seat that is somebody else's. `seat`: {number, words, segments: [{from, to, words, pnrNumber?, passengerName?}]} */
  showTaken(seat) {
    this.#notice = undefined;
    this.#set({ kind: "taken", seat });
  }

  /** Knows more of the seat that is being shown, if it still is. */
  updateTaken(seat) {
    if (this.#shown.kind === "taken" && this.#shown.seat.number === seat.number) this.showTaken(seat);
  }

  /** `quietly`: nobody asked for it, so the focus stays where it is. */
  showTicket(ticket, { quietly = false } = {}) {
    this.#notice = undefined;
    const panel = new TicketPanel(ticket, { onChanged: (changed) => this.#ticketChanged(changed) });
    this.#set({ kind: "ticket", panel });
    if (quietly) return;
    this.#body.querySelector("h2").focus({ preventScroll: true });
    // What was scrolled to may have been much longer than the ticket that took its place.
    if (this.element.getBoundingClientRect().top < 0) this.element.scrollIntoView({ block: "start" });
  }

  /** The chosen seat has gone to somebody else. */
  seatLost(seatNumber) {
    this.#notice = notice(
      "warn",
      el("strong", {}, `Seat ${seatNumber} has just gone.`),
      el("p", {}, "Somebody was a moment faster. Nothing was charged; choose another free seat, what was typed is kept."),
    );
    this.#set({ kind: "empty" });
  }

  /** How many seats are free on the journey now. */
  showFree(free) {
    if (this.#soldOut === (free === 0)) return;
    this.#soldOut = free === 0;
    if (this.#shown.kind === "empty") this.#render();
  }

  /** Whether nothing was chosen and nothing has to be read here. */
  get isIdle() {
    return this.#shown.kind === "empty" && !this.#notice;
  }

  /** No seat is chosen any more. */
  clear() {
    this.#notice = undefined;
    this.#set({ kind: "empty" });
  }

  /** Whether a booking is on its way to the server. */
  get isSending() {
    return this.#isSending;
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
      el("h2", {}, isStaff() ? "Seat" : "Your seat"),
      this.#told,
      el("div", { class: "empty empty-small" }, icon("seat"), el("p", { "data-testid": "booking-hint" }, this.#hint())),
    ];
  }

  #hint() {
    if (!this.#journey.isSold) return "This part of the route is not sold by itself.";
    if (this.#soldOut) return "Every seat is sold on this part of the route. If one comes free, the map shows it at once.";
    return "Choose a free seat on the map.";
  }

  #renderSeat() {
    const { seat } = this.#shown;
    const user = currentUser();
    this.#foot.textContent = isStaff() ? "Sold at once, as paid in cash at the counter." : "The seat is held for you while you pay.";
    this.#form.querySelector("[type=submit] .button-label").textContent = isStaff() ? "Sell this seat" : "Book this seat";
    return [
      el("h2", {}, isStaff() ? "Seat" : "Your seat"),
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
          seat.segments.map(({ from, to, words, pnrNumber, passengerName }) =>
            el(
              "li",
              {},
              el("span", { lang: "tr" }, `${from} – ${to}`),
              el("span", { class: "quiet" }, words),
              passengerName && el("span", { lang: "tr", "data-testid": "seat-passenger" }, passengerName),
              pnrNumber &&
                el(
                  "button",
                  { type: "button", class: "link pnr", "data-testid": "seat-pnr", onclick: () => this.#openByPnr(pnrNumber, slot) },
                  pnrNumber,
                ),
            ),
          ),
        ),
      slot,
      !isStaff() && el("p", { class: "quiet" }, "Choose a free seat; if this one comes free, the map shows it at once."),
    ];
  }

  #renderTicket() {
    const { panel } = this.#shown;
    const { status } = panel.ticket;
    return [
      el("h2", { tabindex: "-1" }, ticketTitle(panel.ticket)),
      this.#expired && !currentUser() && authPanel({ reason: "Your session has ended. Log in again – nothing is lost." }),
      panel.element,
      status !== "RESERVED" &&
        el("button", { type: "button", class: "button wide", "data-testid": "book-another", onclick: () => this.#callbacks.onDeselect() }, isStaff() ? "Sell another seat" : "Book another seat"),
    ];
  }

  async #openByPnr(pnrNumber, slot) {
    try {
      this.showTicket(await get(`/tickets/pnr/${encodeURIComponent(pnrNumber)}`));
    } catch (error) {
      replace(slot, errorNotice(error));
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
      this.#foot,
    );
    return form;
  }

  async #book(seatNumber) {
    const { routeId, fromCity, toCity } = this.#journey;
    this.#isSending = true;
    setBusy(this.#form, true);
    this.#say(undefined);
    try {
      const ticket = await this.#intention.send("POST", "/tickets", { routeId, fromCity, toCity, seatNumber, ...valuesOf(this.#form) });
      this.#isSending = false;
      setBusy(this.#form, false);
      this.#form.elements.tcKimlikNo.value = "";
      if (isStaff()) this.#form.reset();
      this.showTicket(ticket);
      this.#callbacks.onBooked(ticket);
    } catch (error) {
      this.#isSending = false;
      setBusy(this.#form, false);
      this.#refused(seatNumber, error);
    }
  }

  #refused(seatNumber, error) {
    if (error instanceof ApiError && error.code === "seat_taken") {
      this.#callbacks.onSeatInDoubt(seatNumber);
      return;
    }
    // A 401 has already brought the log-in panel, with the form kept behind it.
    if (error.status === 401) return;
    this.#say(refusalNotice(this.#form, error));
    this.#toldOfOutage = isOutage(error);
    // It may have been booked all the same; the map knows.
    if (isUndecided(error)) this.#callbacks.onSeatInDoubt(seatNumber);
  }

  #say(told) {
    this.#toldOfOutage = false;
    this.#notice = told;
    tell(this.#told, told);
  }
}

/** A ticket left open by one user is not shown to the next. */
function mayShow(ticket) {
  return isStaff() || ticket.userId === currentUser()?.id;
}

function ticketTitle(ticket) {
  const { status, paymentStatus } = ticket;
  if (status === "RESERVED") return isStaff() ? "Seat held" : "Your seat is held";
  if (status === "CONFIRMED") return isStaff() ? "Ticket sold" : "Your ticket";
  if (status === "SUSPENDED") return "Ticket suspended";
  if (ranOut(ticket)) return "The hold has run out";
  return paymentStatus === "REFUNDED" ? "Cancelled and refunded" : "Cancelled";
}

function neighbourWords({ number, gender }) {
  if (!gender) return `Seat ${number} beside it is free.`;
  return gender === "OTHER" ? `Seat ${number} beside it is taken.` : `A ${GENDER_WORDS[gender]} travels beside it on seat ${number}.`;
}
