// Decides how a booking is shown and what can still be done with it: pay it while it is held, cancel one of
// its tickets or all. The hold runs by the server's clock; when it ends, the server is asked what became of it.

import { isUndecided } from "./api.js";
import { BookingAccess } from "./booking-access.js";
import { bookingStatus, expiryOf, hasLeft, journeysOf, liveTickets, ranOut, segmentDeparture, statusOf, sumOf, unpaidTickets } from "./booking-facts.js";
import { serverNow } from "./clock.js";
import { announce, el, icon, notice, replace } from "./dom.js";
import { errorNotice, setBusy } from "./fields.js";
import { capitalised, longDate, money, seatsInWords, shortDate, timeOf } from "./format.js";
import { HoldClock } from "./hold-clock.js";
import { SEAT_GONE, paymentForm, showPaid } from "./payment.js";
import { currentUser, isStaff } from "./session.js";

const TICK_MS = 250;
/** The server's own timer may come a little after the moment itself. */
const AFTER_EXPIRY_MS = 1_500;
const ASK_AGAIN_MS = 4_000;
/** What is known of the server's clock may be so far behind it. */
const CLOCK_MARGIN_MS = 1_500;
/** What is asked about all of a booking, where else one of its tickets stands. */
const ALL = "all";

export class BookingCard {
  #booking;
  #access;
  #options;
  #timer;
  #saidSoon = false;
  /** When to ask what became of a hold that has ended, by the server's clock. */
  #askAt_ms = 0;
  /** The id of the ticket that may be cancelled, once the question is answered; or `ALL`. */
  #asksToCancel;
  #paying;
  #form;
  /** What the form asks for. */
  #formSum;
  #told = el("div", { class: "form-told", "data-testid": "pay-result" });
  #clock = new HoldClock();

