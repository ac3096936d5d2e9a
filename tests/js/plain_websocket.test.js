// `ws://…/seats` without a Socket.IO library: JSON text frames, as Postman sends them.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { PlainViewer } from './frames.js';
import { openHouse } from './house.js';
import { Viewer, closing } from './viewer.js';

let house;
before(async () => {
  house = await openHouse();
});
after(() => house?.close());

async function plainViewer(t, options) {
  const viewer = await PlainViewer.open(house.url, options);
  closing(t, viewer);
  return viewer;
}

describe('plain WebSocket', () => {
  it('subscribes, receives what Socket.IO viewers receive, unsubscribes', async (t) => {
    const route = await house.newRoute();
    const plain = await plainViewer(t);
    const stock = await Viewer.watching(house.url, [route]);
    closing(t, stock);
    plain.send({ event: 'subscribe_route', data: { routeId: route.id }, id: 1 });
    assert.deepEqual(await plain.answer(1), {
      event: 'subscribed',
      data: {
        routeId: route.id,
        message: `Successfully subscribed to route ${route.id}`,
        seq: 0,
      },
      id: 1,
    });
    const ticket = await house.customer.book(route, 15);
    const { data } = await plain.next('seat_update');
    assert.equal(data.ticketId, ticket.id);
    assert.deepEqual(data, await stock.update(route.id, 1));

    plain.send({ event: 'unsubscribe_route', data: { routeId: route.id }, id: 'bye' });
    assert.equal((await plain.answer('bye')).event, 'unsubscribed');
    await house.customer.book(route, 16);
    await stock.update(route.id, 2);
    // Everything that was coming stands before the answer to a later message.
    plain.send({ event: 'get_seat_availability', data: { routeId: route.id }, id: 3 });
    assert.equal((await plain.answer(3)).data.seq, 2);
    assert.deepEqual(plain.updates().map((update) => update.seq), [1]);
  });

  it('answers a message without an id by a frame without an id', async (t) => {
    const route = await house.newRoute();
    const plain = await plainViewer(t);
    plain.send({ event: 'subscribe_route', data: { routeId: route.id } });
    const frame = await plain.next('subscribed');
    assert.ok(!('id' in frame));
  });

  it('answers errors by an error frame and stays open', async (t) => {
    const route = await house.newRoute();
    const plain = await plainViewer(t);
    plain.send('{ this is not JSON');
    const bad = await plain.next('error');
    assert.equal(bad.data.code, 'invalid_payload');
    assert.equal(typeof bad.data.message, 'string');

    plain.send({ event: 'subscribe_route', data: {}, id: 2 });
    const missing = await plain.answer(2);
    assert.deepEqual([missing.event, missing.data.code], ['error', 'route_id_required']);
    assert.equal(missing.data.message, 'Route ID is required');

    plain.send({ event: 'no_such_message', data: {}, id: 3 });
    assert.equal((await plain.answer(3)).event, 'error');
    for (const nonsense of ['[]', 'null', '7', '{"event":5}', '{"data":{}}', '""']) {
      plain.send(nonsense);
    }
    await plain.inbox.reached('six more errors', (frames) => {
      const errors = frames.filter((frame) => frame.event === 'error' && frame.id === undefined);
      return errors.length >= 7;
    });

    plain.send({ event: 'subscribe_route', data: { routeId: route.id }, id: 4 });
    assert.equal((await plain.answer(4)).event, 'subscribed');
    assert.equal(plain.closed, false);
  });

  it('answers for a segment of which one stop is named', async (t) => {
    const route = await house.newRoute();
    await house.customer.book(route, 1, { toCity: route.cities[1] });
    const plain = await plainViewer(t);
    const ask = async (segment, id) => {
      plain.send({ event: 'get_seat_availability', data: { routeId: route.id, ...segment }, id });
      const { event, data } = await plain.answer(id);
      assert.equal(event, 'seat_availability', JSON.stringify(data));
      return [data.fromStopIndex, data.toStopIndex, data.availableSeats.includes(1)];
    };
    assert.deepEqual(await ask({ fromStopIndex: 1 }, 1), [1, 3, true]);
    assert.deepEqual(await ask({ toStopIndex: 1 }, 2), [0, 1, false]);
  });

  it('refuses an id that it cannot send back', async (t) => {
    const route = await house.newRoute();
    const plain = await plainViewer(t);
    const data = { routeId: route.id };
    const longest = 'x'.repeat(254);
    plain.send({ event: 'unsubscribe_route', data, id: longest });
    assert.equal((await plain.answer(longest)).event, 'unsubscribed');
    const subscribe = `"event":"subscribe_route","data":${JSON.stringify(data)}`;
    for (const id of [`"id":"x${longest}"`, '"id":1,"id":2']) {
      const before = plain.inbox.all.length;
      plain.send(`{${subscribe},${id}}`);
      await plain.inbox.reached('an answer', (frames) => frames.length > before);
      const { event, data: error, id: sentBack } = plain.inbox.all.at(before);
      assert.deepEqual([event, error.code, sentBack], ['error', 'invalid_payload', undefined]);
      assert.equal(error.event, 'subscribe_route');
      assert.match(error.message, /\bid\b.*256 bytes/);
    }
    // What was refused was not done.
    plain.send({ event: 'subscribe_route', data, id: { any: ['JSON'] } });
    await plain.next('subscribed', (frame) => frame.id?.any?.[0] === 'JSON');
    assert.equal(plain.inbox.all.filter((frame) => frame.event === 'subscribed').length, 1);
  });

  it('resumes with since', async (t) => {
    const route = await house.newRoute();
    for (const seat of [1, 2, 3]) await house.customer.book(route, seat);
    const plain = await plainViewer(t);
    plain.send({ event: 'subscribe_route', data: { routeId: route.id, since: 1 }, id: 1 });
    await plain.next('seat_update', (frame) => frame.data.seq === 3);
    assert.deepEqual(plain.inbox.all.map((frame) => frame.event), [
      'subscribed',
      'seat_update',
      'seat_update',
    ]);
    assert.deepEqual(plain.updates().map((update) => update.seq), [2, 3]);
  });

  it('refuses a bad token before the connection is open', async () => {
    await assert.rejects(PlainViewer.open(house.url, { token: 'not.a.token' }), /401/);
  });
});
