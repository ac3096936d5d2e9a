// Decides when the chosen seats of a journey are held at the server, and keeps the hold equal to the choice.
// One request at a time: the server's hold cannot be changed, so another choice lets it go and takes the seats
// anew, once the choosing has paused. Knows no page; what a seat looks like follows from `covers` and `state`.

import { Intention, get, isOutage, isUndecided, sendLast } from "./api.js";
import { serverNow } from "./clock.js";
import { forgetHold, keepHold, keptHold } from "./kept-hold.js";
import { whenLeft } from "./leaving.js";
import { onServerBack } from "./server-reach.js";

/** Whoever chooses four seats does it seat by seat; they are held together. */
const CHOOSING_PAUSE_MS = 1_000;
const TICK_MS = 500;
const ASK_AGAIN_MS = 2_000;
/** How often the server is asked whether a hold has ended that is over by our clock. */
const ENDED_YET_MS = 4_000;
/** A hold that is about to end is extended once, if its owner is still busy with the form. */
const EXTEND_BEFORE_END_MS = 60_000;
/** How often it is tried in a row before the traveller is asked to choose again. */
const RACES_MAX = 3;

/**
 * @typedef {object} HoldState
 * @property {"none" | "taking" | "held" | "expired" | "refused" | "away"} kind
 * @property {number} [left_ms]      while held
 * @property {number} [whole_ms]     while held: how long it lasted when it was told
 * @property {boolean} [isExtended]  while held
 * @property {Error} [error]         why it was refused
 */

export class SeatHold {
  #journey;
  #callbacks;
  #intention = new Intention();
  #extending = new Intention();
  /** @type {number[]} */
  #wanted = [];
  /** What the server holds for us. @type {{holdToken: string, seatNumbers: number[], expiresAt?: string, whole_ms?: number, isExtended: boolean} | undefined} */
  #hold;
  /** The request whose answer is not known. */
  #asked;
  /** Why nothing is held although seats are wanted. @type {HoldState | undefined} */
  #trouble;
  #working;
  #pause;
  #again;
  #ticker;
  /** When to ask again whether the hold has ended, by the server's clock. */
  #askAt_ms = 0;
  #races = 0;
  #isClosed = false;
  #stopListening;

