// Coming, being refused, going away and coming back, with stock clients over every transport.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openHouse } from './house.js';
import { CONNECT, CONNECT_ERROR, DISCONNECT, TRANSPORTS, Viewer, closing } from './viewer.js';

let house;
before(async () => {
  house = await openHouse();
});
after(() => house?.close());

for (const [name, transport] of Object.entries(TRANSPORTS)) {
  describe(`connection, ${name}`, () => {
    it('connects to /seats', async (t) => {
      const viewer = new Viewer(house.url, transport);
      closing(t, viewer);
      const id = await viewer.connected();
      assert.match(id, /^\S{16,}$/, 'a session id that nobody guesses');
      assert.deepEqual(viewer.all(CONNECT_ERROR), []);
    });

    it('accepts a good token', async (t) => {
      const viewer = new Viewer(house.url, { ...transport, auth: { token: house.customer.token } });
      closing(t, viewer);
      await viewer.connected();
    });

    it('refuses a bad token with connect_error Unauthorized', async (t) => {
      const viewer = new Viewer(house.url, { ...transport, auth: { token: 'not.a.token' } });
      closing(t, viewer);
      const fault = await viewer.next(CONNECT_ERROR);
      assert.equal(fault.message, 'Unauthorized');
      assert.deepEqual(viewer.all(CONNECT), [], 'never connected');
    });

    it('refuses an unknown namespace', async (t) => {
      const viewer = new Viewer(house.url, { ...transport, namespace: '/no-such-namespace' });
      closing(t, viewer);
      const fault = await viewer.next(CONNECT_ERROR);
      assert.equal(fault.message, 'Invalid namespace');
    });

    it('never loses a subscription sent in the same tick as the connection', async (t) => {
      const route = await house.newRoute();
      const viewer = new Viewer(house.url, transport);
      closing(t, viewer);
      // No `connect` has been waited for: the client sends this right behind its CONNECT.
      const subscribed = await viewer.subscribe(route.id);
      assert.equal(subscribed.seq, 0);
      await house.customer.book(route, 1);
      await viewer.update(route.id, 1);
    });

    it('subscribes 50 clients that come at once', async (t) => {
      const route = await house.newRoute();
      const viewers = Array.from({ length: 50 }, () => new Viewer(house.url, transport));
      closing(t, ...viewers);
      const answers = await Promise.all(viewers.map((viewer) => viewer.subscribe(route.id)));
      assert.deepEqual(answers.map((answer) => answer.seq), Array(50).fill(0));
      await house.customer.book(route, 7);
      const updates = await Promise.all(viewers.map((viewer) => viewer.update(route.id, 1)));
      for (const update of updates) assert.deepEqual(update, updates[0]);
    });

    it('comes back after its transport was lost and subscribes again', async (t) => {
      const route = await house.newRoute();
      const viewer = new Viewer(house.url, transport);
      closing(t, viewer);
      // What every frontend does: subscribe whenever connected.
      viewer.socket.on('connect', () => {
        viewer.socket.emit('subscribe_route', { routeId: route.id });
      });
      await viewer.next('subscribed');
      await house.customer.book(route, 1);
      await viewer.update(route.id, 1);

      viewer.socket.io.engine.close();
      await viewer.next(DISCONNECT);
      await viewer.inbox.reached('a second subscribed', () => viewer.all('subscribed').length >= 2);
      assert.equal(viewer.all(CONNECT).length, 2);
      await house.customer.book(route, 2);
      await viewer.update(route.id, 2);
      assert.deepEqual(
        viewer.updates(route.id).map((update) => update.seq),
        [1, 2],
        'nothing twice, nothing missing',
      );
    });

    it('delivers exactly what was missed when it comes back with since', async (t) => {
      const route = await house.newRoute();
      const viewer = await Viewer.watching(house.url, [route], transport);
      closing(t, viewer);
      await house.customer.book(route, 1);
      await viewer.update(route.id, 1);

      viewer.socket.disconnect();
      for (const seat of [2, 3, 4]) await house.customer.book(route, seat);
      const mark = viewer.inbox.all.length;
      viewer.socket.connect();
      const subscribed = await viewer.subscribe(route.id, { since: 1 });
      await viewer.update(route.id, 4);
      assert.deepEqual(
        viewer.updates(route.id).map((update) => [update.seq, update.seatNumber]),
        [[1, 1], [2, 2], [3, 3], [4, 4]],
      );
      const since = viewer.inbox.all.slice(mark).map((item) => item.event);
      assert.deepEqual(
        since,
        [CONNECT, 'subscribed', 'seat_update', 'seat_update', 'seat_update'],
        'the missing ones come right after subscribed',
      );
      assert.equal(subscribed.routeId, route.id);
    });
  });
}

describe('connection, polling, then upgrade', () => {
  it('really upgrades to websocket, and events go on arriving', async (t) => {
    const route = await house.newRoute();
    const viewer = new Viewer(house.url);
    closing(t, viewer);
    const engine = viewer.socket.io.engine;
    engine.on('upgrade', (transport) => viewer.inbox.push({ event: '(upgrade)', data: transport.name }));
    await viewer.subscribe(route.id);
    assert.equal(await viewer.next('(upgrade)'), 'websocket');
    await house.customer.book(route, 3);
    await viewer.update(route.id, 1);
    assert.equal(viewer.socket.io.engine.transport.name, 'websocket');
  });

  it('loses and repeats nothing while bookings go on during the upgrade', async (t) => {
    const route = await house.newRoute();
    const viewers = Array.from({ length: 10 }, () => new Viewer(house.url));
    closing(t, ...viewers);
    await Promise.all(viewers.map((viewer) => viewer.subscribe(route.id)));
    const seats = Array.from({ length: 20 }, (_, index) => index + 1);
    for (const seat of seats) await house.customer.book(route, seat);
    await Promise.all(viewers.map((viewer) => viewer.update(route.id, 20)));
    for (const viewer of viewers) {
      assert.deepEqual(viewer.updates(route.id).map((update) => update.seq), seats);
    }
  });
});
