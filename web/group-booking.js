// Decides how a party becomes one booking: its holds first, then all journeys in one request. Keeps the
// invariant that one wish is one booking: what was sent and not answered is sent again word for word, under
// the same key, even if the hold that it names has ended meanwhile.

import { Intention, isUndecided } from "./api.js";

/** A lost answer is asked for again at once, then after a moment; then the traveller is told. */
const AGAIN_AFTER_MS = [300, 1_500];
/** The hold is over: the seats may be free all the same. */
const HOLD_IS_OVER = new Set(["hold_expired", "hold_not_found", "hold_elsewhere"]);

export class GroupBooking {
  #intention = new Intention();
  /** What was sent without an answer, and for which wish. @type {{wish: string, body: object} | undefined} */
  #unanswered;

  /**
   * `journeys`: the `JourneySeats` of the party, out and back. `values`: `{passengers, contact}` as typed.
   * Answers the booking, or throws why there is none.
   */
  async send(journeys, party, values, more = {}) {
    await Promise.all(journeys.map(({ hold }) => hold.settled()));
    const wish = JSON.stringify([party.passengers.map(({ seats }) => seats), journeys.map(({ journey }) => journey.routeId), values, more]);
    const sent = this.#unanswered?.wish === wish ? this.#unanswered.body : bodyOf(journeys, party, values, more);
    try {
      return await this.#ask(wish, sent, journeys);
    } catch (error) {
      if (!HOLD_IS_OVER.has(error.code)) throw error;
      // Of two holds the other one may be live: its seats are free to nobody but its token.
      await Promise.all(journeys.map(({ hold }) => hold.look()));
      return this.#ask(wish, bodyOf(journeys, party, values, more), journeys);
    }
  }

  async #ask(wish, body, journeys) {
    this.#unanswered = { wish, body };
    const booking = await this.#insist(body).catch((error) => {
      if (!isUndecided(error)) this.#unanswered = undefined;
      throw error;
    });
    this.#unanswered = undefined;
    for (const { hold } of journeys) hold.becameBooking();
    return booking;
  }

  async #insist(body) {
    for (const wait_ms of AGAIN_AFTER_MS) {
      try {
        return await this.#intention.send("POST", "/bookings", body);
      } catch (error) {
        if (!isUndecided(error)) throw error;
        await new Promise((resolve) => setTimeout(resolve, wait_ms));
      }
    }
    return this.#intention.send("POST", "/bookings", body);
  }
}

function bodyOf(journeys, party, { passengers, contact }, more) {
  return {
    journeys: journeys.map(({ journey, hold }, index) => ({
      routeId: journey.routeId,
      fromCity: journey.fromCity,
      toCity: journey.toCity,
      holdToken: hold.token,
      passengers: party.passengers.map(({ seats }, at) => ({ seatNumber: seats[index], ...passengers[at] })),
    })),
    contact,
    ...more,
  };
}
