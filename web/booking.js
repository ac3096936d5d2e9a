// Decides what stands beside the map: the way to choose, who travels, a seat that is taken, or the booking that
// came of it. Keeps the invariant that what was typed survives a lost seat, a lost session and a lost connection.

import { get, isOutage } from "./api.js";
import { authPanel } from "./auth-panel.js";
import { BookingCard } from "./booking-card.js";
import { liveTickets, ranOut } from "./booking-facts.js";
import { el, icon, notice, replace, tell } from "./dom.js";
import { errorNotice, refusalNotice, setBusy, submitButton } from "./fields.js";
import { capitalised, money, seatsInWords } from "./format.js";
import { HoldNotice } from "./hold-notice.js";
import { partySize } from "./party-size.js";
import { PassengerForm } from "./passenger-form.js";
import { onServerBack } from "./server-reach.js";
import { currentUser, isStaff, onSessionChange } from "./session.js";

const TYPING_MS = 60_000;

export class BookingPanel {
  #trip;
  #form;
  #holdNotice = new HoldNotice();
  #body = el("div", { class: "booking-body" });
  #told = el("div", { class: "form-told", "data-testid": "booking-notice" });
  #foot = el("p", { class: "quiet form-foot" });
  #submit = submitButton("Book", { testId: "book-submit", extraClass: "wide" });
  /** @type {{kind: "empty", isSoldOut?: boolean} | {kind: "seats"} | {kind: "taken", seat: object} | {kind: "booking", card: BookingCard}} */
  #shown = { kind: "empty" };
  #notice;
  #toldOfOutage = false;
  #sessionEnded = false;
  #isSending = false;
  #typedAt = -Infinity;
  #stopListening;

