// Nothing that was acknowledged is lost, and nothing half-done is left: the server is killed in
// the middle of a storm of bookings, and buyers hang up in the middle of a request.

import assert from 'node:assert/strict';
import net from 'node:net';
import { it } from 'node:test';
import { EventStream } from './frames.js';
import { openHouse } from './house.js';
import { within } from './inbox.js';
import { booking } from './rest.js';
import { SeatMap, occupiedIn } from './seat_map.js';
import { Viewer, closing } from './viewer.js';

const NO_LIMITS = { env: { SEATWIRE_RATE_LIMIT: 'off' } };

/// Books seats as fast as it goes until the server is gone; what was acknowledged.
function stormUntilGone(house, route, enough, onEnough) {
  const acknowledged = [];
  let nextSeat = 0;
  const buyer = async () => {
    while (nextSeat < route.seatCount) {
      nextSeat += 1;
      let answer;
      try {
        answer = await house.customer.tryToBook(route, nextSeat);
      } catch {
        return; // the server is gone, which is what this is about
      }
      assert.equal(answer.status, 201, JSON.stringify(answer.body));
      acknowledged.push(answer.body);
      if (acknowledged.length === enough) onEnough();
    }
  };
  const buyers = Array.from({ length: 16 }, buyer);
  return Promise.all(buyers).then(() => acknowledged);
}

it('kill -9 during a booking storm loses nothing that was acknowledged', async (t) => {
  const house = await openHouse(NO_LIMITS);
  t.after(() => house.close());
  const route = await house.newRoute({ seatCount: 100 });
  let crash;
  const acknowledged = await stormUntilGone(house, route, 25, () => {
    crash = house.server.crash();
  });
  await crash;
  assert.ok(acknowledged.length < route.seatCount, 'the server was killed before the storm was over');
  await house.server.restart();

  // The token issued before the crash still opens the door.
  for (const ticket of acknowledged) {
    const kept = await house.customer.get(`/tickets/${ticket.id}`);
    assert.deepEqual(
      [kept.seatNumber, kept.pnrNumber, kept.status],
      [ticket.seatNumber, ticket.pnrNumber, 'RESERVED'],
    );
  }
  const state = await house.anyone.get(`/routes/${route.id}`);
  const occupied = occupiedIn(state);
  assert.equal(new Set(occupied).size, occupied.length, 'no seat is sold twice');
  assert.ok(state.tickets.length >= acknowledged.length);

  const stream = await EventStream.open(house.url, route.id, { lastEventId: 0 });
  closing(t, stream);
  await stream.update(state.seq);
  const map = SeatMap.empty(route.seatCount);
  for (const update of stream.updates()) map.fold(update);
  assert.equal(map.seq, state.seq, 'as many events as the route has counted');
  assert.deepEqual(map.occupied(), occupied, 'an event for every ticket and a ticket for every event');

  // The count goes on where it stood.
  const [free] = await house.anyone.availableSeats(route);
  await house.customer.book(route, free);
  assert.equal((await stream.update(state.seq + 1)).data.seatNumber, free);
});

it('viewers come back after kill -9 and see what is booked then', async (t) => {
  const house = await openHouse(NO_LIMITS);
  t.after(() => house.close());
  const route = await house.newRoute();
  const viewer = new Viewer(house.url);
  closing(t, viewer);
  viewer.socket.on('connect', () => viewer.socket.emit('subscribe_route', { routeId: route.id }));
  await viewer.next('subscribed');
  await house.customer.book(route, 1);
  await viewer.update(route.id, 1);
  await house.server.crash();
  await house.server.restart();
  await viewer.inbox.reached('a second subscribed', () => viewer.all('subscribed').length >= 2);
  await house.customer.book(route, 2);
  await viewer.update(route.id, 2);
  assert.deepEqual(viewer.updates(route.id).map((update) => update.seq), [1, 2]);
});

/// Sends the first `part` (0 to 1) of the body of a booking and hangs up; resolves when the
/// connection is gone.
function hangUpDuring(house, body, part) {
  const text = JSON.stringify(body);
  const head = [
    'POST /tickets HTTP/1.1',
    `Host: localhost:${house.server.port}`,
    `Authorization: Bearer ${house.customer.token}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(text)}`,
    '',
    '',
  ].join('\r\n');
  const gone = new Promise((resolve, reject) => {
    const socket = net.connect(house.server.port, 'localhost');
    socket.on('error', reject);
    socket.on('close', resolve);
    socket.on('connect', () => {
      // Written out to the kernel first, so that the server really has it when we are gone.
      const sent = head + text.slice(0, Math.floor(text.length * part));
      socket.write(sent, () => socket.destroy());
    });
  });
  return within('the connection to be gone', gone);
}

it('a buyer who hangs up has no ticket, or a ticket that every viewer saw', async (t) => {
  const house = await openHouse(NO_LIMITS);
  t.after(() => house.close());
  const route = await house.newRoute({ seatCount: 60 });
  const viewers = [await Viewer.watching(house.url, [route]), await Viewer.watching(house.url, [route])];
  closing(t, ...viewers);

  const halfSent = [1, 2, 3, 4, 5];
  const allSent = Array.from({ length: 40 }, (_, index) => index + 6);
  for (const seat of halfSent) await hangUpDuring(house, booking(route, seat), 0.6);
  for (const seat of allSent) await hangUpDuring(house, booking(route, seat), 1);
  await house.customer.book(route, 60);

  const state = await house.anyone.get(`/routes/${route.id}`);
  for (const viewer of viewers) {
    await viewer.update(route.id, state.seq);
    const map = SeatMap.empty(route.seatCount);
    for (const update of viewer.updates().slice(0, state.seq)) map.fold(update);
    assert.deepEqual(map.occupied(), occupiedIn(state));
  }
  const taken = new Set(state.tickets.map((ticket) => ticket.seatNumber));
  assert.ok(taken.has(60));
  assert.deepEqual(halfSent.filter((seat) => taken.has(seat)), [], 'half a request books nothing');
  const mine = await house.customer.get('/tickets/my-tickets?limit=100');
  for (const { id } of mine.filter((ticket) => ticket.routeId === route.id)) {
    const fits = (update) => update.ticketId === id;
    for (const viewer of viewers) await viewer.next('seat_update', fits, `the event of ticket ${id}`);
  }
});
