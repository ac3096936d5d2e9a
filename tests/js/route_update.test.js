// `route_update`: a route that changes without a sale tells its viewers, in order with its seats'
// events, and a question about its seats is never answered from before the change.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { EventStream, PlainViewer } from './frames.js';
import { openHouse } from './house.js';
import { TRANSPORTS, Viewer, closing } from './viewer.js';

let house;
let buses = 0;
before(async () => {
  house = await openHouse();
});
after(() => house?.close());

function newBus(seatCount) {
  buses += 1;
  const bus = { plate: `06 RU ${1000 + buses}`, model: 'Tourismo', seatCount };
  return house.admin.expect(201, 'POST', '/buses', bus);
}

const change = (route, body) => house.admin.patch(`/routes/${route.id}`, body);

/// What happened on the route, as a viewer was told it: a change, or a seat.
function story(items, routeId) {
  const ofRoute = items.filter(({ data }) => data?.routeId === routeId);
  const told = ofRoute.filter(({ event }) => event === 'route_update' || event === 'seat_update');
  return told.map(({ data }) => [data.seq, data.change ?? data.seatNumber]);
}

const STORY = [
  [0, 'bus'],
  [0, 'bus'],
  [0, 'delayed'],
  [1, 1],
  [1, 'inactive'],
  [1, 'active'],
  [2, 2],
];

async function live(route, ask) {
  const other = await newBus(12);
  await change(route, { busId: other.id });
  assert.equal((await ask()).seatCount, 12, 'another bus');
  await house.admin.patch(`/buses/${other.id}`, { seatCount: 9 });
  assert.equal((await ask()).seatCount, 9, 'fewer seats');
  const earlier = new Date(Date.parse(route.departureTime) - 3_600_000).toISOString();
  await change(route, { departureTime: earlier });
  await house.customer.book(route, 1);
  await change(route, { isActive: false });
  await change(route, { isActive: true });
  // Nothing changes: nobody is told.
  await change(route, { isActive: true, price: 500 });
  await house.customer.book(route, 2);
}

for (const [name, transport] of Object.entries(TRANSPORTS)) {
  it(`stands among the seats' events, ${name}`, async (t) => {
    const route = await house.newRoute({ seatCount: 10 });
    const viewer = await Viewer.watching(house.url, [route], { ...transport, auth: { recovery: false } });
    closing(t, viewer);
    await live(route, () => viewer.caughtUp(route.id));
    await viewer.update(route.id, 2);
    assert.deepEqual(story(viewer.inbox.all, route.id), STORY);
    const updates = viewer.inbox.all.filter(({ event }) => event === 'route_update');
    assert.deepEqual(updates[0].args, [{ routeId: route.id, seq: 0, change: 'bus' }]);

    // Who says `since` begins right behind that seat: the changes behind it are told again.
    const late = await Viewer.watching(house.url, [], transport);
    closing(t, late);
    assert.equal((await late.subscribe(route.id, { since: 1 })).seq, 1);
    await late.update(route.id, 2);
    assert.deepEqual(story(late.inbox.all, route.id), STORY.slice(4));
    // And who has everything is told nothing.
    const level = await Viewer.watching(house.url, [], transport);
    closing(t, level);
    assert.equal((await level.subscribe(route.id)).seq, 2);
    assert.equal((await level.caughtUp(route.id)).seq, 2);
    assert.deepEqual(story(level.inbox.all, route.id), []);
  });
}

describe('without Socket.IO', () => {
  it('stands in the same order, with the seq as id', async (t) => {
    const route = await house.newRoute({ seatCount: 10 });
    const plain = await PlainViewer.open(house.url);
    const stream = await EventStream.open(house.url, route.id);
    closing(t, plain, stream);
    plain.send({ event: 'subscribe_route', data: { routeId: route.id }, id: 'in' });
    await plain.answer('in');
    let asked = 0;
    await live(route, async () => {
      asked += 1;
      plain.send({ event: 'get_seat_availability', data: { routeId: route.id }, id: asked });
      return (await plain.answer(asked)).data;
    });
    await plain.next('seat_update', ({ data }) => data.seq === 2);
    await stream.update(2);
    assert.deepEqual(story(plain.inbox.all, route.id), STORY);
    assert.deepEqual(story(stream.inbox.all, route.id), STORY);
    const updates = stream.inbox.all.filter(({ event }) => event === 'route_update');
    assert.deepEqual(updates.map(({ id }) => id), ['0', '0', '0', '1', '1']);
  });
});

it('reaches a stock client that was away, with the offset', async (t) => {
  const route = await house.newRoute({ seatCount: 10 });
  const viewer = await Viewer.watching(house.url, [route]);
  closing(t, viewer);
  await house.customer.book(route, 1);
  await viewer.update(route.id, 1);
  await change(route, { isActive: false });
  await viewer.next('route_update');
  viewer.socket.io.engine.close();
  await change(route, { isActive: true });
  await house.customer.book(route, 2);
  await viewer.update(route.id, 2);
  assert.equal(viewer.socket.recovered, true);
  assert.deepEqual(story(viewer.inbox.all, route.id), [[1, 1], [1, 'inactive'], [1, 'active'], [2, 2]]);
  const offsets = viewer.inbox.all.filter(({ event }) => event === 'route_update').map(({ args }) => args[1]);
  assert.ok(offsets.every((offset) => typeof offset === 'string'), `${offsets}`);
});

it('of a deleted route is the last thing that its viewers are told', async (t) => {
  const [gone, stays] = [await house.newRoute(), await house.newRoute()];
  const stock = await Viewer.watching(house.url, [gone, stays]);
  const plain = await PlainViewer.open(house.url);
  const stream = await EventStream.open(house.url, gone.id);
  closing(t, stock, plain, stream);
  plain.send({ event: 'subscribe_route', data: { routeId: gone.id }, id: 1 });
  await plain.answer(1);
  await change(gone, { isActive: false });
  await house.admin.expect(204, 'DELETE', `/routes/${gone.id}`);

  const notFound = { message: 'Route not found', code: 'route_not_found', routeId: gone.id };
  const ends = (items) => {
    const told = items.filter(({ event }) => ['route_update', 'error', '(end)'].includes(event));
    return told.map(({ event, data }) => [event, data?.change ?? data]);
  };
  const END = [['route_update', 'inactive'], ['route_update', 'deleted'], ['error', notFound]];
  await stream.inbox.first('the end of the stream', ({ event }) => event === '(end)');
  assert.deepEqual(ends(stream.inbox.all), [...END, ['(end)', undefined]]);
  await stock.next('error');
  assert.deepEqual(ends(stock.inbox.all), END);
  await plain.next('error');
  assert.deepEqual(ends(plain.inbox.all), END);

  // Its other room goes on, and the way back is closed.
  await house.customer.book(stays, 3);
  await stock.update(stays.id, 1);
  for (const more of [{}, { since: 0 }]) {
    assert.equal((await stock.subscribe(gone.id, more)).code, 'route_not_found');
  }
  assert.equal((await stock.ask('get_seat_availability', { routeId: gone.id })).code, 'route_not_found');
  assert.equal((await house.anyone.call('GET', `/routes/${gone.id}/events`)).status, 404);
});
