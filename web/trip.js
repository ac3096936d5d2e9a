// Decides what an open departure shows: its live map, the traveller's own seats and choice, the booking
// beside it. Keeps the invariant that the map is the server's plus exactly one thing: the choice.

import { get } from "./api.js";
import { SeatMap } from "/client/seatmap.js";
import { BookingPanel } from "./booking.js";
import { announce, el, icon, notice } from "./dom.js";
import { longDate, money } from "./format.js";
import { overlapsJourney } from "./journey.js";
import { watchJourney } from "./live.js";
import { featureIcons, freeSeatsChip, layoutName, timeLine, updateFreeSeats } from "./result-card.js";
import { SeatMapView, describeLook, legend } from "./seatmap-view.js";
import { currentUser, onSessionChange } from "./session.js";

const HOLDING = new Set(["RESERVED", "CONFIRMED"]);
const WORTH_SAYING_MAX = 3;

export class Trip {
  #journey;
  #onFreeSeats;
  #map;
  #view;
  #live;
  #booking;
  #heading = el("h2", { class: "visually-hidden", tabindex: "-1", lang: "tr" });
  #free = freeSeatsChip();
  #selected;
  /** The traveller's own tickets on this journey, by id. @type {Map<string, object>} */
  #own = new Map();
  #ownAsked = 0;
  #pickBar;
  #pickObserver;
  #stopListening;

  /** `onClose()` when the traveller goes back, `onFreeSeats(routeId, free)` whenever it is known anew. */
  constructor(journey, { onClose, onFreeSeats }) {
    this.#journey = journey;
    this.#onFreeSeats = onFreeSeats;
    this.#map = firstMap(journey);
    const { bus } = journey.route;
    this.#view = new SeatMapView(bus?.layout, { seatCount: bus?.seatCount, onPick: (seat) => this.#pick(seat) });
    this.#booking = new BookingPanel(journey, {
      onBooked: (ticket) => this.#booked(ticket),
      onTicketChanged: (ticket) => this.#keepOwn(ticket),
      onDeselect: () => this.#deselect(),
      onSeatRefused: (seat) => {
        this.#live.refresh();
        this.#loseSelected(seat);
      },
    });
    this.#live = watchJourney(journey, {
      onChange: (map, update) => this.#changed(map, update),
      onGone: () => this.#gone(),
    });
    this.#pickBar = this.#makePickBar();
    this.element = this.#draw(onClose);
    this.#stopListening = onSessionChange(() => this.#loadOwn());
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
    this.#pickObserver.disconnect();
    this.#stopListening();
  }

  #draw(onClose) {
    const { journey } = this;
    const { bus } = journey.route;
    this.#pickObserver = new IntersectionObserver(([{ isIntersecting }]) => {
      this.#pickBar.toggleAttribute("data-away", isIntersecting);
    });
    this.#pickObserver.observe(this.#booking.element);
    this.#heading.textContent = `${journey.fromCity} – ${journey.toCity}, ${longDate(journey.departureTime)}`;
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
          el(
            "div",
            { class: "result-facts" },
            this.#free,
            bus?.layoutType && el("span", { class: "chip" }, layoutName(bus.layoutType)),
            featureIcons(bus),
          ),
        ),
        legend(),
        this.#view.element,
        bus && el("p", { class: "quiet bus-name" }, [bus.specs?.brand, bus.model, bus.plate].filter(Boolean).join(" · ")),
      ),
      this.#booking.element,
      this.#pickBar,
    );
  }

  /** On a phone the booking stands below the map; this bar shows the way. */
  #makePickBar() {
    return el(
      "div",
      { class: "pick-bar", hidden: true },
      el("span", { class: "pick-words" }),
      el(
        "button",
        {
          type: "button",
          class: "button button-primary",
          "data-testid": "pick-continue",
          onclick: () => this.#booking.element.scrollIntoView({ block: "start", behavior: motion() }),
        },
        "Continue",
        icon("right"),
      ),
    );
  }

  #stateOf(seatNumber) {
    const { fromStopIndex, toStopIndex } = this.#journey;
    return this.#map.stateOf(seatNumber, fromStopIndex, toStopIndex);
  }

  #lookOf(seatNumber) {
    for (const ticket of this.#own.values()) {
      if (ticket.seatNumber === seatNumber) return { state: "own", gender: ticket.gender };
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
    this.#onFreeSeats(this.#journey.routeId, free);
    this.#pickBar.hidden = this.#selected === undefined;
    this.#pickBar.firstChild.textContent = this.#selected === undefined ? "" : `Seat ${this.#selected} · ${money(this.#journey.price)}`;
    return changed;
  }

  #changed(map, update) {
    this.#map = map;
    const selected = this.#selected;
    const lost = selected !== undefined && this.#stateOf(selected).state !== "free";
    // While our own booking of it is on its way, the event may overtake the answer.
    const maybeOurs = lost && this.#booking.element.querySelector("[data-busy]");
    if (lost && !maybeOurs) this.#loseSelected(selected);
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
      this.#booking.showTaken(this.#takenFactsOf(seatNumber, look));
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

  #takenFactsOf(seatNumber, look) {
    const stop = (index) => this.#journey.stops[index]?.station ?? `stop ${index}`;
    const segments = this.#map.occupiedSegments(seatNumber).map((segment) => ({
      from: stop(segment.fromStopIndex),
      to: stop(segment.toStopIndex),
      words: describeLook({ state: segment.status === "CONFIRMED" ? "sold" : "reserved", gender: segment.gender }),
      pnrNumber: segment.pnrNumber,
    }));
    const words = look.state === "reserved" ? "This seat is being held while somebody pays." : "This seat is taken on your way.";
    return { number: seatNumber, words, segments };
  }

  #deselect() {
    this.#selected = undefined;
    this.#booking.clear();
    this.#render();
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
    announce(`Seat ${ticket.seatNumber} is yours. PNR ${ticket.pnrNumber}`);
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
      this.#render();
      const shown = this.#booking.ticket;
      if (!shown) return;
      const fresh = tickets.find(({ id }) => id === shown.id) ?? (await get(`/tickets/${shown.id}`));
      this.#booking.updateTicket(fresh);
    } catch {
      // The map itself is right without it; the next change asks again.
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

function motion() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
}
