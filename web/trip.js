// Decides what an open departure shows: the map of each journey, and the booking beside it. Puts together the
// party, its journeys and what is said; keeps the invariant that a seat that is lost is told of once, and that
// it is not called lost while it may be our own.

import { Intention, get, isUndecided } from "./api.js";
import { blockingForm, blockNotice } from "./blocked-seats.js";
import { BookingPanel } from "./booking.js";
import { bookingsOf } from "./booking-facts.js";
import { announce, el, icon, notice, replace } from "./dom.js";
import { GENDER_WORDS, capitalised, money, seatsInWords } from "./format.js";
import { GroupBooking } from "./group-booking.js";
import { overlapsJourney } from "./journey.js";
import { JourneySeats } from "./journey-seats.js";
import { mayTake } from "./offered-seats.js";
import { PASSENGERS_MAX, Party } from "./party.js";
import { PickBar, motion } from "./pick-bar.js";
import { seatFacts } from "./seat-facts.js";
import { seatTickets } from "./seat-tickets.js";
import { OFFERED_WORDS, describeLook } from "./seatmap-view.js";
import { onServerBack } from "./server-reach.js";
import { currentUser, isStaff, onSessionChange } from "./session.js";
import { tripHead } from "./trip-head.js";

const HOLDING = new Set(["RESERVED", "CONFIRMED"]);

const CHANGES = {
  bus: "This departure has another bus now. Please look at your seats again.",
  delayed: "The times of this departure have changed. Please open it again to see them.",
  inactive: "This departure is not on sale at the moment.",
  active: "This departure is on sale again.",
};

