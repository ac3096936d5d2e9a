// The stock Socket.IO client and nothing else. It comes back by itself, and what it missed comes too
// (`socket.recovered`); after a longer absence the map is asked for again.

import { io } from "socket.io-client";
import { departure, server } from "../departure.js";
import "../seats.css";

/** How long to wait before a server that could not answer is asked again. */
const ASK_AGAIN_MS = 3_000;

const route = await departure();
const socket = io(`${server}/seats`);
const state = document.getElementById("state");
const list = document.getElementById("seats");

/** Of each seat, the pieces of the way on which it is taken: the seat is free where no piece overlaps. */
let taken = new Map();
let seq = 0;
/** Whether the server has confirmed in this session that we watch, and whether the map that was asked for came. */
let isWatching = false;
let hasMap = false;
let again;

document.getElementById("heading").textContent = `${route.fromCity} – ${route.toCity}`;
showSeats(route.bus.seatCount);

socket.on("connect", () => {
  // A session that broke before its answers came is recovered without a room, or without a map.
  if (!socket.recovered) isWatching = hasMap = false;
  state.textContent = isWatching && hasMap ? "live" : "connecting";
  watch();
});
socket.on("disconnect", () => {
  clearTimeout(again);
  state.textContent = "offline";
});
socket.on("subscribed", () => {
  isWatching = true;
});
socket.on("seat_availability", (map) => {
  hasMap = isWatching;
  taken = new Map();
  for (const { seatNumber, ...piece } of map.seats) piecesOf(seatNumber).push(piece);
  seq = map.seq;
  if (hasMap) state.textContent = "live";
  showSeats(map.seatCount);
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
socket.on("route_update", () => askForMap());
socket.on("error", ({ code, event, message }) => {
  state.textContent = message;
  if (code !== "unavailable" && code !== "rate_limited") return;
  if (event === "subscribe_route") isWatching = false;
  hasMap = false;
  clearTimeout(again);
  again = setTimeout(watch, ASK_AGAIN_MS);
});

/** Both at once: the map stands in the stream of events at its `seq`, so nothing falls between. */
function watch() {
  // Always, since who is in the room already is not moved.
  socket.emit("subscribe_route", { routeId: route.id });
  if (!isWatching || !hasMap) askForMap();
}

function askForMap() {
  hasMap = false;
  socket.emit("get_seat_availability", { routeId: route.id });
}

function piecesOf(seatNumber) {
  if (!taken.has(seatNumber)) taken.set(seatNumber, []);
  return taken.get(seatNumber);
}

/** As many as the bus has now: it may have been changed for another one. */
function showSeats(count) {
  while (list.children.length > count) list.lastChild.remove();
  while (list.children.length < count) {
    const item = document.createElement("li");
    item.dataset.seat = item.textContent = list.children.length + 1;
    list.append(item);
  }
  for (const item of list.children) draw(Number(item.dataset.seat));
}

/** On the whole way, from the first stop to the last. */
function draw(seatNumber) {
  const item = list.children[seatNumber - 1];
  // A seat of the bus that comes: the map that was asked for has it.
  if (!item) return;
  const pieces = piecesOf(seatNumber);
  const isSold = pieces.some(({ status }) => status !== "RESERVED");
  item.dataset.state = pieces.length === 0 ? "free" : isSold ? "confirmed" : "reserved";
}
