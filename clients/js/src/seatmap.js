// Decides which seats of one route are taken on which segment: folds the route's numbered events over
// a snapshot. Keeps the invariant that after every accepted event the map equals the server's at `seq`.
// Pure: knows no socket, no clock and no page.

/**
 * @typedef {"MALE" | "FEMALE" | "OTHER"} Gender
 *
 * @typedef {object} OccupiedSegment  One ticket's hold on one seat.
 * @property {number} fromStopIndex
 * @property {number} toStopIndex
 * @property {"RESERVED" | "CONFIRMED" | "BLOCKED"} status  BLOCKED: taken out of sale; only staff are told so.
 * @property {Gender} [gender]
 * @property {string} [ticketId]   Only from events, and only for viewers who may know it.
 * @property {string} [pnrNumber]  The same.
 *
 * @typedef {object} Offer  A free seat beside a passenger of that gender, where the neighbour rule is on.
 * @property {number} seatNumber
 * @property {Gender} offeredTo
 *
 * @typedef {object} Snapshot  The data of `seat_availability` and `seat_snapshot`.
 * @property {string} routeId
 * @property {number} seq
 * @property {number} seatCount
 * @property {number} fromStopIndex
 * @property {number} toStopIndex
 * @property {number[]} [availableSeats]
 * @property {Array<{seatNumber: number} & OccupiedSegment>} seats
 * @property {Offer[]} [offers]
 *
 * @typedef {object} SeatUpdate  The data of `seat_update`.
 * @property {string} routeId
 * @property {number} seatNumber
 * @property {"seat_reserved" | "seat_confirmed" | "seat_suspended" | "seat_cancelled" | "seat_available"} eventType
 * @property {number} fromStopIndex
 * @property {number} toStopIndex
 * @property {number} seq
 * @property {string} [ticketId]
 * @property {string} [pnrNumber]
 * @property {string} [timestamp]
 * @property {{fromCity?: string, toCity?: string, price?: number, gender?: Gender, reason?: string}} [metadata]
 *
 * @typedef {object} SeatState
 * @property {"free" | "reserved" | "confirmed"} state
 * @property {true} [blocked]  Taken out of sale, and so `confirmed`; only staff are told.
 * @property {Gender} [gender]
 * @property {string} [ticketId]
 * @property {string} [pnrNumber]
 *
 * @typedef {"applied" | "repeated" | "hole"} ApplyResult
 */

const OCCUPYING = Object.freeze({ seat_reserved: "RESERVED", seat_confirmed: "CONFIRMED" });
const FREEING = new Set(["seat_suspended", "seat_available"]);

export class SeatMap {
  /** @type {Map<number, OccupiedSegment[]>} */
  #occupied = new Map();
  #ready = false;
  #seq = 0;
  #seatCount = 0;
  #lastStopIndex = 0;

  /** @param {Snapshot} snapshot */
  static fromSnapshot(snapshot) {
    const map = new SeatMap();
    map.reset(snapshot);
    return map;
  }

  /** Whether a snapshot has been folded in; before that every event is a hole. */
  get ready() {
    return this.#ready;
  }

  /** The number of the last event this map contains. */
  get seq() {
    return this.#seq;
  }

  get seatCount() {
    return this.#seatCount;
  }

  /** Index of the route's last stop, as far as the snapshot reached. */
  get lastStopIndex() {
    return this.#lastStopIndex;
  }

  /**
   * Replaces everything by a snapshot of the whole route.
   * Snapshots name no ticket; what events told about one is kept only by a snapshot of the very same `seq`,
   * since after any other the same segment may be somebody else's.
   * @param {Snapshot} snapshot
   */
  reset(snapshot) {
    const before = this.#ready && snapshot.seq === this.#seq ? this.#occupied : new Map();
    this.#occupied = new Map();
    for (const { seatNumber, ...segment } of snapshot.seats) {
      const known = before.get(seatNumber)?.find((/** @type {Segment} */ entry) => sameSegment(entry, segment));
      this.#segmentsOf(seatNumber).push({ ...known, ...segment });
    }
    this.#seq = snapshot.seq;
    this.#seatCount = snapshot.seatCount;
    this.#lastStopIndex = snapshot.toStopIndex;
    this.#ready = true;
  }