export class Trip {
  #party = new Party();
  /** Out, and back if there is a way back. @type {JourneySeats[]} */
  #journeys = [];
  #panel;
  #sender = new GroupBooking();
  #changeNotice = el("div", { "data-testid": "route-change" });
  #head;
  #ownAsked = 0;
  #pickBar;
  #isBlocking = false;
  #blockIntention = new Intention();
  #stopListening;
  /** For staff: the way to take what is chosen out of sale. */
  blocking = blockingForm({ block: (reason) => this.#block(reason), onBlocked: () => this.letGo() });

  /** `onClose()` when the traveller goes back. */
  constructor(journey, { onClose }) {
    this.#panel = new BookingPanel(this);
    this.#pickBar = new PickBar(this.#panel.element);
    this.#journeys.push(this.#open(journey, 0));
    this.element = this.#draw(onClose);
    const stopSession = onSessionChange(() => this.#loadOwn());
    const stopBack = onServerBack(() => this.#serverBack());
    this.#stopListening = () => {
      stopSession();
      stopBack();
    };
    this.#renderAll();
    this.#loadOwn();
    this.#resumeChoice();
  }

  get journey() {
    return this.#journeys[0].journey;
  }

  /** For somebody who came by keyboard: what was pressed may be gone from the screen. */
  focus() {
    this.#head.focus();
  }

  close() {
    for (const seats of this.#journeys) seats.close();
    this.#panel.close();
    this.#pickBar.close();
    this.#stopListening();
  }

  // What the panel asks of the trip.

  get passengers() {
    return this.#party.passengers;
  }

  get isSold() {
    return this.#journeys[0]?.journey.isSold ?? true;
  }

  get isSoldOut() {
    return this.#journeys[0]?.freeCount === 0;
  }

  get total() {
    return this.#journeys.reduce((sum, { journey }) => sum + this.#party.size * Math.round(journey.price * 100), 0) / 100;
  }

  /** The hold that is worth speaking of: one that is in trouble before one that is not. */
  get hold() {
    const holds = this.#journeys.map(({ hold }) => hold).filter(({ state }) => state.kind !== "none");
    return holds.find(({ state }) => state.kind !== "held") ?? holds.sort((a, b) => a.state.left_ms - b.state.left_ms)[0] ?? this.#journeys[0]?.hold;
  }

  /** What the form says of a passenger's seats: `{key, nodes, letGo, note}`; it is the same as long as its key is. */
  describe(passenger) {
    const at = this.#party.passengers.indexOf(passenger);
    const gender = this.#panel.genders[at];
    const lines = this.#journeys.map((seats, index) => this.#seatLine(seats, passenger.seats[index], gender));
    const seat = passenger.seats[0];
    return {
      key: JSON.stringify(lines),
      nodes: [
        el("span", { class: "chosen-number", "data-testid": "chosen-seat", "data-seat": seat ?? "" }, seat === undefined ? icon("seat") : String(seat)),
        el(
          "div",
          { class: "chosen-words" },
          lines.map(({ words }, index) => (index === 0 ? el("strong", {}, words) : el("span", {}, words))),
        ),
        el("span", { class: "price" }, money(this.total / this.#party.size)),
      ],
      letGo: seat === undefined ? "Leave this passenger out" : `Let go of seat ${seat}`,
      note: lines.flatMap(({ note, isBad }) => (note ? [el("p", { class: isBad ? "neighbour neighbour-bad" : "quiet neighbour" }, icon(isBad ? "alert" : "info"), note)] : [])),
    };
  }

  async book(values) {
    return this.#sender.send(this.#journeys, this.#party, values);
  }

  booked(booking) {
    this.#party.clear();
    this.#bookingChosen();
    this.bookingChanged(booking);
    const { tickets, pnrNumber } = booking;
    const seats = seatsInWords(tickets.map(({ seatNumber }) => seatNumber));
    announce(`Booked: ${seats}. PNR ${pnrNumber}`);
    this.#loadOwn();
  }

  /** What is said of a refusal: nothing of its own (`undefined`), or nothing at all (`null`). */
  refused(error) {
    if (error.code === "seat_taken") {
      for (const seats of this.#journeys) this.#settleLoss(seats);
      return null;
    }
    // It may have been booked all the same; the tickets know.
    if (isUndecided(error)) for (const seats of this.#journeys) this.#settleDoubt(seats);
    return undefined;
  }

  removePassenger(passenger) {
    this.#party.remove(passenger.id);
    this.#choiceChanged();
  }

  addPassengers(count) {
    for (let added = 0; added < count && !this.#party.isFull; added += 1) this.#party.add();
    this.#choiceChanged();
  }

  /** Nothing is chosen any more. */
  letGo() {
    this.#party.clear();
    this.#choiceChanged({ anew: true });
  }

  bookingChanged() {
    this.#loadOwn();
  }

  #open(journey, index) {
    let seats;
    // A departure that is followed already tells its map before there is anybody to ask about it.
    const onMap = (update) => seats && this.#mapChanged(seats, update);
    seats = new JourneySeats(journey, index, this.#party, {
      onPick: (seat, look) => this.#pick(seats, index, seat, look),
      onLost: (lost) => this.#lost(index, lost),
      onMap,
      onHold: () => this.#holdChanged(),
      onRouteUpdate: ({ change }) => this.#routeChanged(seats, change),
      onGone: () => this.#gone(),
      isBusy: () => this.#panel.isBusy,
    });
    return seats;
  }

  #draw(onClose) {
    const { journey } = this;
    const [out] = this.#journeys;
    this.#head = tripHead(journey, { onClose, badge: out.badge, freeChip: out.freeChip });
    return el(
      "section",
      { class: "trip", "data-testid": "trip", "data-route-id": journey.routeId, "aria-label": "Seats" },
      el(
        "div",
        { class: "card trip-map" },
        this.#head.element,
        this.#changeNotice,
        out.element,
        journey.route.bus && el("p", { class: "quiet bus-name" }, [journey.route.bus.specs?.brand, journey.route.bus.model, journey.route.bus.plate].filter(Boolean).join(" · ")),
      ),
      this.#panel.element,
      this.#pickBar.element,
    );
  }

  #seatLine(seats, seat, gender) {
    if (seat === undefined) return { words: "Best seat, found when you book" };
    const words = `Seat ${seat}, ${seats.placeOf(seat)}`;
    const offered = seats.offeredTo(seat);
    if (offered && !mayTake(gender, offered)) return { words, note: `Seat ${seat} is ${OFFERED_WORDS[offered]}. Please choose another seat.`, isBad: true };
    const beside = seats.neighbourOf(seat);
    return { words, note: beside && neighbourWords(beside) };
  }

  #renderAll() {
    for (const seats of this.#journeys) seats.render();
    this.#panel.showSeats();
    this.#renderPickBar();
  }

  #renderPickBar() {
    const booking = this.#panel.booking;
    const held = booking?.tickets.filter(({ status }) => status === "RESERVED") ?? [];
    const chosen = this.#journeys[0]?.chosen ?? [];
    const words = (seats) => (seats.length > 3 ? `${seats.length} seats` : capitalised(seatsInWords(seats)));
    if (chosen.length > 0) this.#pickBar.show(`${words(chosen)} · ${money(this.total)}`);
    else this.#pickBar.show(held.length > 0 ? `${words(held.map(({ seatNumber }) => seatNumber))} held, not paid` : undefined);
  }

  #holdChanged() {
    this.#panel.showHold();
  }

  #mapChanged(seats, update) {
    if (!this.#panel.isSending && !this.#isBlocking) this.#settleLoss(seats);
    this.#panel.showSeats();
    if (isStaff() && (update === null || update.metadata?.reason === "blocked" || seats.blockOn(update.seatNumber))) this.#loadBlocks();
    this.#renderPickBar();
    if (update === null || this.#touchesOwn(seats, update)) this.#loadOwn();
  }

  #pick(seats, index, seat, look) {
    const ticket = seats.ownOn(seat);
    const block = seats.blockOn(seat);
    if (ticket) {
      this.#showOwn(ticket);
    } else if (look.state === "selected") {
      this.#party.leave(index, seat);
      this.#choiceChanged({ anew: true });
      announce(`Seat ${seat} let go`);
    } else if (look.state === "free") {
      this.#choose(seats, index, seat);
    } else {
      if (block) this.#panel.showTaken(this.#blockFacts(seats, seat, block));
      else this.#showTaken(seats, seat, look);
      announce(`Seat ${seat} is ${describeLook(look)}`);
    }
  }

  #choose(seats, index, seat) {
    if (!seats.journey.isSold) return;
    if (!this.#party.take(index, seat)) {
      const most = index === 0 ? `A booking has at most ${PASSENGERS_MAX} passengers.` : "Everybody has a seat on the way back.";
      this.#panel.showSeats({ anew: true });
      this.#panel.say(most, " Let go of a seat to choose another one.");
      announce(most);
      return;
    }
    this.#choiceChanged({ anew: true });
    announce(`Seat ${seat} selected`);
  }

  #choiceChanged({ anew = false } = {}) {
    this.#panel.showSeats({ anew: anew || this.#party.size === 0 });
    this.#bookingChosen();
  }

  #bookingChosen() {
    for (const seats of this.#journeys) seats.choiceChanged();
    this.#renderPickBar();
  }

  #showTaken(seats, seat, look) {
    this.#panel.showTaken(seatFacts(seats, seat, look));
    if (!isStaff()) return;
    // Who it was sold to before this page was opened, only the tickets say.
    seatTickets(seats.journey.routeId, seat).then(
      (tickets) => this.#panel.updateTaken(seatFacts(seats, seat, look, tickets)),
      () => {},
    );
  }

