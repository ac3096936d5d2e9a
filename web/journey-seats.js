// Decides what the map of one journey shows: the server's seats, the traveller's own, and the party's choice.
// Keeps the invariant that the map is the server's plus exactly two things: the choice, and whose seats are
// ours. Who sits where is the party's to say, when it is held the hold's.

import { SeatMap } from "/client/seatmap.js";
import { authPanel } from "./auth-panel.js";
import { config } from "./config.js";
import { announce, el, replace } from "./dom.js";
import { watchJourney } from "./live.js";
import { offeredTo } from "./offered-seats.js";
import { freeSeatsChip, updateFreeSeats } from "./result-card.js";
import { SeatHold } from "./seat-hold.js";
import { SeatMapView, describeLook, legend } from "./seatmap-view.js";

const WORTH_SAYING_MAX = 3;

export class JourneySeats {
  #journey;
  #index;
  #party;
  #callbacks;
  #map;
  #view;
  #legend = el("div", {});
  /** What it was made of. @type {{hasRule: boolean, hasBlocked: boolean} | undefined} */
  #explained;
  #free = freeSeatsChip();
  /** Where the server shows its seats live to nobody without a login. */
  #login = el("div", { class: "form-told", "data-testid": "watch-login" });
  #live;
  #hold;
  /** Tickets of the traveller's own on this journey. @type {object[]} */
  #own = [];
  /** What staff have taken out of sale. @type {object[]} */
  #blocks = [];

