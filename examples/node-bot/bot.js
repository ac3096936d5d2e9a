// A bot that wants one seat: it looks at the live map, books the first seat of its wishes that is free, tries the
// next one when somebody was faster, pays, and ends when the map says that the seat is sold.
//   node bot.js [server] [route]      SEAT_WISHES=7,8 EMAIL=… PASSWORD=…

import { randomUUID } from "node:crypto";
import { seatMap } from "seatwire";
import WebSocket from "ws";

const [server = "http://localhost:3000", routeGiven] = process.argv.slice(2);
const { SEAT_WISHES = "", EMAIL = "customer@seatwire.example", PASSWORD = "customer-demo-1" } = process.env;

let token;
({ token } = await call("POST", "/auth/login", { email: EMAIL, password: PASSWORD }));
const route = routeGiven ? await call("GET", `/routes/${routeGiven}`) : (await call("GET", "/routes/upcoming?days=14&limit=1"))[0];
// Node.js has a WebSocket of its own from version 22 on.
const seats = seatMap(server, route.id, { token, WebSocket });
const stop = seats.subscribe(() => {});

const wishes = SEAT_WISHES.split(",").map(Number).filter(Boolean);
const { freeSeats } = await until(({ state }) => state === "live");
const ticket = await firstOf(wishes.length > 0 ? wishes.filter((seat) => freeSeats.includes(seat)) : freeSeats);
console.log(`booked seat ${ticket.seatNumber} of ${route.fromCity} – ${route.toCity}: ${ticket.pnrNumber}`);

const payment = await call("POST", "/payments", {
  ticketId: ticket.id,
  cardHolderName: "Deniz Yolcu",
  cardNumber: "5528790000000008", // the mock provider takes any card
  expireMonth: "12",
  expireYear: "2030",
  cvc: "123",
});
if (!payment.success) throw new Error(`the card was declined: ${payment.message}`);
const { seq } = await until((now) => now.seats[ticket.seatNumber - 1].state === "confirmed");
console.log(`paid ${payment.payment.amount} ${payment.payment.currency}; the map says so at event ${seq}`);
stop();

/** Books the first seat that nobody else has taken meanwhile. */
async function firstOf(wanted) {
  for (const seatNumber of wanted) {
    const passenger = { gender: "FEMALE", userPhoneNumber: "5551234567", passengerName: "Deniz Yolcu" };
    const journey = { routeId: route.id, fromCity: route.fromCity, toCity: route.toCity };
    try {
      return await call("POST", "/tickets", { ...journey, ...passenger, seatNumber });
    } catch (fault) {
      if (fault.code !== "seat_taken") throw fault;
    }
  }
  throw new Error("none of the seats is free");
}

/** The first picture that fits, now or later; an error of the map is one of ours. */
async function until(fits) {
  let leave;
  try {
    return await new Promise((resolve, reject) => {
      const look = (now) => {
        if (now.state === "error") reject(new Error(now.error.message));
        else if (fits(now)) resolve(now);
      };
      leave = seats.subscribe(look);
      look(seats.getSnapshot());
    });
  } finally {
    leave();
  }
}

async function call(method, path, body) {
  const response = await fetch(server + path, {
    method,
    headers: {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(body ? { "content-type": "application/json", "idempotency-key": randomUUID() } : {}),
    },
    body: body && JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw Object.assign(new Error(`${method} ${path}: ${answer.detail}`), { code: answer.code });
  return answer;
}
