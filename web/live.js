// Decides what the page says about its live connection, and that there is only one for all that is watched.
// Seats and events themselves belong to the client module.

import { Seatwire } from "/client/seatwire.js";
import { announce, el } from "./dom.js";
import { showNotice } from "./notices.js";
import { currentToken, currentUser, onTokenChange, verifySession } from "./session.js";

const CAUGHT_UP_SHOWN_MS = 6_000;

const WORDS = {
  connecting: "Connecting…",
  live: "Live",
  reconnecting: "Reconnecting…",
  refused: "Not live",
};

let seatwire;

function connection() {
  if (!seatwire) {
    seatwire = new Seatwire({ token: currentToken(), onNotice: toUser });
    onTokenChange(() => seatwire.setToken(currentToken()));
  }
  return seatwire;
}

/** What is said to the watchers of a route is for whoever has it open, not for whoever sees it in a list. */
function toUser(notice) {
  if (notice.routeId === undefined) showNotice(notice);
}

/**
 * Watches a journey's route. `onChange(map, update)` and `onRouteUpdate(update)` as in the client module; `onGone()` when the route no
 * longer exists; `onLoginNeeded(isNeeded)`: whether the server shows its seats live to nobody without a login, and there is none.
 * Returns the watch and the badge that tells how fresh the map is.
 */
export function watchJourney(journey, { onChange, onRouteUpdate, onGone, onLoginNeeded }) {
  const badge = new LiveBadge();
  const watch = connection().watchRoute(journey.routeId, {
    fromStopIndex: journey.fromStopIndex,
    toStopIndex: journey.toStopIndex,
    onChange,
    onRouteUpdate,
    onNotice: (notice) => {
      if (notice.routeId !== undefined) showNotice(notice);
    },
    onStatus: (status) => {
      badge.show(status);
      onLoginNeeded(false);
    },
    onError: ({ code }) => {
      if (code === "route_not_found") onGone();
      if (code !== "unauthorized") return;
      // Renews the token or ends the session: the connection then goes on with another token, or with none.
      if (currentUser()) verifySession();
      else {
        badge.show("refused");
        onLoginNeeded(true);
      }
    },
  });
  return {
    badge: badge.element,
    refresh: () => watch.refresh(),
    close: () => {
      badge.close();
      watch.close();
    },
  };
}

/** Follows how many seats are free on a journey. Returns a function that stops it. */
export function watchFreeSeats(journey, onFree) {
  const { fromStopIndex, toStopIndex } = journey;
  const watch = connection().watchRoute(journey.routeId, {
    fromStopIndex,
    toStopIndex,
    onChange: (map) => onFree(map.freeSeats(fromStopIndex, toStopIndex).length),
  });
  return () => watch.close();
}

class LiveBadge {
  #text = el("span", { class: "live-text" });
  element = el(
    "span",
    { class: "live-badge", "data-testid": "live-status" },
    el("span", { class: "live-dot", "aria-hidden": "true" }),
    this.#text,
  );
  #lost = false;
  #timer;

  show(status) {
    clearTimeout(this.#timer);
    this.element.dataset.status = status;
    this.#text.textContent = WORDS[status];
    delete this.element.dataset.caughtUp;
    if (status === "reconnecting" && !this.#lost) {
      this.#lost = true;
      announce("Connection lost, reconnecting");
      verifySession();
    }
    if (status === "live" && this.#lost) {
      this.#lost = false;
      this.element.dataset.caughtUp = "";
      this.#text.textContent = "Live – up to date";
      announce("Connected again. The seat map is up to date.");
      this.#timer = setTimeout(() => this.show("live"), CAUGHT_UP_SHOWN_MS);
    }
  }

  close() {
    clearTimeout(this.#timer);
  }
}
