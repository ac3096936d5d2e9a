// The stock Socket.IO client and nothing else. It comes back by itself, and what it missed comes too
// (`socket.recovered`); after a longer absence the map is asked for again.

import { io } from "socket.io-client";
import { departure, server } from "../departure.js";
import "../seats.css";

const route = await departure();
const socket = io(`${server}/seats`);
const state = document.getElementById("state");
const list = document.getElementById("seats");

/** Of each seat, the pieces of the way on which it is taken: the seat is free where no piece overlaps. */
let taken = new Map();
let seq = 0;

document.getElementById("heading").textContent = `${route.fromCity} – ${route.toCity}`;
list.replaceChildren(
  ...Array.from({ length: route.bus.seatCount }, (_, at) => {
    const item = document.createElement("li");
    item.dataset.seat = item.textContent = at + 1;
    return item;
  }),
);

socket.on("connect", () => {
  state.textContent = socket.recovered ? "live" : "connecting";
  if (socket.recovered) return;
  // Both at once: the map stands in the stream of events at its `seq`, so nothing falls between.
  socket.emit("subscribe_route", { routeId: route.id });
  socket.emit("get_seat_availability", { routeId: route.id });
});
socket.on("disconnect", () => {
  state.textContent = "offline";
});
socket.on("seat_availability", (map) => {
  taken = new Map();
  for (const { seatNumber, ...piece } of map.seats) piecesOf(seatNumber).push(piece);
  seq = map.seq;
  state.textContent = "live";
  for (const item of list.children) draw(Number(item.dataset.seat));
});
socket.on("seat_update", (update) => {
  // An event that came before the map is in it already.
  if (update.seq <= seq) return;
  seq = update.seq;
  const { seatNumber, eventType, fromStopIndex, toStopIndex } = update;
  const isFree = eventType === "seat_available" || eventType === "seat_suspended";
  const isTaken = eventType === "seat_reserved" || eventType === "seat_confirmed";
  if (!isFree && !isTaken) return;
  const others = piecesOf(seatNumber).filter((piece) => !(piece.fromStopIndex < toStopIndex && fromStopIndex < piece.toStopIndex));
  const status = eventType === "seat_reserved" ? "RESERVED" : "CONFIRMED";
  taken.set(seatNumber, isTaken ? [...others, { status, fromStopIndex, toStopIndex }] : others);
  draw(seatNumber);
});
// The route itself changed (bus, times, on or off sale): the map is asked for again.
socket.on("route_update", () => socket.emit("get_seat_availability", { routeId: route.id }));
socket.on("error", ({ message }) => {
  state.textContent = message;
});

function piecesOf(seatNumber) {
  if (!taken.has(seatNumber)) taken.set(seatNumber, []);
  return taken.get(seatNumber);
}

/** On the whole way, from the first stop to the last. */
function draw(seatNumber) {
  const pieces = piecesOf(seatNumber);
  const isSold = pieces.some(({ status }) => status !== "RESERVED");
  list.children[seatNumber - 1].dataset.state = pieces.length === 0 ? "free" : isSold ? "confirmed" : "reserved";
}