  /**
   * `onChange()` whenever `state` may be another, `onLost(seats)` when somebody else has them,
   * `isBusy()`: whether the traveller is typing.
   */
  constructor(journey, callbacks) {
    this.#journey = journey;
    this.#callbacks = callbacks;
    const stopBack = onServerBack(() => this.#retry());
    const stopLeaving = whenLeft({ onLeave: () => this.#leave(), onReturn: () => this.#retry() });
    this.#stopListening = () => {
      stopBack();
      stopLeaving();
    };
  }

  /** @returns {HoldState} */
  get state() {
    if (this.#wanted.length === 0) return { kind: "none" };
    if (this.#trouble) return this.#trouble;
    if (!this.#isEqual) return { kind: "taking" };
    const { whole_ms, isExtended } = this.#hold;
    return { kind: "held", left_ms: this.#left_ms, whole_ms, isExtended };
  }

  /** Whether this seat is ours at the server, or is just being taken for us: then an event about it is our own. */
  covers(seat) {
    return Boolean(this.#hold?.seatNumbers.includes(seat) || this.#asked?.seatNumbers.includes(seat));
  }

  /** What turns the held seats into a booking; none while they are not all held. */
  get token() {
    return this.#isEqual ? this.#hold?.holdToken : undefined;
  }

  /** These seats are to be held; none lets go. */
  want(seats) {
    this.#wanted = [...seats];
    this.#trouble = undefined;
    this.#races = 0;
    clearTimeout(this.#pause);
    this.#pause = undefined;
    if (this.#hold && seats.length > 0 && !this.#isEqual) {
      this.#pause = setTimeout(() => this.#endPause(), CHOOSING_PAUSE_MS);
      this.#callbacks.onChange();
    } else {
      this.#work();
    }
  }

  /** Resolves when all is done that can be done now to hold what is wanted. */
  async settled() {
    this.#endPause();
    await this.#working;
  }

  /** Tries again after a refusal or an end. */
  again() {
    this.want(this.#wanted);
  }

  /** Makes it last longer; the server allows it once. */
  async extend() {
    const hold = this.#hold;
    if (!hold?.expiresAt || hold.isExtended) return;
    hold.isExtended = true;
    try {
      this.#lasts(hold, await this.#extending.send("POST", `/holds/${hold.holdToken}/extend`));
    } catch (error) {
      // Whether it was extended is asked where that is cheap to know; at worst it ends at its first time.
      if (isUndecided(error)) hold.isExtended = false;
      else await this.look();
    }
    this.#callbacks.onChange();
  }

  /**
   * The seats that were held before the page was loaded; they have to be wanted again. A reload cannot be told
   * from leaving, so the page let them go; after a crash they are still ours.
   */
  async resume() {
    const kept = keptHold(this.#journey);
    if (!kept) return [];
    if (kept.isLeft) {
      this.#hold = letGoAgain(kept.token);
      return kept.seats;
    }
    try {
      this.#adopt(await get(`/holds/${kept.token}`));
    } catch (error) {
      if (isOutage(error)) return [];
    }
    return kept.seats;
  }

  /** An event says that a seat of ours is free: the hold has ended elsewhere, or another window let it go. */
  heardFree(seat) {
    if (!this.#working && this.#hold?.seatNumbers.includes(seat)) this.look();
  }

  /** It became a booking, which has the seats now. */
  becameBooking() {
    this.#hold = undefined;
    this.#wanted = [];
    this.#trouble = undefined;
    forgetHold(this.#journey.routeId);
    this.#callbacks.onChange();
  }

  /** The server says that the hold is over. */
  ended() {
    this.#hold = undefined;
    forgetHold(this.#journey.routeId);
    if (this.#wanted.length > 0) this.#trouble = { kind: "expired" };
    this.#callbacks.onChange();
  }

  /** Asks whether it is still live. */
  async look() {
    const hold = this.#hold;
    if (!hold?.expiresAt) return;
    try {
      this.#lasts(hold, await get(`/holds/${hold.holdToken}`));
    } catch (error) {
      // Anything else, a limit for example, says nothing about the hold.
      if (isOver(error) && this.#hold === hold) this.ended();
    }
  }

  /** The choice is dropped for good. */
  close() {
    this.#isClosed = true;
    this.#stopListening();
    for (const timer of [this.#pause, this.#again]) clearTimeout(timer);
    clearInterval(this.#ticker);
    this.#wanted = [];
    if (this.#hold) sendLast("DELETE", `/holds/${this.#hold.holdToken}`);
    forgetHold(this.#journey.routeId);
  }

  get #left_ms() {
    return Date.parse(this.#hold.expiresAt) - serverNow();
  }

  get #isEqual() {
    const held = this.#hold?.seatNumbers ?? [];
    return held.length === this.#wanted.length && this.#wanted.every((seat) => held.includes(seat));
  }

  #endPause() {
    clearTimeout(this.#pause);
    this.#pause = undefined;
    if (!this.#isClosed) this.#work();
  }

  #work() {
    this.#working ??= this.#bring().finally(() => {
      this.#working = undefined;
      this.#callbacks.onChange();
    });
    this.#callbacks.onChange();
    return this.#working;
  }

  /** What is wanted may change while an answer is awaited; so it is looked at before every step. */
  async #bring() {
    try {
      while (!this.#isEqual && !this.#trouble) {
        if (this.#asked) await this.#take(this.#asked);
        else if (this.#hold) await this.#letGo();
        else await this.#take(this.#request());
      }
    } catch (error) {
      this.#refused(error);
    }
  }

  #request() {
    const { routeId, fromCity, toCity } = this.#journey;
    return { routeId, fromCity, toCity, seatNumbers: [...this.#wanted].sort((a, b) => a - b) };
  }

  async #take(request) {
    this.#asked = request;
    let hold;
    try {
      hold = await this.#intention.send("POST", "/holds", request);
    } catch (error) {
      // It is asked again with the same key, whatever is wanted by then: only the answer tells whose they are.
      if (isUndecided(error)) throw error;
      this.#asked = undefined;
      this.#races += 1;
      // The session has ended with this answer: from now on it is asked without one.
      if (error.status === 401 && this.#races <= RACES_MAX) return;
      if (error.code !== "seat_taken") throw error;
      await this.#sortOut(error);
      return;
    }
    this.#asked = undefined;
    this.#adopt(hold);
    if (this.#isClosed) sendLast("DELETE", `/holds/${hold.holdToken}`);
    else this.#keep();
  }

  #adopt(hold) {
    this.#hold = { ...hold, isExtended: false };
    this.#lasts(this.#hold, hold);
    this.#races = 0;
    this.#askAt_ms = 0;
    this.#ticker ??= setInterval(() => this.#tick(), TICK_MS);
  }

  #lasts(hold, { expiresAt }) {
    hold.expiresAt = expiresAt;
    // Our clock may be a little behind the server's; more than there is must not be promised.
    hold.whole_ms = Math.floor((Date.parse(expiresAt) - serverNow()) / 1_000) * 1_000;
  }

  #keep() {
    const { routeId, fromCity, toCity } = this.#journey;
    keepHold(routeId, { token: this.#hold.holdToken, seats: this.#hold.seatNumbers, fromCity, toCity });
  }

  async #letGo() {
    try {
      await this.#intention.send("DELETE", `/holds/${this.#hold.holdToken}`);
    } catch (error) {
      // What the server does not know holds nothing.
      if (error.status !== 404) throw error;
    }
    this.#hold = undefined;
    forgetHold(this.#journey.routeId);
  }

  /** Somebody was faster: which seats are gone the server knows best, as events may be still on their way. */
  async #sortOut(error) {
    const { routeId, fromCity, toCity } = this.#journey;
    const free = new Set(await get(`/tickets/available-seats/${routeId}`, { fromCity, toCity }));
    const lost = this.#wanted.filter((seat) => !free.has(seat));
    if (lost.length > 0) {
      this.#wanted = this.#wanted.filter((seat) => free.has(seat));
      this.#callbacks.onLost(lost);
    } else if (this.#races > RACES_MAX) {
      throw error;
    }
  }

  #refused(error) {
    if (isUndecided(error) || isOutage(error)) {
      this.#trouble = { kind: "away" };
      clearTimeout(this.#again);
      this.#again = setTimeout(() => this.#retry(), ASK_AGAIN_MS);
    } else {
      this.#trouble = { kind: "refused", error };
    }
  }

  #retry() {
    if (this.#isClosed || (this.#trouble && this.#trouble.kind !== "away")) return;
    this.#trouble = undefined;
    this.#work();
  }

  #tick() {
    if (!this.#hold?.expiresAt) return;
    if (this.#left_ms <= 0) this.#askForEnd();
    else if (this.#left_ms < EXTEND_BEFORE_END_MS && !this.#hold.isExtended && this.#callbacks.isBusy()) this.extend();
    else this.#callbacks.onChange();
  }

  /** By our clock it is over; the seats are ours until the server says so. */
  #askForEnd() {
    if (!this.#working && serverNow() >= this.#askAt_ms) {
      this.#askAt_ms = serverNow() + ENDED_YET_MS;
      this.look().then(() => this.#callbacks.onChange());
    }
    this.#callbacks.onChange();
  }

  #leave() {
    if (!this.#hold?.expiresAt) return;
    const { routeId, fromCity, toCity } = this.#journey;
    const { holdToken, seatNumbers } = this.#hold;
    sendLast("DELETE", `/holds/${holdToken}`);
    keepHold(routeId, { token: holdToken, seats: seatNumbers, fromCity, toCity, isLeft: true });
    // Shown again by the browser's back button, the seats are taken anew.
    this.#hold = letGoAgain(holdToken);
  }
}

/** Whether the server says that a hold has ended, or that it knows none. */
function isOver({ status, code }) {
  return status === 404 || code === "hold_expired";
}

/**
 * A hold that was let go by a page that could not wait for the answer. It is let go once more before its seats
 * are taken: the first request may have been lost, or may come after the next one.
 */
function letGoAgain(holdToken) {
  return { holdToken, seatNumbers: [], isExtended: true };
}
