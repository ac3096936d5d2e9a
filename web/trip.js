// Decides what an open departure shows: its live map, the traveller's own seats and choice, the booking
// beside it. Keeps the invariant that the map is the server's plus exactly one thing: the choice.

import { get, isUndecided } from "./api.js";
import { SeatMap } from "/client/seatmap.js";
import { BookingPanel } from "./booking.js";
import { announce, el, icon, notice, replace } from "./dom.js";
import { longDate, money } from "./format.js";
import { overlapsJourney } from "./journey.js";
import { watchJourney } from "./live.js";
import { PickBar, motion } from "./pick-bar.js";
import { featureIcons, freeSeatsChip, layoutName, timeLine, updateFreeSeats } from "./result-card.js";
import { SeatMapView, describeLook, legend } from "./seatmap-view.js";
import { seatTickets } from "./seat-tickets.js";
import { onServerBack } from "./server-reach.js";
import { currentUser, isStaff, onSessionChange } from "./session.js";

const HOLDING = new Set(["RESERVED", "CONFIRMED"]);
const WORTH_SAYING_MAX = 3;

const CHANGES = {
  bus: "This departure has another bus now. Please look at your seat again.",
  delayed: "The times of this departure have changed. Please open it again to see them.",
  inactive: "This departure is not on sale at the moment.",
  active: "This departure is on sale again.",
};

export class Trip {
  #journey;
  #map;
  #view;
  #live;
  #booking;
  #changeNotice = el("div", { "data-testid": "route-change" });
  #heading = el("h2", { class: "visually-hidden", tabindex: "-1" });
  #free = freeSeatsChip();
  #selected;
  /** The traveller's own tickets on this journey, by id. @type {Map<string, object>} */
  #own = new Map();
  #ownAsked = 0;
  #pickBar;
  #stopListening;