  /** Who sits where stays. Whose tickets they are is forgotten: another viewer may not know it. */
  forgetTickets() {
    for (const entry of [...this.#occupied.values()].flat()) {
      delete entry.ticketId;
      delete entry.pnrNumber;
    }
  }

  /**
   * Folds one event in, if it is the next one.
   * `repeated`: it was contained already. `hole`: events before it are missing, nothing was changed.
   * @param {SeatUpdate} update
   * @returns {ApplyResult}
   */
  apply(update) {
    if (!this.#ready || update.seq > this.#seq + 1) return "hole";
    if (update.seq <= this.#seq) return "repeated";
    this.#seq = update.seq;

    const status = OCCUPYING[/** @type {keyof typeof OCCUPYING} */ (update.eventType)];
    if (status) {
      this.#occupy(update, /** @type {OccupiedSegment["status"]} */ (status));
    } else if (FREEING.has(update.eventType)) {
      this.#free(update);
    }
    // seat_cancelled, and any type a later server adds, says nothing about the seat by itself.
    return "applied";
  }

  /**
   * What a traveller from stop `from` to stop `to` may know about a seat. Where several tickets overlap
   * the journey, a confirmed one speaks before a reserved one, then the earlier before the later.
   * @param {number} seatNumber
   * @param {number} [from]
   * @param {number} [to]
   * @returns {SeatState}
   */
  stateOf(seatNumber, from = 0, to = this.#lastStopIndex) {
    const journey = { fromStopIndex: from, toStopIndex: to };
    const overlapping = (this.#occupied.get(seatNumber) ?? [])
      .filter((entry) => overlaps(entry, journey))
      .sort((a, b) => rank(a) - rank(b) || a.fromStopIndex - b.fromStopIndex);
    const [entry] = overlapping;
    if (!entry) return { state: "free" };
    /** @type {SeatState} */
    const state = { state: entry.status === "RESERVED" ? "reserved" : "confirmed" };
    if (entry.status === "BLOCKED") state.blocked = true;
    if (entry.gender) state.gender = entry.gender;
    if (entry.ticketId) state.ticketId = entry.ticketId;
    if (entry.pnrNumber) state.pnrNumber = entry.pnrNumber;
    return state;
  }

  /**
   * Numbers of the seats that are free all the way, in rising order.
   * @param {number} [from]
   * @param {number} [to]
   * @returns {number[]}
   */
  freeSeats(from = 0, to = this.#lastStopIndex) {
    const free = [];
    for (let seat = 1; seat <= this.#seatCount; seat += 1) {
      if (this.stateOf(seat, from, to).state === "free") free.push(seat);
    }
    return free;
  }

  /**
   * Every segment taken on a seat, in the order of the journey.
   * @param {number} seatNumber
   * @returns {OccupiedSegment[]}
   */
  occupiedSegments(seatNumber) {
    return (this.#occupied.get(seatNumber) ?? [])
      .map((entry) => ({ ...entry }))
      .sort((a, b) => a.fromStopIndex - b.fromStopIndex);
  }

  /** @param {number} seatNumber */
  #segmentsOf(seatNumber) {
    let segments = this.#occupied.get(seatNumber);
    if (!segments) this.#occupied.set(seatNumber, (segments = []));
    return segments;
  }

  /** @param {SeatUpdate} update @param {OccupiedSegment["status"]} status */
  #occupy(update, status) {
    const segments = this.#segmentsOf(update.seatNumber);
    const at = segments.findIndex((entry) => sameSegment(entry, update));
    /** @type {OccupiedSegment} */
    const entry = { fromStopIndex: update.fromStopIndex, toStopIndex: update.toStopIndex, status };
    const gender = update.metadata?.gender ?? segments[at]?.gender;
    if (gender) entry.gender = gender;
    if (update.ticketId) entry.ticketId = update.ticketId;
    if (update.pnrNumber) entry.pnrNumber = update.pnrNumber;
    if (at === -1) segments.push(entry);
    else segments[at] = entry;
  }

  /** @param {SeatUpdate} update */
  #free(update) {
    const left = this.#segmentsOf(update.seatNumber).filter((entry) => !overlaps(entry, update));
    if (left.length > 0) this.#occupied.set(update.seatNumber, left);
    else this.#occupied.delete(update.seatNumber);
  }
}

/** @typedef {{fromStopIndex: number, toStopIndex: number}} Segment */

/** @param {Segment} a @param {Segment} b */
function sameSegment(a, b) {
  return a.fromStopIndex === b.fromStopIndex && a.toStopIndex === b.toStopIndex;
}

/** Segments that only touch at a stop do not overlap: one leaves the seat where the other takes it.
 * @param {Segment} a @param {Segment} b */
function overlaps(a, b) {
  return a.fromStopIndex < b.toStopIndex && b.fromStopIndex < a.toStopIndex;
}

/** @param {OccupiedSegment} entry */
function rank(entry) {
  return entry.status === "RESERVED" ? 1 : 0;
}
