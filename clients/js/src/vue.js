// Decides how a Vue component follows a seat map: one map for each server and route, watched from when the
// component is mounted until its scope ends. Everything else belongs to the map itself.

import { getCurrentInstance, onMounted, onScopeDispose, shallowReadonly, shallowRef, toRaw, toValue, watch } from "vue";
import { seatMap } from "./seat-map-store.js";

/**
 * @typedef {import("./seat-map-store.js").SeatMapOptions} SeatMapOptions
 * @typedef {import("./seat-map-store.js").SeatMapSnapshot} SeatMapSnapshot
 * @typedef {import("./seat-map-store.js").SeatMapStore} SeatMapStore
 * @typedef {import("./seatwire.js").Seatwire} Seatwire
 * @typedef {Pick<SeatMapOptions, "token" | "fromStopIndex" | "toStopIndex" | "offers" | "WebSocket">} UseSeatMapOptions
 */

/**
 * The live seats of a route. Every argument may be a ref or a getter: another token or segment keeps the map,
 * another server or route begins anew.
 * @param {import("vue").MaybeRefOrGetter<string | URL | Seatwire | undefined>} server
 * @param {import("vue").MaybeRefOrGetter<string | null | undefined>} routeId  Nothing is watched while there is none.
 * @param {import("vue").MaybeRefOrGetter<UseSeatMapOptions>} [options]
 * @returns {{snapshot: Readonly<import("vue").ShallowRef<SeatMapSnapshot>>, refresh: () => void}}
 */
export function useSeatMap(server, routeId, options = {}) {
  const made = () => seatMap(toRaw(toValue(server)), toValue(routeId), toValue(options));
  let map = made();
  const snapshot = shallowRef(map.getSnapshot());
  /** @type {(() => void) | undefined} */
  let end;

  const begin = () => {
    end?.();
    end = map.subscribe((now) => {
      snapshot.value = now;
    });
    snapshot.value = map.getSnapshot();
  };

  // Not while a page is rendered on a server: there nothing would ever end it.
  if (getCurrentInstance()) onMounted(begin);
  else begin();
  onScopeDispose(() => end?.());

  watch([() => addressOf(toValue(server)), () => toValue(routeId), () => toValue(options).offers], () => {
    const isBegun = end !== undefined;
    end?.();
    end = undefined;
    map = made();
    if (isBegun) begin();
    else snapshot.value = map.getSnapshot();
  });
  watch(
    () => toValue(options).token,
    (token) => map.setToken(token),
  );
  watch([() => toValue(options).fromStopIndex, () => toValue(options).toStopIndex], ([from, to]) => {
    map.setSegment(from, to);
    snapshot.value = map.getSnapshot();
  });

  return { snapshot: shallowReadonly(snapshot), refresh: () => map.refresh() };
}

/** A URL object is usually made anew each time. @param {string | URL | Seatwire | undefined} server */
function addressOf(server) {
  return server instanceof URL ? server.href : toRaw(server);
}
