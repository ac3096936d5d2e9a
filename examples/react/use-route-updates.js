// The hook of the platform's own description, with its name and its first argument, done right.
//
// That one opened a socket of its own for each component, began with no map at all, lost what happened while
// the connection was away, kept the seats of the route before when `routeId` changed, and could not know that a
// seat taken on another part of the way is free on this one.

import { useSeatMap } from "seatwire/react";
import { server } from "../departure.js";

/** The seats of a route as they are now, and what is known of the connection. */
export function useRouteUpdates(routeId, options) {
  return useSeatMap(server, routeId, options);
}