  async #showOwn(ticket) {
    try {
      this.#panel.showBooking(await get(`/bookings/${ticket.bookingId}`));
      this.#renderPickBar();
    } catch {
      // The map shows whose it is; the next press asks again.
    }
  }

  /** Chosen seats that are somebody else's by now, unless they are our own. */
  async #settleLoss(seats) {
    const taken = () => seats.chosen.filter((seat) => seats.isTaken(seat));
    if (taken().length === 0) return;
    if (currentUser() && (await this.#settleDoubt(seats))) return;
    const lost = taken();
    if (lost.length > 0) this.#lost(this.#journeys.indexOf(seats), lost);
  }

  /**
   * Chosen seats may be our own already, booked by a request whose answer was lost or from another window.
   * Whether they were.
   */
  async #settleDoubt(seats) {
    if (!currentUser()) return false;
    let tickets;
    try {
      // For staff these are the tickets that they sold.
      tickets = await get("/tickets/my-tickets", { limit: 100 });
    } catch (error) {
      // What cannot be asked now is asked when the server is back; the choice stands until then.
      return isUndecided(error);
    }
    const isOurs = (ticket) => HOLDING.has(ticket.status) && overlapsJourney(ticket, seats.journey) && seats.chosen.includes(ticket.seatNumber);
    const ours = tickets.find(isOurs);
    if (!ours || this.#panel.isSending) return false;
    for (const { hold } of this.#journeys) hold.becameBooking();
    this.#party.clear();
    this.#bookingChosen();
    await this.#showOwn(ours);
    return true;
  }

  #serverBack() {
    this.#loadOwn();
    for (const seats of this.#journeys) this.#settleDoubt(seats);
  }

  #lost(index, lost) {
    for (const seat of lost) this.#party.leave(index, seat);
    this.#panel.seatsLost(lost);
    this.#panel.element.scrollIntoView({ block: "nearest", behavior: motion() });
    this.#bookingChosen();
  }

  #touchesOwn(seats, { seatNumber, ticketId }) {
    const shown = this.#panel.booking?.tickets ?? [];
    return seats.ownOn(seatNumber) !== undefined || shown.some((ticket) => ticket.id === ticketId || ticket.seatNumber === seatNumber);
  }

  /** Which seats here are the traveller's own; also tells the shown booking what became of it. */
  async #loadOwn() {
    this.#ownAsked += 1;
    const asked = this.#ownAsked;
    if (!travelsHimself()) for (const seats of this.#journeys) seats.own = [];
    if (isStaff()) this.#loadBlocks();
    if (!currentUser()) return;
    try {
      const tickets = travelsHimself() ? await get("/tickets/my-tickets", { limit: 100 }) : [];
      if (asked !== this.#ownAsked) return;
      for (const seats of this.#journeys) {
        seats.own = tickets.filter((ticket) => HOLDING.has(ticket.status) && overlapsJourney(ticket, seats.journey));
      }
      if (this.#panel.booking) this.#panel.refreshBooking();
      else this.#resumeReservation(tickets);
      this.#renderPickBar();
    } catch {
      // The map itself is right without it; the next change asks again.
    }
  }

  /** Back in the middle of paying, after a reload perhaps: its countdown and the way to pay come first. */
  #resumeReservation(tickets) {
    if (this.#party.size > 0 || !this.#panel.isIdle) return;
    const held = tickets.filter((ticket) => ticket.status === "RESERVED" && overlapsJourney(ticket, this.journey));
    const [first] = bookingsOf(held.sort((a, b) => Date.parse(a.expiresAt) - Date.parse(b.expiresAt)));
    if (first) get(`/bookings/${first.id}`).then((booking) => this.#panel.isIdle && this.#panel.showBooking(booking, { quietly: true }), () => {});
  }

  /** The seats that were chosen before a reload. */
  async #resumeChoice() {
    for (const [index, seats] of this.#journeys.entries()) {
      const chosen = await seats.hold.resume();
      if (chosen.length === 0 || this.#party.size > 0) continue;
      for (const seat of chosen) this.#party.take(index, seat);
      this.#choiceChanged();
      announce(`${seatsInWords(chosen)} are still chosen`);
    }
  }

  #blockFacts(seats, seat, block) {
    return { ...seatFacts(seats, seat, { state: "blocked" }), more: blockNotice(block, { onLifted: () => this.#blocksChanged() }) };
  }

  async #loadBlocks() {
    for (const seats of this.#journeys) {
      try {
        seats.blocks = await get(`/routes/${seats.journey.routeId}/blocks`);
      } catch {
        // Then the map shows them as sold, as it does to everybody else.
      }
    }
  }

  /** Takes the chosen seats of the way out from sale, on the part of the route that is shown. */
  async #block(reason) {
    const [seats] = this.#journeys;
    const { routeId, fromCity, toCity } = seats.journey;
    const seatNumbers = [...seats.chosen].sort((a, b) => a - b);
    this.#isBlocking = true;
    try {
      // What is held cannot be blocked.
      seats.hold.want([]);
      await seats.hold.settled();
      await this.#blockIntention.send("POST", `/routes/${routeId}/blocks`, { seatNumbers, fromCity, toCity, reason });
      announce(`${seatsInWords(seatNumbers)} taken out of sale`);
    } catch (error) {
      seats.choiceChanged();
      throw error;
    } finally {
      this.#isBlocking = false;
    }
    this.#loadBlocks();
  }

  #blocksChanged() {
    this.#panel.showSeats({ anew: true });
    this.#loadBlocks();
  }

  /** The map comes anew by itself; where its seats are, and what is said about the departure, does not. */
  async #routeChanged(seats, change) {
    const said = CHANGES[change];
    if (!said) return;
    replace(this.#changeNotice, notice(change === "active" ? "good" : "warn", said));
    if (change !== "bus") return;
    try {
      const { bus } = await get(`/routes/${seats.journey.routeId}`);
      seats.showBus(bus);
    } catch {
      // Not reachable now: the seats' states are live all the same.
    }
  }

  #gone() {
    this.#head?.element.append(notice("bad", "This departure no longer exists."));
  }
}

/** At a counter the seats that were sold are other people's. */
function travelsHimself() {
  return currentUser()?.role === "CUSTOMER";
}

function neighbourWords({ number, state, gender }) {
  if (state === "selected") return `Seat ${number} beside it is yours too.`;
  if (state === "free") return `Seat ${number} beside it is free.`;
  if (!gender || gender === "OTHER") return `Seat ${number} beside it is taken.`;
  return `A ${GENDER_WORDS[gender]} travels beside it on seat ${number}.`;
}
