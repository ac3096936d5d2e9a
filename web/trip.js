// Decides what an open departure shows: the map of each journey, and the booking beside it. Puts together the
// party, its journeys and what is said; keeps the invariant that a seat that is lost is told of once, and that
// it is not called lost while it may be our own.

import { get, isUndecided } from "./api.js";
import { BookingPanel } from "./booking.js";
import { bookingsOf } from "./booking-facts.js";
import { announce, el, notice } from "./dom.js";
import { money, seatsInWords } from "./format.js";
import { GroupBooking } from "./group-booking.js";
import { keepGuest } from "./guest-bookings.js";
import { tellingHold } from "./hold-notice.js";
import { JourneySeats } from "./journey-seats.js";
import { neighbourNotice, refusedSeat } from "./neighbour-refusal.js";
import { accountTickets, holdsSeatOf, ownTickets } from "./own-tickets.js";
import { PASSENGERS_MAX, Party } from "./party.js";
import { describePassenger } from "./passenger-seats.js";
import { PickBar, motion, pickedSeats } from "./pick-bar.js";
import { routeChangeNotice } from "./route-changes.js";
import { SeatBlocks } from "./seat-blocks.js";
import { seatFacts, showTakenSeat } from "./seat-facts.js";
import { describeLook } from "./seatmap-view.js";
import { onServerBack } from "./server-reach.js";
import { currentUser, isStaff, onSessionChange } from "./session.js";
import { TripMap } from "./trip-map.js";
import { WayBack } from "./way-back.js";

export class Trip {
  #party = new Party();
  /** Out, and back if there is a way back. @type {JourneySeats[]} */
  #journeys = [];
  #panel;
  #sender = new GroupBooking();
  #map;
  #wayBack;
  #onBack;
  /** What was chosen before a reload, once it is chosen again. */
  #resumed = Promise.resolve();
  #ownAsked = 0;
  #pickBar;
  #stopListening;
  /** For staff: the way to take what is chosen out of sale. */
  #blocks = new SeatBlocks({ seats: () => this.#journeys[0], onBlocked: () => this.letGo(), onLifted: () => this.#panel.showSeats({ anew: true }) });

