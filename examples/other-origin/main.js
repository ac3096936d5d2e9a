// A frontend on an origin of its own (this page is not the server's): it logs in, books with the token, and
// watches with the token, so that the traveller's own seat is told by its code.
// The server lets it in if `SEATWIRE_CORS_ORIGINS` names it.

import { seatMap } from "seatwire";
import { departure, server } from "../departure.js";
import "../seats.css";

const said = document.getElementById("said");
const route = await departure();
const seats = seatMap(server, route.id);
let token;

seats.subscribe(draw);
draw(seats.getSnapshot());

document.getElementById("login").addEventListener("submit", async (event) => {
  event.preventDefault();
  const person = Object.fromEntries(new FormData(event.target));
  await saying(async () => {
    ({ token } = await post("/auth/login", person));
    seats.setToken(token);
    return `logged in as ${person.email}; click a free seat`;
  });
});

document.getElementById("seats").addEventListener("click", async ({ target }) => {
  if (target.dataset.state !== "free") return;
  await saying(async () => {
    const ticket = await post("/tickets", {
      routeId: route.id,
      fromCity: route.fromCity,
      toCity: route.toCity,
      seatNumber: Number(target.dataset.seat),
      gender: "FEMALE",
      userPhoneNumber: "5551234567",
      passengerName: "Deniz Yolcu",
    });
    return `seat ${ticket.seatNumber} is yours until ${new Date(ticket.expiresAt).toLocaleTimeString()}: ${ticket.pnrNumber}`;
  });
});

async function post(path, body) {
  const response = await fetch(server + path, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      // The same key with each repeat of the same booking: it is booked once, however often this is sent.
      ...(token ? { authorization: `Bearer ${token}`, "idempotency-key": crypto.randomUUID() } : {}),
    },
    body: JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.detail);
  return answer;
}

async function saying(act) {
  try {
    said.textContent = await act();
  } catch (fault) {
    said.textContent = fault.message;
  }
}

function draw({ state, error, seats }) {
  document.getElementById("state").textContent = error?.message ?? state;
  document.getElementById("seats").replaceChildren(
    ...seats.map((seat) => {
      const item = document.createElement("li");
      item.dataset.seat = item.textContent = seat.seatNumber;
      item.dataset.state = seat.state;
      if (seat.pnrNumber) item.title = seat.pnrNumber;
      return item;
    }),
  );
}