  /**
   * `compact`: payment only after asking for it, as in a list. `guest`: `{pnrNumber, phone}` of a traveller
   * without an account. `onChanged(booking)` whenever it has another state than before.
   */
  constructor(booking, { compact = false, heading = "h3", guest, onChanged = () => {}, onOpenMap } = {}) {
    this.#booking = booking;
    this.#access = new BookingAccess(booking.id, guest);
    this.#options = { compact, heading, guest, onChanged, onOpenMap };
    this.#paying = !compact;
    this.element = el("article", { class: "ticket", tabindex: "-1", "data-testid": "ticket", "data-booking-id": booking.id });
    this.#render();
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  get booking() {
    return this.#booking;
  }

  /** Whether it is shown to somebody without an account. */
  get isGuests() {
    return this.#options.guest !== undefined;
  }

  /** Takes over what is known about the booking now. */
  update(known) {
    if (known.id !== this.#booking.id) return;
    const booking = { ...known, tickets: known.tickets.map((ticket) => this.#withEnd(ticket)) };
    // What was said of the payment before is not true of a hold that is over; that the seat has gone is.
    if (booking.tickets.some(ranOut) && this.#told.dataset.errorCode !== SEAT_GONE) replace(this.#told);
    const same = signature(booking) === signature(this.#booking);
    this.#booking = booking;
    if (same) return;
    this.#render();
    this.#options.onChanged(booking);
  }

  /** Asks the server for the booking as it is. */
  async refresh() {
    try {
      this.update(await this.#access.read());
    } catch {
      // It stays as it was shown; the next change or visit brings it up to date.
    }
  }

  close() {
    clearInterval(this.#timer);
  }

  #render() {
    const booking = this.#booking;
    const { tickets } = booking;
    const [only] = tickets.length === 1 ? tickets : [];
    const live = liveTickets(booking);
    const changeable = live.filter(mayChange);
    const canPay = unpaidTickets(booking).length > 0 && unpaidTickets(booking).every(mayChange);
    this.element.dataset.status = only?.status ?? booking.status ?? "";
    this.element.dataset.live = String(live.length > 0);
    if (only) this.element.dataset.ticketId = only.id;
    if (canPay && this.#paying) this.#keepForm();
    else if (!canPay) this.#form = undefined;
    const ended = tickets.filter(ranOut);
    replace(
      this.element,
      this.#head(),
      journeysOf(booking).map((journey) => this.#journey(journey, only)),
      this.#facts(only),
      canPay && this.#clock.element,
      live.some(({ route }) => route?.isActive === false) && offSaleNotice(unpaidTickets(booking).length > 0),
      // In a list the chip says it, and later the seats may be somebody's again.
      !this.#options.compact && ended.length > 0 && ranOutNotice(ended),
      canPay && this.#paying && this.#form,
      this.#told,
      (canPay && !this.#paying) || changeable.length > 0 || this.#options.onOpenMap
        ? el(
            "div",
            { class: "ticket-actions" },
            canPay && !this.#paying && this.#payButton(),
            this.#options.onOpenMap && this.#mapButton(),
            changeable.length > 0 && (this.#asksToCancel === ALL ? this.#cancelQuestion(changeable) : this.#cancelButton(changeable)),
          )
        : undefined,
    );
    this.#tick();
  }

  #head() {
    const { words, tone } = bookingStatus(this.#booking);
    return el(
      "header",
      { class: "ticket-head" },
      el(
        "div",
        {},
        el("span", { class: "quiet ticket-pnr-label" }, "PNR"),
        el("span", { class: "pnr", "data-testid": "pnr", translate: "no" }, this.#booking.pnrNumber ?? "–"),
      ),
      el("span", { class: "chip status-chip", "data-tone": tone, "data-testid": "ticket-status" }, words),
    );
  }

  #journey({ tickets }, only) {
    const [{ fromCity, toCity }] = tickets;
    const departure = segmentDeparture(tickets[0]);
    return el(
      "section",
      { class: "ticket-journey" },
      el(this.#options.heading, { class: "ticket-title", lang: "tr" }, fromCity, icon("arrow"), toCity),
      !only && el("p", { class: "quiet" }, el("time", { datetime: departure, title: longDate(departure) }, `${shortDate(departure)}, ${timeOf(departure)}`)),
      !only && el("ul", { class: "ticket-lines" }, tickets.map((ticket) => this.#line(ticket))),
    );
  }

  /** One of several tickets. */
  #line(ticket) {
    const { words, tone } = statusOf(ticket);
    const isLive = liveTickets({ tickets: [ticket] }).length > 0;
    return el(
      "li",
      { class: "ticket-line", "data-testid": "ticket-line", "data-ticket-id": ticket.id, "data-live": isLive },
      el("span", { class: "line-seat" }, el("span", { class: "visually-hidden" }, "Seat "), String(ticket.seatNumber)),
      el("span", { class: "line-name", lang: "tr" }, ticket.passengerName),
      words !== bookingStatus(this.#booking).words && el("span", { class: "chip status-chip", "data-tone": tone }, words),
      isLive && mayChange(ticket) && this.#asksToCancel !== ticket.id && this.#lineButton(ticket),
      this.#asksToCancel === ticket.id && this.#cancelQuestion([ticket]),
    );
  }

  #lineButton(ticket) {
    const verb = ticket.status === "RESERVED" ? "Release" : "Cancel";
    return el(
      "button",
      {
        type: "button",
        class: "button button-quiet button-small",
        "data-testid": "cancel-one",
        "aria-label": `${verb} seat ${ticket.seatNumber} of ${ticket.passengerName}`,
        onclick: () => this.#ask(ticket.id),
      },
      verb,
    );
  }

  #facts(only) {
    const fact = (label, value, lang) => value && el("div", {}, el("dt", {}, label), el("dd", { lang }, value));
    const departure = only && segmentDeparture(only);
    const [first] = this.#booking.tickets;
    const { paid, refunded, tickets } = this.#booking;
    const live = liveTickets(this.#booking);
    return el(
      "dl",
      { class: "ticket-facts" },
      only && fact("Seat", el("strong", {}, String(only.seatNumber))),
      only && fact("Departure", el("time", { datetime: departure, title: longDate(departure) }, `${shortDate(departure)}, ${timeOf(departure)}`)),
      only && fact("Passenger", only.passengerName, "tr"),
      fact(only ? "Price" : "Total", el("span", { "data-testid": "booking-total" }, money(sumOf(only || live.length === 0 ? tickets : live)))),
      paid > 0 && !only && fact("Paid", money(paid)),
      refunded > 0 && fact("Refunded", money(refunded)),
      isStaff() && first.userPhoneNumber && fact("Phone", first.userPhoneNumber),
      isStaff() && first.issuedBy && fact("Issued by", `${first.issuedBy.firstName} ${first.issuedBy.lastName}`, "tr"),
    );
  }

  /** The form stays while it asks for the same sum, with what is typed in it. */
  #keepForm() {
    const sum = sumOf(unpaidTickets(this.#booking));
    if (this.#form && this.#formSum === sum) return;
    this.#formSum = sum;
    this.#form = paymentForm(sum, {
      told: this.#told,
      send: (card) => this.#access.pay(card),
      seats: unpaidTickets(this.#booking).length,
      onPaid: (answer) => {
        showPaid(this.#told, answer);
        announce("Paid");
        this.#markPaid(answer);
        this.refresh();
      },
      onStale: () => this.refresh(),
    });
  }

  /** What the answer says already, until the booking is read again. */
  #markPaid({ ticket }) {
    const { status, paymentStatus } = ticket;
    const tickets = this.#booking.tickets.map((each) => (each.status === "RESERVED" ? { ...each, status, paymentStatus, expiresAt: null } : each));
    this.update({ ...this.#booking, tickets });
  }

  #payButton() {
    return el(
      "button",
      {
        type: "button",
        class: "button button-primary",
        "data-testid": "pay-open",
        onclick: async () => {
          // A list may have ended in the middle of a booking; what is paid is all of it.
          await this.refresh();
          this.#paying = true;
          this.#render();
          this.#form?.querySelector("input")?.focus();
        },
      },
      icon("card"),
      `Pay ${money(sumOf(unpaidTickets(this.#booking)))}`,
    );
  }

  #mapButton() {
    return el("button", { type: "button", class: "button", onclick: () => this.#options.onOpenMap(placeOf(this.#booking)) }, icon("seat"), "Seat map");
  }

  #cancelButton(tickets) {
    const held = tickets.every(({ status }) => status === "RESERVED");
    const one = this.#booking.tickets.length === 1;
    const words = held ? (one ? "Release the seat" : "Release all seats") : one ? "Cancel ticket" : "Cancel all tickets";
    return el(
      "button",
      {
        type: "button",
        class: "button button-danger",
        "data-testid": "cancel-ticket",
        // Letting go of an unpaid seat costs nothing; several at once, or paid ones, deserve a second thought.
        onclick: ({ currentTarget }) => (held && one ? this.#cancel(ALL, currentTarget) : this.#ask(ALL)),
      },
      words,
    );
  }

  #ask(what) {
    this.#asksToCancel = what;
    this.#render();
    this.element.querySelector("[data-testid=cancel-confirm]")?.focus();
  }

  #cancelQuestion(tickets) {
    const paid = tickets.filter(({ paymentStatus }) => paymentStatus === "PAID");
    const what = tickets.length === 1 ? "this ticket" : `all ${tickets.length} tickets`;
    const held = tickets.every(({ status }) => status === "RESERVED");
    const question = held
      ? `Release ${seatsInWords(tickets.map(({ seatNumber }) => seatNumber))}?`
      : paid.length > 0
        ? `Cancel ${what} and get ${money(sumOf(paid))} back?`
        : `Cancel ${what}?`;
    const asked = this.#asksToCancel;
    return el(
      "div",
      { class: "cancel-question", role: "group", "aria-label": question },
      el("p", {}, question),
      el(
        "button",
        { type: "button", class: "button button-danger-solid", "data-testid": "cancel-confirm", onclick: ({ currentTarget }) => this.#cancel(asked, currentTarget) },
        held ? "Yes, release" : "Yes, cancel",
      ),
      el("button", { type: "button", class: "button", onclick: () => this.#ask(undefined) }, "Keep it"),
    );
  }

  async #cancel(what, button) {
    button.disabled = true;
    if (this.#form) setBusy(this.#form, true);
    try {
      if (what === ALL) this.update(await this.#access.cancelAll());
      else await this.#access.cancelTicket(what);
      replace(this.#told);
      announce(what === ALL && this.#booking.tickets.length > 1 ? "All tickets are cancelled" : "Ticket cancelled");
      if (what !== ALL) await this.refresh();
    } catch (error) {
      this.#told.dataset.result = "error";
      replace(this.#told, errorNotice(error));
      this.refresh();
      // Nobody knows whether it was done: the same question, answered again, is the same wish.
      if (isUndecided(error)) return;
    } finally {
      button.disabled = false;
      if (this.#form) setBusy(this.#form, false);
    }
    this.#asksToCancel = undefined;
    this.#render();
    // The button has gone with what it asked for.
    if (document.activeElement === document.body) this.element.focus({ preventScroll: true });
  }

  /** What a guest sees of a ticket does not say why it ended; who has watched its time run out knows. */
  #withEnd(ticket) {
    const before = this.#booking.tickets.find(({ id }) => id === ticket.id);
    const isOver = () => Date.parse(before.expiresAt) <= serverNow() + CLOCK_MARGIN_MS;
    const hasRunOut = before?.hasRunOut || (before?.status === "RESERVED" && isOver());
    return hasRunOut && ticket.status === "CANCELLED" ? { ...ticket, hasRunOut } : ticket;
  }

  #tick() {
    const expiresAt = expiryOf(this.#booking);
    if (!expiresAt) return;
    const left_ms = Date.parse(expiresAt) - serverNow();
    const [held] = unpaidTickets(this.#booking);
    const createdAt = held.createdAt ?? this.#booking.createdAt;
    const whole_ms = createdAt ? Math.max(1, Date.parse(expiresAt) - Date.parse(createdAt)) : undefined;
    this.#clock.show({ words: isStaff() ? "Held, pay within " : "Held for you, pay within ", left_ms, whole_ms });
    if (left_ms < 60_000 && left_ms > 0 && !this.#saidSoon) {
      this.#saidSoon = true;
      announce(`Less than a minute left to pay for ${seatsInWords(unpaidTickets(this.#booking).map(({ seatNumber }) => seatNumber))}`);
    }
    if (left_ms < -AFTER_EXPIRY_MS && serverNow() > this.#askAt_ms) {
      // Asked again in a while if the server has not ended the hold yet.
      this.#askAt_ms = serverNow() + ASK_AGAIN_MS;
      this.refresh();
    }
  }
}

/** Which map shows it. */
function placeOf({ tickets: [{ routeId, route, fromCity, toCity }] }) {
  return { routeId: routeId ?? route.id, fromCity, toCity };
}

/** Once its stop has been left the server takes changes from an administrator alone. */
function mayChange(ticket) {
  return currentUser()?.role === "ADMIN" || !hasLeft(ticket);
}

/** Two bookings that look alike have the same. */
function signature({ tickets, paid, refunded }) {
  return JSON.stringify([tickets.map(({ id, status, paymentStatus, seatNumber }) => [id, status, paymentStatus, seatNumber]), paid, refunded]);
}

function offSaleNotice(isUnpaid) {
  const can = isUnpaid ? "It can still be paid or cancelled" : "It can still be cancelled";
  return notice(
    "warn",
    el("strong", {}, "This departure has been taken off sale."),
    el("p", {}, `Your ticket stays valid. ${can}, but it cannot take another seat.`),
  );
}

function ranOutNotice(tickets) {
  const seats = tickets.map(({ seatNumber }) => seatNumber);
  const are = seats.length === 1 ? "is" : "are";
  return notice(
    "warn",
    el("strong", {}, "The hold has ended."),
    el("p", {}, `${capitalised(seatsInWords(seats))} ${are} on sale again, as nobody paid in time. Nothing was charged.`),
  );
}