  /** `onClose()` when the traveller goes back, `onBack(routeId)` when a way back is chosen, or none any more. */
  constructor(journey, { onClose, onBack }) {
    this.#onBack = onBack;
    this.#map = new TripMap({ onClose });
    this.#wayBack = new WayBack(journey, {
      onChoose: (back) => this.#chooseBack(back),
      onRemove: () => this.#removeBack(),
    });
    this.#panel = new BookingPanel(this);
    this.#pickBar = new PickBar(this.#panel.element);
    this.#addJourney(journey);
    this.element = el(
      "section",
      { class: "trip", "data-testid": "trip", "data-route-id": journey.routeId, "aria-label": "Seats" },
      this.#map.element,
      this.#panel.element,
      this.#pickBar.element,
    );
    const stopSession = onSessionChange(() => this.#loadOwn());
    const stopBack = onServerBack(() => this.#serverBack());
    this.#stopListening = () => {
      stopSession();
      stopBack();
    };
    this.#loadOwn();
  }

  get journey() {
    return this.#journeys[0].journey;
  }

  /** For somebody who came by keyboard: what was pressed may be gone from the screen. */
  focus() {
    this.#map.focus();
  }

  close() {
    for (const each of [...this.#journeys, this.#panel, this.#pickBar]) each.close();
    this.#stopListening();
  }

  /** The way back, as an address or a search said. */
  addBack(journey) {
    if (this.#journeys.length > 1) return;
    this.#wayBack.show(journey);
    this.#addJourney(journey);
    this.#loadOwn();
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

  get hold() {
    return tellingHold(this.#journeys.map(({ hold }) => hold));
  }

  get blocking() {
    return this.#blocks.element;
  }

  get wayBack() {
    return this.#wayBack.element;
  }

  describe(passenger) {
    const at = this.#party.passengers.indexOf(passenger);
    return describePassenger(passenger, this.#journeys, this.#panel.genders[at]);
  }

  book(values, more) {
    return this.#sender.send(this.#journeys, this.#party, values, more);
  }

  /** `guest`: what opens the booking of somebody without an account. */
  booked(booking, guest) {
    if (guest) keepGuest(guest, this.#journeys.map(({ journey }) => journey.routeId));
    this.#party.clear();
    this.#choose();
    const seats = seatsInWords(booking.tickets.map(({ seatNumber }) => seatNumber));
    announce(`Booked: ${seats}. PNR ${booking.pnrNumber}`);
    this.#loadOwn();
  }

  /** What is said of a refusal: nothing of its own (`undefined`), or nothing at all (`null`). */
  refused(error) {
    if (error.code === "seat_taken") {
      for (const seats of this.#journeys) this.#settleLoss(seats, { again: true });
      return null;
    }
    if (error.code === "neighbour_rule") return this.#neighbourRefused(error);
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

  #addJourney(journey) {
    const index = this.#journeys.length;
    let seats;
    // A departure that is followed already tells its map before there is anybody to ask about it.
    const onMap = (update) => seats && this.#mapChanged(seats, update);
    seats = new JourneySeats(journey, index, this.#party, {
      onPick: (seat, look) => this.#pick(seats, index, seat, look),
      onLost: (lost) => this.#lost(index, lost),
      onMap,
      onHold: () => this.#panel.showHold(),
      onRouteUpdate: ({ change }) => this.#routeChanged(seats, change),
      onGone: () => this.#map.append(seats, notice("bad", "This departure no longer exists.")),
      isBusy: () => this.#panel.isBusy,
    });
    this.#journeys.push(seats);
    this.#map.add(seats);
    this.#panel.showSeats();
    this.#renderPickBar();
    this.#resumed = this.#resumed.then(() => this.#resumeChoice(seats, index));
  }

  #chooseBack(journey) {
    this.addBack(journey);
    this.#onBack(journey.routeId);
    this.#map.focus();
    announce("Choose seats for the return trip");
    this.#map.element.scrollIntoView({ block: "start", behavior: motion() });
  }

  #removeBack() {
    this.#party.forget(1);
    this.#journeys.pop().close();
    this.#map.removeLast();
    this.#wayBack.show(undefined);
    this.#onBack(undefined);
    this.#panel.showSeats();
    this.#renderPickBar();
  }

  #renderPickBar() {
    const booking = this.#panel.booking;
    const held = booking?.tickets.filter(({ status }) => status === "RESERVED") ?? [];
    const chosen = this.#journeys[0]?.chosen ?? [];
    if (chosen.length > 0) this.#pickBar.show(`${pickedSeats(chosen)} · ${money(this.total)}`);
    else this.#pickBar.show(held.length > 0 ? `${pickedSeats(held.map(({ seatNumber }) => seatNumber))} held, not paid` : undefined);
  }

  #mapChanged(seats, update) {
    if (!this.#panel.isSending && !this.#blocks.isSending) this.#settleLoss(seats);
    this.#panel.showSeats();
    if (isStaff() && (update === null || update.metadata?.reason === "blocked" || seats.blockOn(update.seatNumber))) this.#blocks.load(this.#journeys);
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
      announce(`Seat ${seat} released`);
    } else if (look.state === "free") {
      this.#take(seats, index, seat);
    } else {
      if (block) this.#panel.showTaken({ ...seatFacts(seats, seat, look), more: this.#blocks.notice(block) });
      else showTakenSeat(this.#panel, seats, seat, look);
      announce(`Seat ${seat} is ${describeLook(look)}`);
    }
  }

  #take(seats, index, seat) {
    if (!seats.journey.isSold) return;
    if (!this.#party.take(index, seat)) {
      const most = index === 0 ? `A booking has at most ${PASSENGERS_MAX} passengers.` : "Everybody has a seat for the return trip.";
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
    this.#choose();
  }

  /** What is held follows the choice. */
  #choose() {
    for (const seats of this.#journeys) seats.choiceChanged();
    this.#renderPickBar();
  }

  async #showOwn({ bookingId, booking, guest }) {
    try {
      this.#panel.showBooking(booking ?? (await get(`/bookings/${bookingId}`)), { guest });
      this.#renderPickBar();
    } catch {
      // The map shows whose it is; the next press asks again.
    }
  }

  /** Chosen seats that are somebody else's by now, unless they are our own. `again`: the server said so. */
  async #settleLoss(seats, { again = false } = {}) {
    const taken = () => seats.chosen.filter((seat) => seats.isTaken(seat));
    // The map may not know yet what the server has refused; to hold the choice anew finds out.
    if (again) {
      seats.hold.again();
      seats.refresh();
    }
    if (taken().length === 0) return;
    if (await this.#settleDoubt(seats)) return;
    const lost = taken();
    if (lost.length > 0) this.#lost(this.#journeys.indexOf(seats), lost);
  }

  /**
   * Chosen seats may be our own already, booked by a request whose answer was lost or from another window.
   * Whether they were, or nobody can say.
   */
  async #settleDoubt(seats) {
    let tickets;
    try {
      tickets = await accountTickets();
    } catch (error) {
      // What cannot be asked now is asked when the server is back; the choice stands until then.
      return isUndecided(error);
    }
    const ours = tickets.find((ticket) => holdsSeatOf(ticket, seats.journey) && seats.chosen.includes(ticket.seatNumber));
    if (!ours || this.#panel.isSending) return false;
    for (const { hold } of this.#journeys) hold.becameBooking();
    this.#party.clear();
    this.#choose();
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
    this.#choose();
  }

  #touchesOwn(seats, { seatNumber, ticketId }) {
    const shown = this.#panel.booking?.tickets ?? [];
    return seats.ownOn(seatNumber) !== undefined || shown.some((ticket) => ticket.id === ticketId || ticket.seatNumber === seatNumber);
  }

  /** Which seats here are the traveller's own; also tells the shown booking what became of it. */
  async #loadOwn() {
    this.#ownAsked += 1;
    const asked = this.#ownAsked;
    this.#blocks.load(this.#journeys);
    try {
      const tickets = await ownTickets(this.journey.routeId);
      if (asked !== this.#ownAsked) return;
      for (const seats of this.#journeys) seats.own = tickets.filter((ticket) => holdsSeatOf(ticket, seats.journey));
      if (this.#panel.booking) this.#panel.refreshBooking();
      else this.#resumeReservation(tickets);
      this.#renderPickBar();
    } catch {
      // The map itself is right without it; the next change asks again.
    }
  }

  /** Back in the middle of paying, after a reload perhaps: its countdown and the way to pay come first. */
  async #resumeReservation(tickets) {
    const isIdle = () => this.#party.size === 0 && this.#panel.isIdle;
    const held = tickets.filter((ticket) => ticket.status === "RESERVED" && holdsSeatOf(ticket, this.journey));
    const [first] = bookingsOf(held.sort((a, b) => Date.parse(a.expiresAt) - Date.parse(b.expiresAt)));
    if (!first || !isIdle()) return;
    const [{ booking, guest }] = first.tickets;
    const whole = booking ?? (await get(`/bookings/${first.id}`));
    if (isIdle()) this.#panel.showBooking(whole, { quietly: true, guest });
  }

  /** The seats that were chosen before a reload. */
  async #resumeChoice(seats, index) {
    const chosen = await seats.hold.resume();
    if (chosen.length === 0) return;
    for (const seat of chosen) this.#party.take(index, seat);
    this.#choiceChanged();
    announce(`Still chosen: ${seatsInWords(chosen)}`);
  }

  /** Who sits beside whom is refused: seats that would do can be taken at once. */
  #neighbourRefused(error) {
    const { index, seat } = refusedSeat(this.#journeys, this.passengers, this.#panel.genders) ?? { index: 0 };
    const seats = this.#journeys[index];
    if (index > 0) this.#map.show(index);
    return neighbourNotice(error, {
      seat,
      offered: error.seatsThatWouldDo.filter((each) => !seats.chosen.includes(each)),
      onChoose: (other) => {
        this.#party.move(index, seat, other);
        this.#choiceChanged({ anew: true });
        announce(`Seat ${other} instead of seat ${seat}`);
      },
      onInsist: isStaff() ? () => this.#panel.submit({ ignoreNeighbourRule: true }) : undefined,
    });
  }

  /** The map comes anew by itself; where its seats are, and what is said about the departure, does not. */
  async #routeChanged(seats, change) {
    this.#map.say(seats, routeChangeNotice(change));
    if (change !== "bus") return;
    try {
      const { bus } = await get(`/routes/${seats.journey.routeId}`);
      seats.showBus(bus);
    } catch {
      // Not reachable now: the seats' states are live all the same.
    }
  }
}
