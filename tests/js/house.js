// A running server with people in it, and as many fresh routes as tests want.
//
// Every test works on a route of its own, so its events are numbered from 1 and nobody else's
// booking is ever in its way.

import assert from 'node:assert/strict';
import { startServer } from './harness.js';
import { Caller, DEMO, login, register } from './rest.js';

const STOPS = ['Istanbul', 'Bolu', 'Ankara', 'Konya'];
const HOUR_MS = 3_600_000;

/// Starts a server in development mode and logs the demo people in.
export async function openHouse(options) {
  return houseOf(await startServer(options));
}

/// The same, of a server that runs.
export async function houseOf(server) {
  try {
    const admin = await login(server.url, DEMO.admin);
    const agent = await login(server.url, DEMO.agent);
    const customer = await login(server.url, DEMO.customer);
    return new House(server, { admin, agent, customer });
  } catch (fault) {
    server.vanish();
    throw fault;
  }
}

export class House {
  #made = 0;

  constructor(server, people) {
    this.server = server;
    this.url = server.url;
    this.anyone = new Caller(server.url);
    Object.assign(this, people);
  }

  /// Somebody who has just registered.
  newCustomer() {
    this.#made += 1;
    return register(this.url, `buyer-${process.pid}-${this.#made}@example.com`);
  }

  /// A bus and a departure of it, three days ahead if nothing else is said, with no event yet.
  async newRoute({ busId, seatCount = 40, layoutType, layoutId, stops = STOPS, departure = inThreeDays() } = {}) {
    this.#made += 1;
    const bus = busId ? { id: busId } : await this.admin.expect(201, 'POST', '/buses', {
      plate: `34 SW ${1000 + this.#made}`,
      model: 'Travego',
      seatCount,
      layoutType,
      layoutId,
    });
    const timeOf = (index) => new Date(departure.getTime() + index * 2 * HOUR_MS).toISOString();
    const between = stops.slice(1, -1);
    const route = await this.admin.expect(201, 'POST', '/routes', {
      fromCity: stops[0],
      toCity: stops.at(-1),
      stations: between.map((station, index) => ({ station, time: timeOf(index + 1) })),
      departureTime: timeOf(0),
      arrivalTime: timeOf(stops.length - 1),
      price: 450,
      busId: bus.id,
    });
    assert.equal(route.seq, 0, 'a fresh route has no events');
    return { ...route, cities: stops, seatCount };
  }

  /// A departure of the demo data, far enough ahead to be sold.
  async demoRoute() {
    const routes = await this.anyone.get('/routes/upcoming?days=14');
    const soon = Date.now() + 2 * HOUR_MS;
    const route = routes.find((route) => Date.parse(route.departureTime) > soon && route.isActive);
    assert.ok(route, `no demo departure more than two hours ahead among ${routes.length}`);
    return route;
  }

  close() {
    return this.server.stop();
  }
}

function inThreeDays() {
  const departure = new Date(Date.now() + 72 * HOUR_MS);
  departure.setUTCHours(9, 0, 0, 0);
  return departure;
}
