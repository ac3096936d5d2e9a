// Decides how one ticket is shown and what can still be done with it: pay while it is held, cancel while it
// counts. The hold runs by the server's clock; when it ends, the server is asked what became of the ticket.

import { Intention, get } from "./api.js";
import { serverNow } from "./clock.js";
import { config } from "./config.js";
import { announce, el, icon, notice, replace } from "./dom.js";
import { errorNotice, setBusy } from "./fields.js";
import { countdown, longDate, money, shortDate, timeOf } from "./format.js";
import { SEAT_GONE, paymentForm, showPaid } from "./payment.js";
import { currentUser, isStaff } from "./session.js";

const TICK_MS = 250;
const SOON_MS = 2 * 60_000;
/** The server's own timer may come a little after the moment itself. */
const AFTER_EXPIRY_MS = 1_500;
const ASK_AGAIN_MS = 4_000;

export class TicketPanel {
  #ticket;
  #options;
  #intention = new Intention();
  #timer;
  #saidSoon = false;
  /** When to ask what became of a hold that has ended, by the server's clock. */
  #askAt_ms = 0;
  #asksToCancel = false;
  #paying;
  #form;
  #told = el("div", { class: "form-told", "data-testid": "pay-result" });
  #hold = el("div", { class: "hold" });

  /**
   * `compact`: payment only after asking for it, as in a list.
   * `onChanged(ticket)` whenever it has another state than before.
   */
  constructor(ticket, { compact = false, heading = "h3", onChanged = () => {}, onOpenMap } = {}) {
    this.#ticket = ticket;
    this.#options = { compact, heading, onChanged, onOpenMap };
    this.#paying = !compact;
    this.element = el("article", { class: "ticket", "data-testid": "ticket", "data-ticket-id": ticket.id });
    this.#render();
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  get ticket() {
    return this.#ticket;
  }

  /** Takes over what is known about the ticket now. */
  update(ticket) {
    if (ticket.id !== this.#ticket.id) return;
    // What was said of the payment before is not true of a hold that is over; that the seat has gone is.
    if (ranOut(ticket) && this.#told.dataset.errorCode !== SEAT_GONE) replace(this.#told);
    const same = ticket.status === this.#ticket.status && ticket.paymentStatus === this.#ticket.paymentStatus;
    this.#ticket = { ...this.#ticket, ...ticket };
    if (same) return;
    if (ticket.status !== "RESERVED") this.#form = undefined;
    this.#render();
    this.#options.onChanged(this.#ticket);
  }

  /** Asks the server for the ticket as it is. */
  async refresh() {
    try {
      this.update(await get(`/tickets/${this.#ticket.id}`));
    } catch {
      // It stays as it was shown; the next change or visit brings it up to date.
    }
  }

  close() {
    clearInterval(this.#timer);
  }

  #render() {
    const ticket = this.#ticket;
    const counts = ["RESERVED", "CONFIRMED", "SUSPENDED"].includes(ticket.status);
    // Once its stop has been left the server takes changes from an administrator alone.
    const canChange = currentUser()?.role === "ADMIN" || !(Date.parse(segmentDeparture(ticket)) <= serverNow());
    const canPay = canChange && ticket.status === "RESERVED" && ticket.paymentStatus !== "PAID";
    const canCancel = canChange && counts;
    this.element.dataset.status = ticket.status;
    this.element.dataset.paymentStatus = ticket.paymentStatus;
    if (canPay && this.#paying) this.#form ??= this.#makeForm();
    replace(
      this.element,
      this.#head(),
      this.#facts(),
      canPay && this.#hold,
      counts && ticket.route?.isActive === false && this.#offSaleNotice(),
      // In a list the chip says it, and later the seat may be somebody's again.
      !this.#options.compact && ranOut(ticket) && this.#ranOutNotice(),
      canPay && this.#paying && this.#form,
      this.#told,
      (canPay && !this.#paying) || canCancel || this.#options.onOpenMap
        ? el(
            "div",
            { class: "ticket-actions" },
            canPay && !this.#paying && this.#payButton(),
            this.#options.onOpenMap && this.#mapButton(),
            canCancel && (this.#asksToCancel ? this.#cancelQuestion() : this.#cancelButton()),
          )
        : undefined,
    );
    this.#tick();
  }

  #offSaleNotice() {
    const can = this.#ticket.status === "RESERVED" ? "It can still be paid or given up" : "It can still be cancelled";
    return notice(
      "warn",
      el("strong", {}, "This departure has been taken off sale."),
      el("p", {}, `Your ticket stays valid. ${can}, but it cannot take another seat.`),
    );
  }

  #ranOutNotice() {
    return notice(
      "warn",
      el("strong", {}, "The hold has run out."),
      el("p", {}, `It was not paid in time, so seat ${this.#ticket.seatNumber} is on sale again. Nothing was charged.`),
    );
  }

  #head() {
    const { words, tone } = statusOf(this.#ticket);
    return el(
      "header",
      { class: "ticket-head" },
      el(
        "div",
        {},
        el("span", { class: "quiet ticket-pnr-label" }, "PNR"),
        el("span", { class: "pnr", "data-testid": "pnr", translate: "no" }, this.#ticket.pnrNumber ?? "–"),
      ),
      el("span", { class: "chip status-chip", "data-tone": tone, "data-testid": "ticket-status" }, words),
    );
  }

  #facts() {
    const ticket = this.#ticket;
    const departure = segmentDeparture(ticket);
    const fact = (label, value, lang) => value && el("div", {}, el("dt", {}, label), el("dd", { lang }, value));
    return [
      el(
        this.#options.heading,
        { class: "ticket-title", lang: "tr" },
        ticket.fromCity,
        icon("arrow"),
        ticket.toCity,
      ),
      el(
        "dl",
        { class: "ticket-facts" },
        fact("Seat", el("strong", {}, String(ticket.seatNumber))),
        fact("Departure", departure && el("time", { datetime: departure, title: longDate(departure) }, `${shortDate(departure)}, ${timeOf(departure)}`)),
        fact("Passenger", ticket.passengerName, "tr"),
        fact("Price", money(ticket.price)),
        isStaff() && ticket.userPhoneNumber && fact("Phone", ticket.userPhoneNumber),
        isStaff() && ticket.issuedBy && fact("Issued by", `${ticket.issuedBy.firstName} ${ticket.issuedBy.lastName}`, "tr"),
      ),
    ];
  }

  #makeForm() {
    return paymentForm(this.#ticket, {
      told: this.#told,
      onPaid: (answer) => {
        showPaid(this.#told, answer);
        announce("Paid");
        this.update({ ...this.#ticket, ...answer.ticket });
        this.refresh();
      },
      onStale: () => this.refresh(),
    });
  }

  #payButton() {
    return el(
      "button",
      {
        type: "button",
        class: "button button-primary",
        "data-testid": "pay-open",
        onclick: () => {
          this.#paying = true;
          this.#render();
          this.#form.querySelector("input")?.focus();
        },
      },
      icon("card"),
      `Pay ${money(this.#ticket.price)}`,
    );
  }

  #mapButton() {
    return el("button", { type: "button", class: "button", onclick: () => this.#options.onOpenMap(this.#ticket) }, icon("seat"), "Seat map");
  }

  #cancelButton() {
    const held = this.#ticket.status === "RESERVED";
    const button = el(
      "button",
      {
        type: "button",
        class: "button button-danger",
        "data-testid": "cancel-ticket",
        onclick: () => {
          if (held) {
            this.#cancel(button);
            return;
          }
          this.#asksToCancel = true;
          this.#render();
          this.element.querySelector("[data-testid=cancel-confirm]").focus();
        },
      },
      held ? "Release the seat" : "Cancel ticket",
    );
    return button;
  }

  /** Letting go of an unpaid seat costs nothing; giving back a paid ticket deserves a second thought. */
  #cancelQuestion() {
    const paid = this.#ticket.paymentStatus === "PAID";
    const yes = el(
      "button",
      { type: "button", class: "button button-danger-solid", "data-testid": "cancel-confirm", onclick: () => this.#cancel(yes) },
      "Yes, cancel",
    );
    const no = el(
      "button",
      {
        type: "button",
        class: "button",
        onclick: () => {
          this.#asksToCancel = false;
          this.#render();
        },
      },
      "Keep it",
    );
    const question = paid ? `Cancel this ticket and get ${money(this.#ticket.price)} back?` : "Cancel this ticket?";
    return el("div", { class: "cancel-question", role: "group", "aria-label": question }, el("p", {}, question), yes, no);
  }

  async #cancel(button) {
    button.disabled = true;
    if (this.#form) setBusy(this.#form, true);
    try {
      const ticket = await this.#intention.send("DELETE", `/tickets/${this.#ticket.id}`);
      this.#asksToCancel = false;
      replace(this.#told);
      announce("Ticket cancelled");
      this.update(ticket);
    } catch (error) {
      this.#told.dataset.result = "error";
      replace(this.#told, errorNotice(error));
      this.refresh();
    } finally {
      button.disabled = false;
      if (this.#form) setBusy(this.#form, false);
    }
  }

  #tick() {
    const { status, expiresAt, createdAt } = this.#ticket;
    if (status !== "RESERVED" || !expiresAt) return;
    const left_ms = Date.parse(expiresAt) - serverNow();
    const whole_ms = Math.max(1, Date.parse(expiresAt) - Date.parse(createdAt));
    // The clock is a lower bound of the server's: it must not give more than there was.
    this.#showHold(Math.min(left_ms, whole_ms), whole_ms);
    if (left_ms < 60_000 && left_ms > 0 && !this.#saidSoon) {
      this.#saidSoon = true;
      announce(`Less than a minute left to pay for seat ${this.#ticket.seatNumber}`);
    }
    if (left_ms < -AFTER_EXPIRY_MS && serverNow() > this.#askAt_ms) {
      // Asked again in a while if the server has not ended the hold yet.
      this.#askAt_ms = serverNow() + ASK_AGAIN_MS;
      this.refresh();
    }
  }

  #showHold(left_ms, whole_ms) {
    const text = countdown(left_ms);
    if (this.#hold.dataset.left === text) return;
    this.#hold.dataset.left = text;
    this.#hold.dataset.tone = left_ms < SOON_MS ? "soon" : "calm";
    if (!this.#hold.firstChild) {
      this.#hold.append(
        el("p", {}, icon("clock"), el("span", {}, isStaff() ? "Held, to be paid within " : "Held for you, pay within "), el("strong", { class: "hold-left", "data-testid": "hold-left", role: "timer" })),
        el("span", { class: "hold-bar", "aria-hidden": "true" }, el("span", {})),
      );
    }
    this.#hold.querySelector(".hold-left").textContent = text;
    const share = Math.min(1, Math.max(0, left_ms / whole_ms));
    this.#hold.querySelector(".hold-bar span").style.transform = `scaleX(${share})`;
  }
}

/**
 * Whether nobody paid in time. The server ends a hold by cancelling its ticket, as its owner may have done;
 * only one that was left alone lives as long as a hold.
 */
export function ranOut({ status, paymentStatus, createdAt, cancelledAt, suspendedAt }) {
  if (status !== "CANCELLED" || paymentStatus !== "PENDING" || suspendedAt) return false;
  return Date.parse(cancelledAt) - Date.parse(createdAt) >= config.holdSeconds * 1000;
}

function statusOf(ticket) {
  const { status, paymentStatus } = ticket;
  if (status === "RESERVED") return { words: "Held, not paid", tone: "warn" };
  if (status === "CONFIRMED") return { words: paymentStatus === "PAID" ? "Paid" : "Confirmed", tone: "good" };
  if (status === "SUSPENDED") return { words: "Suspended", tone: "warn" };
  if (paymentStatus === "REFUNDED") return { words: "Cancelled, refunded", tone: "off" };
  if (ranOut(ticket)) return { words: "Hold ran out", tone: "off" };
  return { words: "Cancelled", tone: "off" };
}

/** When the traveller's own segment leaves. */
export function segmentDeparture({ route, fromStopIndex }) {
  return route.stops[fromStopIndex].time;
}
