// The observable of `clients/js` against the real port: its map is the database's, its states are the truth.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import WebSocket from 'ws';
import { seatMap } from '../../clients/js/src/index.js';
import { openHouse } from './house.js';
import { Inbox } from './inbox.js';

let house;
before(async () => {
  house = await openHouse({ env: { SEATWIRE_NEIGHBOUR_RULE: 'same_gender' } });
});
after(() => house?.close());

/// The map of a route, followed by the test until it ends; what it was told.
function follow(t, routeId, { url = house.url, ...options } = {}) {
  const seats = seatMap(url, routeId, { WebSocket, ...options });
  const told = new Inbox();
  t.after(seats.subscribe((snapshot) => told.push(snapshot)));
  return { seats, told };
}

const live = (snapshot) => snapshot.state === 'live';

describe('the observable seat map', () => {
  it('follows a booking, its payment and its cancellation', async (t) => {
    const route = await house.newRoute();
    const { told } = follow(t, route.id, { fromStopIndex: 0, toStopIndex: 1 });
    await told.first('the map', live);
    const ticket = await house.customer.book(route, 7);
    await told.first('the booking', ({ seats }) => seats[6]?.state === 'reserved');
    await house.customer.pay(ticket.id);
    await told.first('the payment', ({ seats }) => seats[6]?.state === 'confirmed');
    await house.customer.cancel(ticket.id);
    const end = await told.first('the cancellation', ({ seq, seats }) => seq > 2 && seats[6].state === 'free');
    assert.deepEqual(end.freeSeats, await house.anyone.availableSeats(route));
  });

  it('says whom the seats beside a passenger are for', async (t) => {
    const route = await house.newRoute();
    const { told } = follow(t, route.id, { offers: true, fromStopIndex: 0, toStopIndex: 2 });
    await told.first('the map', live);
    await house.customer.book(route, 1, { gender: 'FEMALE' });
    const offered = await told.first('the offer', ({ seats }) => seats.some(({ offeredTo }) => offeredTo));
    assert.deepEqual([...new Set(offered.seats.map(({ offeredTo }) => offeredTo))].sort(), ['FEMALE', undefined]);
    assert.equal(offered.seats[0].state, 'reserved');
  });

  it('tells of a delay, and of the route’s end', async (t) => {
    const route = await house.newRoute();
    const { told } = follow(t, route.id);
    await told.first('the map', live);
    await house.admin.patch(`/routes/${route.id}`, { isActive: false });
    await told.first('going off sale', ({ routeChange }) => routeChange === 'inactive');
    await house.admin.expect(204, 'DELETE', `/routes/${route.id}`);
    const end = await told.first('the end', ({ state }) => state === 'error');
    assert.deepEqual([end.error.code, end.routeChange, end.routeChanges], ['route_not_found', 'deleted', 2]);
  });

  it('tells a token that is refused from a lost connection, and goes on with another one', async (t) => {
    const route = await house.newRoute();
    const { seats, told } = follow(t, route.id, { token: 'no.such.token' });
    const refused = await told.first('the refusal', ({ state }) => state === 'error');
    assert.equal(refused.error.code, 'unauthorized');
    seats.setToken(house.agent.token);
    await told.first('the map', live);
  });

  it('is told where nobody may watch without a login, and goes on with one', async (t) => {
    const own = await openHouse({ env: { SEATWIRE_GATEWAY_AUTH: 'required' } });
    t.after(() => own.close());
    const route = await own.newRoute();
    const { seats, told } = follow(t, route.id, { url: own.url });
    const refused = await told.first('the refusal', ({ state }) => state === 'error');
    assert.equal(refused.error.code, 'unauthorized');
    seats.setToken(own.customer.token);
    await told.first('the map', live);
  });

  it('is another viewer on the connection that it has, and hears what an administrator says', async (t) => {
    const route = await house.newRoute();
    const made = [];
    class Counted extends WebSocket {
      constructor(url) {
        super(url);
        made.push(url);
      }
    }
    const { seats, told } = follow(t, route.id, { token: house.customer.token, WebSocket: Counted });
    await told.first('the map', live);
    const { user } = house.agent;
    seats.setToken(house.agent.token);
    const before = told.all.length;
    // Answered behind the question who is watching.
    seats.refresh();
    await told.reached('the map again', ({ length }) => length > before);
    await house.admin.expect(200, 'POST', '/sockets/notice', { userId: user.id, message: 'Vardiya bitti' });
    const { notice } = await told.first('the notice', (now) => now.notice !== null);
    assert.deepEqual([notice.message, notice.routeId], ['Vardiya bitti', undefined]);
    await house.customer.book(route, 3);
    const sold = await told.first('the booking', ({ seats }) => seats[2]?.state === 'reserved');
    assert.deepEqual([made.length, sold.state], [1, 'live']);
    const states = told.all.slice(told.all.findIndex(live)).map(({ state }) => state);
    assert.deepEqual([...new Set(states)], ['live'], 'all the time');
  });

  it('is offline while the server is away, and catches up', async (t) => {
    const route = await house.newRoute();
    const { told } = follow(t, route.id);
    await told.first('the map', live);
    await house.server.crash();
    await told.first('the loss', ({ state }) => state === 'offline');
    await house.server.restart();
    await house.customer.book(route, 3);
    const caughtUp = await told.first('the booking', ({ seats }) => seats[2].state === 'reserved');
    assert.equal(caughtUp.seq, 1);
  });
});
