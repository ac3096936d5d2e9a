// Decides who travels and on which seat of which journey: the way out (0) and, if there is one, the way back
// (1). Keeps the invariants that a seat has one passenger and a party at most ten, and that a passenger who
// leaves is the first to be taken in again, so that what was typed for them comes back. Pure.

export const PASSENGERS_MAX = 10;

/**
 * @typedef {object} Passenger
 * @property {number} id  stays with what is typed for them
 * @property {(number | undefined)[]} seats  by journey; none: the company chooses
 */

export class Party {
  /** @type {Passenger[]} */
  #passengers = [];
  /** Who left last comes first. @type {number[]} */
  #left = [];
  #nextId = 1;

  /** In the order in which they are booked. */
  get passengers() {
    return this.#passengers;
  }

  get size() {
    return this.#passengers.length;
  }

  get isFull() {
    return this.size >= PASSENGERS_MAX;
  }

  /** The seats that were chosen on a journey, in the order of the passengers. */
  seatsOf(journey) {
    return this.#passengers.map(({ seats }) => seats[journey]).filter((seat) => seat !== undefined);
  }

  /**
   * Gives a seat to the first passenger without one, else to one more passenger; on the way back nobody
   * joins. Whether somebody took it.
   */
  take(journey, seat) {
    const waiting = this.#passengers.find(({ seats }) => seats[journey] === undefined);
    if (!waiting && (journey > 0 || this.isFull)) return false;
    const passenger = waiting ?? this.add();
    passenger.seats[journey] = seat;
    return true;
  }

  /** Takes the seat from whoever has it: on the way out they stay behind, on the way back they only stand up. */
  leave(journey, seat) {
    const passenger = this.#passengers.find(({ seats }) => seats[journey] === seat);
    if (!passenger) return;
    passenger.seats[journey] = undefined;
    if (journey === 0) this.remove(passenger.id);
  }

  /** Puts a passenger on another seat. */
  move(journey, from, to) {
    const passenger = this.#passengers.find(({ seats }) => seats[journey] === from);
    if (passenger) passenger.seats[journey] = to;
  }

  /** One more passenger, without a seat; there must be room. */
  add() {
    if (this.isFull) throw new RangeError(`a party has at most ${PASSENGERS_MAX} passengers`);
    let id = this.#left.shift();
    if (id === undefined) {
      id = this.#nextId;
      this.#nextId += 1;
    }
    const passenger = { id, seats: [] };
    this.#passengers.push(passenger);
    return passenger;
  }

  remove(id) {
    const at = this.#passengers.findIndex((each) => each.id === id);
    if (at === -1) return;
    this.#passengers.splice(at, 1);
    this.#left.unshift(id);
  }

  /** Nobody comes back by this journey any more. */
  forget(journey) {
    for (const passenger of this.#passengers) passenger.seats[journey] = undefined;
  }

  /** Everybody leaves; who was first is the first to be taken in again. */
  clear() {
    this.#left.unshift(...this.#passengers.splice(0).map(({ id }) => id));
  }
}
