// Decides what a traveller's journey is: one route, two of its stops, and what follows from them.
// Pure; the server has the last word on the price.

import { sameCity } from "./city-names.js";
import { withReadableTimes } from "./format.js";

/**
 * A journey from a search hit, whose segment the server has already found.
 * `wanted` names the cities for a server that leaves the stops out.
 */
export function journeyOfHit(hit, wanted) {
  const stops = stopsOf(hit);
  return {
    routeId: hit.id,
    route: hit,
    stops,
    fromStopIndex: hit.fromStopIndex,
    toStopIndex: hit.toStopIndex,
    fromCity: stops[hit.fromStopIndex]?.station ?? wanted.from,
    toCity: stops[hit.toStopIndex]?.station ?? wanted.to,
    departureTime: hit.departureTime,
    arrivalTime: hit.arrivalTime,
    price: hit.price,
    isSold: true,
    dateInfo: withReadableTimes(hit.dateInfo ?? ""),
  };
}

/** A journey on a whole route, from and to the named cities; its ends where a name is absent or unknown. */
export function journeyOfRoute(route, { from, to } = {}) {
  const stops = stopsOf(route);
  const last = stops.length - 1;
  let fromStopIndex = from ? stops.findIndex(({ station }) => sameCity(station, from)) : 0;
  let toStopIndex = to ? stops.findLastIndex(({ station }) => sameCity(station, to)) : last;
  if (fromStopIndex < 0 || fromStopIndex >= last) fromStopIndex = 0;
  if (toStopIndex <= fromStopIndex) toStopIndex = last;
  const fromCity = stops[fromStopIndex].station;
  const toCity = stops[toStopIndex].station;
  const fare = route.prices?.find((each) => sameCity(each.fromCity, fromCity) && sameCity(each.toCity, toCity));
  return {
    routeId: route.id,
    route,
    stops,
    fromStopIndex,
    toStopIndex,
    fromCity,
    toCity,
    departureTime: instant(stops[fromStopIndex].time) ?? route.departureTime,
    arrivalTime: instant(stops[toStopIndex].time) ?? route.arrivalTime,
    price: fare?.price ?? route.price,
    isSold: fare?.isSold !== false,
    dateInfo: "",
  };
}

/** Whether a ticket takes its seat on any leg of the journey. */
export function overlapsJourney(ticket, journey) {
  return (
    ticket.routeId === journey.routeId &&
    ticket.fromStopIndex < journey.toStopIndex &&
    journey.fromStopIndex < ticket.toStopIndex
  );
}

/** The route's stops in order, `[{station, time}]`; at least its two ends. */
function stopsOf(route) {
  const stops = [...(route.routeStations ?? [])].sort((a, b) => a.order - b.order);
  if (stops.length === 0 || !sameCity(stops[0].station, route.fromCity)) {
    if (stops.length < 2) stops.unshift({ station: route.fromCity, time: route.departureTime });
  }
  if (stops.length < 2) stops.push({ station: route.toCity, time: route.arrivalTime });
  return stops;
}

function instant(time) {
  return Number.isNaN(Date.parse(time ?? "")) ? undefined : time;
}