  /**
   * `index`: 0 on the way out, 1 on the way back. `onPick(seat, look)`, `onLost(seats)`, `onMap(update)` after
   * every change of the map, `onHold()`, `onRouteUpdate(update)`, `onGone()`, `isBusy()`, `isSending()`.
   */
  constructor(journey, index, party, callbacks) {
    this.#journey = journey;
    this.#index = index;
    this.#party = party;
    this.#callbacks = callbacks;
    this.#map = firstMap(journey);
    this.#view = this.#newView(journey.route.bus);
    this.#hold = new SeatHold(journey, {
      onChange: () => this.#holdChanged(),
      onLost: (seats) => callbacks.onLost(seats),
      isBusy: () => callbacks.isBusy(),
    });
    // A departure that is followed already tells its map before this returns.
    this.#live = watchJourney(journey, {
      onChange: (map, update) => this.#changed(map, update),
      onRouteUpdate: (update) => callbacks.onRouteUpdate(update),
      onGone: () => callbacks.onGone(),
      onLoginNeeded: (isNeeded) => this.#offerLogin(isNeeded),
    });
    this.element = el("div", { class: "journey-seats" }, this.#login, this.#legend, this.#view.element);
    this.render();
  }

  get journey() {
    return this.#journey;
  }

  get badge() {
    return this.#live.badge;
  }

  get freeChip() {
    return this.#free;
  }

  get hold() {
    return this.#hold;
  }

  /** The seats that the party has chosen here. */
  get chosen() {
    return this.#party.seatsOf(this.#index);
  }

  get freeCount() {
    return this.#view.seatNumbers.filter((seat) => this.#stateOf(seat).state === "free").length;
  }

  /** Whether strangers of another gender are kept apart on this departure. */
  get hasRule() {
    return (this.#journey.route.neighbourRule ?? config.neighbourRule) === "same_gender";
  }

  set own(tickets) {
    this.#own = tickets;
    this.render();
  }

  set blocks(blocks) {
    this.#blocks = blocks;
    this.render();
  }

  /** The traveller's own ticket on a seat. */
  ownOn(seat) {
    return this.#own.find(({ seatNumber }) => seatNumber === seat);
  }

  /** The block that keeps a seat out of sale on this journey. */
  blockOn(seat) {
    return this.#blocks.find((block) => block.seatNumbers.includes(seat) && overlaps(block, this.#journey));
  }

  placeOf(seat) {
    return this.#view.placeOf(seat);
  }

  /** Who sits right beside a seat: `{number, gender}`; the first, where there are two. */
  neighbourOf(seat) {
    const [beside] = this.#view.besideOf(seat);
    return beside === undefined ? undefined : { number: beside, ...this.lookOf(beside) };
  }

  /** The only ones to whom a seat is offered, if it is not for everybody. */
  offeredTo(seat) {
    if (!this.hasRule) return undefined;
    const genders = this.#view.besideOf(seat).flatMap((each) => this.occupiedOn(each).map(({ gender }) => gender));
    return offeredTo(genders.filter(Boolean));
  }

  /** Every segment taken on a seat that overlaps the journey. */
  occupiedOn(seat) {
    return this.segmentsOf(seat).filter((segment) => overlaps(segment, this.#journey));
  }

  /** Every segment taken on a seat, on all of the route. */
  segmentsOf(seat) {
    return this.#map.occupiedSegments(seat);
  }

  /** Whether the map says that somebody else has it. */
  isTaken(seat) {
    return this.#stateOf(seat).state !== "free" && !this.#hold.covers(seat);
  }

  lookOf(seat) {
    const ticket = this.ownOn(seat);
    if (ticket) return { state: "own", gender: ticket.gender, unpaid: ticket.status === "RESERVED" };
    if (this.chosen.includes(seat)) return { state: "selected", held: this.#hold.state.kind === "held" && this.#hold.covers(seat) };
    const { state, gender } = this.#stateOf(seat);
    if (state === "free") return { state, offeredTo: this.offeredTo(seat) };
    if (this.blockOn(seat)) return { state: "blocked" };
    return { state: state === "confirmed" ? "sold" : "reserved", gender };
  }

  /** The party has chosen otherwise: what is to be held follows. */
  choiceChanged() {
    this.render();
    this.#hold.want(this.chosen);
  }

  /** Brings the drawing to the truth; returns what changed on it. */
  render() {
    const changed = this.#view.render((seat) => this.lookOf(seat));
    this.#explain();
    updateFreeSeats(this.#free, this.freeCount);
    return changed;
  }

  /** The same departure with another bus. */
  showBus(bus) {
    const view = this.#newView(bus);
    this.#view.element.replaceWith(view.element);
    this.#view = view;
    this.render();
  }

  focus(seat) {
    this.#view.focus(seat);
  }

  refresh() {
    this.#live.refresh();
  }

  close() {
    this.#live.close();
    this.#hold.close();
  }

  #newView(bus) {
    return new SeatMapView(bus?.layout, {
      seatCount: bus?.seatCount,
      onPick: (seat) => this.#callbacks.onPick(seat, this.lookOf(seat)),
    });
  }

  #stateOf(seat) {
    const { fromStopIndex, toStopIndex } = this.#journey;
    return this.#map.stateOf(seat, fromStopIndex, toStopIndex);
  }

  #changed(map, update) {
    this.#map = map;
    if (update?.eventType === "seat_available") this.#hold.heardFree(update.seatNumber);
    this.#say(this.render());
    this.#callbacks.onMap(update);
  }

  #offerLogin(isNeeded) {
    const isOffered = this.#login.childElementCount > 0;
    // What is typed there already must not go.
    if (isNeeded !== isOffered) replace(this.#login, isNeeded && authPanel({ reason: "Log in to see the seats as they are sold." }));
  }

  #holdChanged() {
    // Asked for while this is being made, it has nothing to draw yet.
    if (!this.element) return;
    this.render();
    this.#callbacks.onHold();
  }

  /** In the legend, what the map shows now. */
  #explain() {
    const hasBlocked = this.#view.seatNumbers.some((seat) => this.lookOf(seat).state === "blocked");
    if (hasBlocked === this.#explained?.hasBlocked) return;
    this.#explained = { hasRule: this.hasRule, hasBlocked };
    this.#legend.replaceChildren(legend(this.#explained));
  }

  #say(changed) {
    const others = changed.filter(({ look }) => look.state !== "selected" && look.state !== "own");
    if (others.length > WORTH_SAYING_MAX) announce(`${others.length} seats have changed`);
    else for (const { seatNumber, look } of others) announce(`Seat ${seatNumber} is now ${describeLook(look)}`);
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

function overlaps(segment, journey) {
  return segment.fromStopIndex < journey.toStopIndex && journey.fromStopIndex < segment.toStopIndex;
}