  /**
   * `trip` knows the party: `passengers`, `isSoldOut`, `isSold`, `total`, `hold`, `describe(passenger)`, `wayBack`, `blocking`; and does
   * what is asked for: `book(values, more)`, `booked(booking, guest)`, `refused(error)`, `removePassenger(passenger)`, `addPassengers(count)`, `letGo()`,
   * `bookingChanged()`.
   */
  constructor(trip) {
    this.#trip = trip;
    this.#form = new PassengerForm({
      onSubmit: () => this.submit(),
      onRemove: (passenger) => trip.removePassenger(passenger),
      foot: [this.#submit, this.#foot],
    });
    this.#form.element.addEventListener("input", () => {
      this.#typedAt = performance.now();
      this.showSeats();
    });
    this.element = el("section", { class: "card booking", "aria-label": "Booking", "data-testid": "booking" }, this.#body);
    const stopBack = onServerBack(() => {
      if (this.#toldOfOutage) this.#notice = undefined;
    });
    const stopSession = onSessionChange(({ reason }) => {
      this.#sessionEnded = reason === "expired";
      const { card } = this.#shown;
      if (card && !card.isGuests && reason !== "expired" && !mayShow(card.booking)) this.#set({ kind: trip.passengers.length > 0 ? "seats" : "empty" });
      else this.#render();
    });
    this.#stopListening = () => {
      stopBack();
      stopSession();
    };
    this.#render();
  }

  /** Shows who travels, or the way to choose when nobody does; a notice stays unless it is told to go. */
  showSeats({ anew = false } = {}) {
    const kind = this.#trip.passengers.length > 0 ? "seats" : "empty";
    if (anew) {
      const hadFocus = this.#told.contains(document.activeElement);
      this.#notice = undefined;
      replace(this.#told);
      if (hadFocus) this.#keepFocus();
    }
    if (!anew && (this.#shown.kind === "booking" || this.#shown.kind === "taken")) return;
    const isSame = kind === this.#shown.kind && (kind === "seats" || this.#shown.isSoldOut === this.#trip.isSoldOut);
    if (isSame) this.#refreshSeats();
    else this.#set({ kind, isSoldOut: this.#trip.isSoldOut });
  }

  /** A seat that is somebody else's. `seat`: {number, title, words, segments: [{from, to, words, pnrNumber?, passengerName?}], more?} */
  showTaken(seat) {
    this.#notice = undefined;
    this.#set({ kind: "taken", seat });
  }

  /** Knows more of the seat that is being shown, if it still is. */
  updateTaken(seat) {
    if (this.#shown.kind === "taken" && this.#shown.seat.number === seat.number) this.showTaken(seat);
  }

  /** `quietly`: nobody asked for it, so the focus stays where it is. */
  showBooking(booking, { quietly = false, guest } = {}) {
    this.#notice = undefined;
    const card = new BookingCard(booking, {
      guest,
      onChanged: () => {
        this.#render();
        this.#trip.bookingChanged();
      },
    });
    this.#set({ kind: "booking", card });
    if (quietly) return;
    this.element.scrollTop = 0;
    this.#body.querySelector("h2").focus({ preventScroll: true });
    // What was scrolled to may have been much longer than the booking that took its place.
    if (this.element.getBoundingClientRect().top < 0) this.element.scrollIntoView({ block: "start" });
  }

  /** Chosen seats have gone to somebody else. */
  seatsLost(seats) {
    const have = seats.length === 1 ? "has" : "have";
    this.#notice = notice(
      "warn",
      el("strong", {}, `${capitalised(seatsInWords(seats))} ${have} just been taken.`),
      el("p", {}, "Somebody else was faster. Nothing was charged. Choose another free seat; what you typed is kept."),
    );
    this.#set({ kind: this.#trip.passengers.length > 0 ? "seats" : "empty" });
  }

  /** Something that has to be read before going on. */
  say(...told) {
    this.#notice = notice("warn", ...told);
    tell(this.#told, this.#notice);
  }

  /** Shows how the chosen seats are held now. */
  showHold() {
    if (this.#trip.hold) this.#holdNotice.show(this.#trip.hold);
  }

  /** Whether somebody is filling in the form. */
  get isBusy() {
    return this.#shown.kind === "seats" && performance.now() - this.#typedAt < TYPING_MS;
  }

  /** Whether nothing was chosen and nothing has to be read here. */
  get isIdle() {
    return this.#shown.kind === "empty" && !this.#notice;
  }

  /** Whether a booking is on its way to the server. */
  get isSending() {
    return this.#isSending;
  }

  /** The booking that is being shown, if any. */
  get booking() {
    return this.#shown.card?.booking;
  }

  get genders() {
    return this.#form.genders;
  }

  updateBooking(booking) {
    this.#shown.card?.update(booking);
  }

  refreshBooking() {
    this.#shown.card?.refresh();
  }

  close() {
    this.#stopListening();
    this.#shown.card?.close();
  }

  #set(shown) {
    if (this.#shown.card !== shown.card) this.#shown.card?.close();
    this.#shown = shown;
    this.#render();
  }

  #render() {
    const hadFocus = this.element?.contains(document.activeElement);
    replace(this.#told, this.#notice);
    this.element.dataset.shown = this.#shown.kind;
    const render = { empty: () => this.#renderEmpty(), seats: () => this.#renderSeats(), taken: () => this.#renderTaken(), booking: () => this.#renderBooking() };
    replace(this.#body, render[this.#shown.kind]());
    this.#refreshSeats();
    if (hadFocus) this.#keepFocus();
  }

  /** What was pressed may be gone: whoever came by keyboard goes on at the top of the panel. */
  #keepFocus() {
    if (!this.element.contains(document.activeElement)) this.#body.querySelector("h2")?.focus({ preventScroll: true });
  }

  #renderEmpty() {
    return [
      el("h2", { tabindex: "-1" }, isStaff() ? "Seats" : "Your seats"),
      this.#told,
      el("div", { class: "empty empty-small" }, icon("seat"), el("p", { "data-testid": "booking-hint" }, this.#hint())),
      this.#trip.isSold && !this.#trip.isSoldOut && partySize({ onChoose: (count) => this.#trip.addPassengers(count) }),
    ];
  }

  #hint() {
    if (!this.#trip.isSold) return "This part of the route is not sold separately.";
    if (this.#trip.isSoldOut) return "Every seat is sold on this part of the route. If one becomes free, the map shows it at once.";
    return "Choose one to ten free seats on the map.";
  }

  #renderSeats() {
    return [
      el("h2", { tabindex: "-1" }, isStaff() ? "Seats" : "Your seats"),
      this.#holdNotice.element,
      this.#told,
      this.#sessionEnded && !currentUser()
        ? [authPanel({ reason: "Your session has ended. Log in again – what you typed is kept." }), this.#withoutAccount()]
        : [this.#trip.wayBack, !currentUser() && guestNote(), this.#form.element],
      isStaff() && this.#trip.blocking,
    ];
  }

  #withoutAccount() {
    const goOn = () => {
      this.#sessionEnded = false;
      this.#render();
    };
    return el("button", { type: "button", class: "button button-quiet", "data-testid": "go-on-as-guest", onclick: goOn }, "Continue without logging in");
  }

  #refreshSeats() {
    if (this.#shown.kind !== "seats") return;
    const hadFocus = this.element.contains(document.activeElement);
    const { passengers, total } = this.#trip;
    this.#form.show(passengers, (passenger) => this.#trip.describe(passenger));
    const user = currentUser();
    if (user?.role === "CUSTOMER") this.#form.prefill(user);
    const what = passengers.length === 1 ? "this seat" : `${passengers.length} seats`;
    replace(this.#submit.querySelector(".button-label"), `${isStaff() ? "Sell" : "Book"} ${what} · ${money(total)}`);
    this.#foot.textContent = isStaff()
      ? "Sold at once, paid in cash."
      : `Nothing is charged yet: ${passengers.length === 1 ? "the seat is" : "the seats are"} held for you while you pay.`;
    this.showHold();
    if (hadFocus) this.#keepFocus();
  }

  #renderTaken() {
    const { seat } = this.#shown;
    const slot = el("div", { class: "form-told" });
    return [
      el("h2", { tabindex: "-1" }, `Seat ${seat.number}`),
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
      seat.more,
      slot,
      !isStaff() && el("p", { class: "quiet" }, "Choose another free seat. If this one becomes free, the map shows it at once."),
      this.#trip.passengers.length > 0 &&
        el("button", { type: "button", class: "button wide", "data-testid": "back-to-seats", onclick: () => this.showSeats({ anew: true }) }, "Back to the passengers"),
    ];
  }

  #renderBooking() {
    const { card } = this.#shown;
    const isHeld = card.booking.tickets.some(({ status }) => status === "RESERVED");
    return [
      el("h2", { tabindex: "-1" }, bookingTitle(card.booking)),
      this.#sessionEnded && !currentUser() && authPanel({ reason: "Your session has ended. Log in again – nothing is lost." }),
      card.element,
      !isHeld &&
        el("button", { type: "button", class: "button wide", "data-testid": "book-another", onclick: () => this.#trip.letGo() }, isStaff() ? "Sell another seat" : "Book another seat"),
    ];
  }

  async #openByPnr(pnrNumber, slot) {
    try {
      this.showBooking(await get(`/bookings/pnr/${encodeURIComponent(pnrNumber)}`));
    } catch (error) {
      replace(slot, errorNotice(error));
    }
  }

  /** Sends the form; `more` is said with it. */
  async submit(more) {
    if (this.#isSending || !this.#form.check()) return;
    this.#isSending = true;
    setBusy(this.#form.element, true);
    this.#sayOfBooking(undefined);
    try {
      const { values } = this.#form;
      const booking = await this.#trip.book(values, more);
      const guest = currentUser() ? undefined : { pnrNumber: booking.pnrNumber, phone: values.contact.phone };
      this.#endSending();
      this.#form.reset();
      this.showBooking(booking, { guest });
      this.#trip.booked(booking, guest);
    } catch (error) {
      this.#endSending();
      this.#refused(error);
    }
  }

  #endSending() {
    this.#isSending = false;
    setBusy(this.#form.element, false);
  }

  #refused(error) {
    // A 401 has already brought the log-in panel, with the form kept behind it.
    if (error.status === 401) return;
    const told = this.#trip.refused(error);
    if (told === null) return;
    // What is not offered to one passenger stands far above the button, beside the seats.
    if (told) this.element.scrollTop = 0;
    this.#sayOfBooking(told ?? refusalNotice(this.#form.element, error, { show: (faults) => this.#form.showFaults(faults) }));
    this.#toldOfOutage = isOutage(error);
  }

  #sayOfBooking(told) {
    this.#toldOfOutage = false;
    this.#notice = told;
    tell(this.#told, told);
  }
}

/** Nobody needs an account; who has one finds the booking there. */
function guestNote() {
  return el("p", { class: "quiet guest-note", "data-testid": "guest-note" }, icon("user"), "You need no account. With one, your tickets are in My tickets.");
}

/** A booking left open by one user is not shown to the next. */
function mayShow({ tickets }) {
  return isStaff() || tickets[0].userId === currentUser()?.id;
}

function bookingTitle(booking) {
  const { tickets } = booking;
  const live = liveTickets(booking);
  const of = (status) => live.some((ticket) => ticket.status === status);
  const one = tickets.length === 1;
  if (of("RESERVED")) return isStaff() ? (one ? "Seat held" : "Seats held") : one ? "Your seat is held" : "Your seats are held";
  if (of("CONFIRMED")) return isStaff() ? (one ? "Ticket sold" : "Tickets sold") : one ? "Your ticket" : "Your tickets";
  if (of("SUSPENDED")) return one ? "Ticket suspended" : "Tickets suspended";
  if (tickets.every(ranOut)) return "The hold has ended";
  return tickets.some(({ paymentStatus }) => paymentStatus === "REFUNDED") ? "Cancelled and refunded" : "Cancelled";
}
