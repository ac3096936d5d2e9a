// Decides what a traveller's journey is: one route, two of its stops, and what follows from them.
// Pure; the server has the last word on the price.

import { sameCity } from "./city-names.js";

/** A journey from a search hit, whose segment the server has already found. */
export function journeyOfHit(hit) {
  const { fromCity, toCity, fromStopIndex, toStopIndex } = hit.segment;
  return {
    routeId: hit.id,
    route: hit,
    stops: hit.stops,
    fromStopIndex,
    toStopIndex,
    fromCity,
    toCity,
    departureTime: hit.departureTime,
    arrivalTime: hit.arrivalTime,
    price: hit.price,
    isSold: true,
    dateInfo: hit.dateInfo,
  };
}

/** A journey on a whole route, from and to the named cities; its ends where a name is absent or unknown. */
export function journeyOfRoute(route, { from, to } = {}) {
  const { stops } = route;
  const last = stops.length - 1;
  let fromStopIndex = from ? stops.findIndex(({ city }) => sameCity(city, from)) : 0;
  let toStopIndex = to ? stops.findLastIndex(({ city }) => sameCity(city, to)) : last;
  if (fromStopIndex < 0 || fromStopIndex >= last) fromStopIndex = 0;
  if (toStopIndex <= fromStopIndex) toStopIndex = last;
  const fromCity = stops[fromStopIndex].city;
  const toCity = stops[toStopIndex].city;
  const fare = route.prices?.find((each) => sameCity(each.fromCity, fromCity) && sameCity(each.toCity, toCity));
  return {
    routeId: route.id,
    route,
    stops,
    fromStopIndex,
    toStopIndex,
    fromCity,
    toCity,
    departureTime: stops[fromStopIndex].time,
    arrivalTime: stops[toStopIndex].time,
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