  /** `onClose()` when the traveller goes back. */
  constructor(journey, { onClose }) {
    this.#journey = journey;
    this.#map = firstMap(journey);
    const { bus } = journey.route;
    this.#view = new SeatMapView(bus?.layout, { seatCount: bus?.seatCount, onPick: (seat) => this.#pick(seat) });
    this.#booking = new BookingPanel(journey, {
      onBooked: (ticket) => this.#booked(ticket),
      onTicketChanged: (ticket) => this.#keepOwn(ticket),
      onDeselect: () => this.#deselect(),
      onSeatInDoubt: (seat) => {
        this.#live.refresh();
        this.#settleDoubt(seat);
      },
    });
    this.#pickBar = new PickBar(this.#booking.element);
    // A departure that is followed already tells its map before this returns.
    this.#live = watchJourney(journey, {
      onChange: (map, update) => this.#changed(map, update),
      onRouteUpdate: ({ change }) => this.#routeChanged(change),
      onGone: () => this.#gone(),
    });
    this.element = this.#draw(onClose);
    const stopSession = onSessionChange(() => this.#loadOwn());
    const stopBack = onServerBack(() => this.#serverBack());
    this.#stopListening = () => {
      stopSession();
      stopBack();
    };
    this.#render();
    this.#loadOwn();
  }

  get journey() {
    return this.#journey;
  }

  /** For somebody who came by keyboard: what was pressed may be gone from the screen. */
  focus() {
    this.#heading.focus({ preventScroll: true });
  }

  close() {
    this.#live.close();
    this.#booking.close();
    this.#pickBar.close();
    this.#stopListening();
  }

  #draw(onClose) {
    const { journey } = this;
    const { bus } = journey.route;
    const cities = el("span", { lang: "tr" }, `${journey.fromCity} – ${journey.toCity}`);
    replace(this.#heading, cities, `, ${longDate(journey.departureTime)}`);
    return el(
      "section",
      { class: "trip", "data-testid": "trip", "data-route-id": journey.routeId, "aria-label": "Seats" },
      el(
        "div",
        { class: "card trip-map" },
        el(
          "header",
          { class: "trip-head" },
          el(
            "div",
            { class: "trip-bar" },
            el("button", { type: "button", class: "button button-quiet trip-back", "data-testid": "close-trip", onclick: onClose }, icon("left"), "Departures"),
            this.#live.badge,
          ),
          this.#heading,
          el("p", { class: "trip-date" }, longDate(journey.departureTime), el("span", { class: "price" }, money(journey.price))),
          timeLine(journey),
          journey.dateInfo && el("p", { class: "result-note" }, icon("moon"), journey.dateInfo),
          journey.route.isActive === false && notice("warn", "This departure is off sale: no seat can be taken on it. Tickets sold before stay valid."),
          el(
            "div",
            { class: "result-facts" },
            this.#free,
            bus?.layoutType && el("span", { class: "chip" }, layoutName(bus.layoutType)),
            featureIcons(bus),
          ),
        ),
        this.#changeNotice,
        legend(),
        this.#view.element,
        bus && el("p", { class: "quiet bus-name" }, [bus.specs?.brand, bus.model, bus.plate].filter(Boolean).join(" · ")),
      ),
      this.#booking.element,
      this.#pickBar.element,
    );
  }

  #stateOf(seatNumber) {
    const { fromStopIndex, toStopIndex } = this.#journey;
    return this.#map.stateOf(seatNumber, fromStopIndex, toStopIndex);
  }

  #lookOf(seatNumber) {
    for (const ticket of this.#own.values()) {
      if (ticket.seatNumber === seatNumber) return { state: "own", gender: ticket.gender, unpaid: ticket.status === "RESERVED" };
    }
    const { state, gender } = this.#stateOf(seatNumber);
    if (state === "free") return { state: seatNumber === this.#selected ? "selected" : "free" };
    return { state: state === "confirmed" ? "sold" : "reserved", gender };
  }

  /** Brings the drawing to the truth; returns what changed on it. */
  #render() {
    const changed = this.#view.render((seat) => this.#lookOf(seat));
    const free = this.#view.seatNumbers.filter((seat) => ["free", "selected"].includes(this.#lookOf(seat).state)).length;
    updateFreeSeats(this.#free, free);
    this.#booking.showFree(free);
    this.#renderPickBar();
    return changed;
  }

  #renderPickBar() {
    const held = this.#booking.ticket?.status === "RESERVED" ? this.#booking.ticket : undefined;
    if (this.#selected !== undefined) this.#pickBar.show(`Seat ${this.#selected} · ${money(this.#journey.price)}`);
    else this.#pickBar.show(held && `Seat ${held.seatNumber} is held, not paid`);
  }

  #changed(map, update) {
    this.#map = map;
    const selected = this.#selected;
    const lost = selected !== undefined && this.#stateOf(selected).state !== "free";
    // While our own booking of it is on its way, the event may overtake the answer.
    if (lost && !this.#booking.isSending) this.#settleDoubt(selected);
    this.#say(this.#render());
    if (update === null ? this.#own.size > 0 : this.#touchesOwn(update)) this.#loadOwn();
  }

  #say(changed) {
    const others = changed.filter(({ look }) => look.state !== "selected" && look.state !== "own");
    if (others.length > WORTH_SAYING_MAX) announce(`${others.length} seats have changed`);
    else for (const { seatNumber, look } of others) announce(`Seat ${seatNumber} is now ${describeLook(look)}`);
  }

  #pick(seatNumber) {
    const ticket = [...this.#own.values()].find((each) => each.seatNumber === seatNumber);
    const look = this.#lookOf(seatNumber);
    if (ticket) {
      this.#selected = undefined;
      this.#booking.showTicket(ticket);
    } else if (look.state === "selected") {
      this.#deselect();
      return;
    } else if (look.state === "free") {
      if (!this.#journey.isSold) return;
      this.#selected = seatNumber;
      this.#booking.showSeat(this.#factsOf(seatNumber));
      announce(`Seat ${seatNumber} selected`);
    } else {
      this.#selected = undefined;
      this.#showTaken(seatNumber, look);
      announce(`Seat ${seatNumber} is ${describeLook(look)}`);
    }
    this.#render();
  }

  #factsOf(seatNumber) {
    const beside = this.#view.neighbourOf(seatNumber);
    const besideLook = beside === undefined ? undefined : this.#lookOf(beside);
    return {
      number: seatNumber,
      place: this.#view.placeOf(seatNumber),
      neighbour: besideLook && { number: beside, gender: besideLook.gender },
    };
  }

  #showTaken(seatNumber, look) {
    this.#booking.showTaken(this.#takenFactsOf(seatNumber, look));
    if (!isStaff()) return;
    // Who it was sold to before this page was opened, only the tickets say.
    seatTickets(this.#journey.routeId, seatNumber).then(
      (tickets) => this.#booking.updateTaken(this.#takenFactsOf(seatNumber, look, tickets)),
      () => {},
    );
  }

  #takenFactsOf(seatNumber, look, tickets = []) {
    const stop = (index) => this.#journey.stops[index]?.city ?? `stop ${index}`;
    const ticketOf = ({ fromStopIndex, toStopIndex }) =>
      tickets.find((each) => each.fromStopIndex === fromStopIndex && each.toStopIndex === toStopIndex);
    const segments = this.#map.occupiedSegments(seatNumber).map((segment) => ({
      from: stop(segment.fromStopIndex),
      to: stop(segment.toStopIndex),
      words: segment.status === "BLOCKED" ? "taken out of sale" : describeLook({ state: segment.status === "CONFIRMED" ? "sold" : "reserved", gender: segment.gender }),
      pnrNumber: ticketOf(segment)?.pnrNumber ?? segment.pnrNumber,
      passengerName: ticketOf(segment)?.passengerName,
    }));
    const words = look.state === "reserved" ? "Somebody is booking this seat." : "This seat is taken on your way.";
    return { number: seatNumber, words, segments };
  }

  #deselect() {
    this.#selected = undefined;
    this.#booking.clear();
    this.#render();
  }

  /**
   * The chosen seat is not free any more, or nobody knows: it may be our own, booked by a request whose
   * answer was lost, or from another window. Asks whose it is before anything is said about it.
   */
  async #settleDoubt(seatNumber) {
    if (this.#selected !== seatNumber) return;
    if (!currentUser()) {
      this.#loseSelected(seatNumber);
      return;
    }
    let ticket;
    try {
      ticket = await this.#ownTicketOn(seatNumber);
    } catch (error) {
      // What cannot be asked now is asked when the server is back; the choice stands until then.
      if (isUndecided(error)) return;
    }
    if (this.#selected !== seatNumber) return;
    if (ticket) {
      this.#booking.showTicket(ticket);
      this.#booked(ticket);
    } else if (this.#stateOf(seatNumber).state !== "free") {
      this.#loseSelected(seatNumber);
    }
  }

  async #ownTicketOn(seatNumber) {
    // For staff these are the tickets that they sold.
    const tickets = await get("/tickets/my-tickets", { limit: 100 });
    return tickets.find((each) => each.seatNumber === seatNumber && HOLDING.has(each.status) && overlapsJourney(each, this.#journey));
  }

  #serverBack() {
    this.#loadOwn();
    if (this.#selected !== undefined) this.#settleDoubt(this.#selected);
  }

  #loseSelected(seatNumber) {
    this.#selected = undefined;
    this.#booking.seatLost(seatNumber);
    this.#booking.element.scrollIntoView({ block: "nearest", behavior: motion() });
    this.#render();
  }

  #booked(ticket) {
    this.#selected = undefined;
    this.#keepOwn(ticket);
    announce(`Seat ${ticket.seatNumber} is ${isStaff() ? "sold" : "yours"}. PNR ${ticket.pnrNumber}`);
  }

  #keepOwn(ticket) {
    if (travelsHimself() && HOLDING.has(ticket.status) && overlapsJourney(ticket, this.#journey)) {
      this.#own.set(ticket.id, ticket);
    } else {
      this.#own.delete(ticket.id);
    }
    this.#render();
  }

  #touchesOwn({ seatNumber, ticketId }) {
    const shown = this.#booking.ticket;
    if (shown && (shown.id === ticketId || shown.seatNumber === seatNumber)) return true;
    return [...this.#own.values()].some((ticket) => ticket.id === ticketId || ticket.seatNumber === seatNumber);
  }

  /** Which seats here are the traveller's own; also tells the shown ticket what became of it. */
  async #loadOwn() {
    this.#ownAsked += 1;
    const asked = this.#ownAsked;
    if (!travelsHimself()) {
      this.#own.clear();
      this.#render();
    }
    if (!currentUser()) return;
    try {
      const tickets = travelsHimself() ? await get("/tickets/my-tickets", { limit: 100 }) : [];
      if (asked !== this.#ownAsked) return;
      const here = tickets.filter((ticket) => HOLDING.has(ticket.status) && overlapsJourney(ticket, this.#journey));
      this.#own = new Map(here.map((ticket) => [ticket.id, ticket]));
      const shown = this.#booking.ticket;
      if (!shown) {
        this.#resumeHold();
        this.#render();
        return;
      }
      this.#render();
      const fresh = tickets.find(({ id }) => id === shown.id) ?? (await get(`/tickets/${shown.id}`));
      this.#booking.updateTicket(fresh);
    } catch {
      // The map itself is right without it; the next change asks again.
    }
  }

  /** Back in the middle of a hold, after a reload perhaps: its countdown and the way to pay come first. */
  #resumeHold() {
    if (this.#selected !== undefined || !this.#booking.isIdle) return;
    const [held] = [...this.#own.values()]
      .filter(({ status }) => status === "RESERVED")
      .sort((a, b) => Date.parse(a.expiresAt) - Date.parse(b.expiresAt));
    if (held) this.#booking.showTicket(held, { quietly: true });
  }

  /** The map comes anew by itself; where its seats are, and what is said about the departure, does not. */
  async #routeChanged(change) {
    const said = CHANGES[change];
    if (!said) return;
    this.#changeNotice.replaceChildren(notice(change === "active" ? "good" : "warn", said));
    if (change !== "bus") return;
    try {
      const { bus } = await get(`/routes/${this.#journey.routeId}`);
      const view = new SeatMapView(bus?.layout, { seatCount: bus?.seatCount, onPick: (seat) => this.#pick(seat) });
      this.#view.element.replaceWith(view.element);
      this.#view = view;
      this.#render();
    } catch {
      // Not reachable now: the seats' states are live all the same.
    }
  }

  #gone() {
    this.element?.querySelector(".trip-head")?.append(notice("bad", "This departure no longer exists."));
  }
}

/** What REST already told, until the live snapshot arrives. */
function firstMap({ routeId, route, stops }) {
  return SeatMap.fromSnapshot({
    routeId,
    seq: route.seq ?? 0,
    seatCount: route.bus?.seatCount ?? 0,
    fromStopIndex: 0,
    toStopIndex: stops.length - 1,
    seats: route.tickets ?? [],
  });
}

/** At a counter the seats that were sold are other people's. */
function travelsHimself() {
  return currentUser()?.role === "CUSTOMER";
}
