// Decides how a React component follows a seat map: one map for each server and route, watched while the
// component is mounted. Everything else belongs to the map itself.

import { useCallback, useEffect, useMemo, useSyncExternalStore } from "react";
import { seatMap } from "./seat-map-store.js";

/**
 * @typedef {import("./seat-map-store.js").SeatMapOptions} SeatMapOptions
 * @typedef {import("./seat-map-store.js").SeatMapSnapshot} SeatMapSnapshot
 * @typedef {import("./seatwire.js").Seatwire} Seatwire
 */

/**
 * The live seats of a route. Another token or segment keeps the map; another server or route begins anew.
 * @param {string | URL | Seatwire | undefined} server  An address, or a connection that components share.
 * @param {string | null | undefined} routeId  Nothing is watched while there is none.
 * @param {Pick<SeatMapOptions, "token" | "fromStopIndex" | "toStopIndex" | "offers" | "WebSocket">} [options]
 * @returns {SeatMapSnapshot & {refresh: () => void}}
 */
export function useSeatMap(server, routeId, options = {}) {
  const { token, fromStopIndex, toStopIndex, offers = false, WebSocket } = options;
  // A URL object is usually made anew on each render.
  const address = server instanceof URL ? server.href : server;
  const map = useMemo(
    () => seatMap(address, routeId, { token, fromStopIndex, toStopIndex, offers, WebSocket }),
    // Not the token and the segment, which are changed below without losing the map.
    [address, routeId, offers, WebSocket],
  );
  useEffect(() => map.setToken(token), [map, token]);
  useEffect(() => map.setSegment(fromStopIndex, toStopIndex), [map, fromStopIndex, toStopIndex]);
  const picture = useCallback(() => map.getSnapshot(fromStopIndex, toStopIndex), [map, fromStopIndex, toStopIndex]);
  const snapshot = useSyncExternalStore(map.subscribe, picture, picture);
  return useMemo(() => ({ ...snapshot, refresh: () => map.refresh() }), [map, snapshot]);
}
