import { memo, useEffect } from "react";
import { useRouteUpdates } from "./use-route-updates.js";

const WORDS = {
  connecting: "connecting…",
  live: "live",
  offline: "offline: these are the last seats that were known",
};

/** The seat map of a departure on a segment. */
export function Seats({ routeId, fromStopIndex, toStopIndex, onRouteChange }) {
  const { state, error, seats, freeSeats, routeChanges } = useRouteUpdates(routeId, { fromStopIndex, toStopIndex });
  useEffect(() => {
    if (routeChanges > 0) onRouteChange();
    // `onRouteChange` is another function at each render; only the count says that there was a change.
  }, [routeChanges]);
  if (state === "error") return <p role="alert">{error.message}</p>;
  return (
    <>
      <p id="state" data-state={state}>
        {WORDS[state]}
      </p>
      <p>
        <b id="free">{freeSeats.length}</b> of {seats.length} seats are free
      </p>
      <ul className="seats">
        {seats.map((seat) => (
          <Seat key={seat.seatNumber} seat={seat} />
        ))}
      </ul>
    </>
  );
}

/** Drawn again only when this seat changed: the map keeps the objects of the others. */
const Seat = memo(function Seat({ seat }) {
  return (
    <li data-seat={seat.seatNumber} data-state={seat.state}>
      {seat.seatNumber}
    </li>
  );
});
