// Joining and leaving routes: what is answered, and what arrives and does not arrive after it.
//
// That nothing arrives is never shown by waiting: a later event on another route, or the answer
// to a later message, comes behind whatever would have arrived.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openHouse } from './house.js';
import { TRANSPORTS, Viewer, closing } from './viewer.js';

const NOBODY_KNOWS = '01900000-0000-7000-8000-000000000000';

let house;
before(async () => {
  house = await openHouse();
});
after(() => house?.close());

for (const [name, transport] of Object.entries(TRANSPORTS)) {
  describe(`subscription, ${name}`, () => {
    it('is answered by subscribed, and the acknowledgement carries the same object', async (t) => {
      const route = await house.newRoute();
      const viewer = new Viewer(house.url, transport);
      closing(t, viewer);
      const ack = await viewer.subscribe(route.id);
      const event = await viewer.next('subscribed');
      assert.deepEqual(event, {
        routeId: route.id,
        message: `Successfully subscribed to route ${route.id}`,
        seq: 0,
      });
      assert.deepEqual(ack, event);
    });

    it('works on a departure of the demo data', async (t) => {
      const route = await house.demoRoute();
      const viewer = new Viewer(house.url, transport);
      closing(t, viewer);
      const { seq } = await viewer.subscribe(route.id);
      const available = await house.anyone.availableSeats(route);
      const ticket = await house.customer.book(route, available[0]);
      const update = await viewer.update(route.id, seq + 1);
      assert.equal(update.ticketId, ticket.id);
    });

    it('ends with unsubscribed, and nothing of that route arrives any more', async (t) => {
      const left = await house.newRoute();
      const kept = await house.newRoute();
      const viewer = await Viewer.watching(house.url, [left, kept], transport);
      closing(t, viewer);
      const ack = await viewer.ask('unsubscribe_route', { routeId: left.id });
      assert.deepEqual(ack, {
        routeId: left.id,
        message: `Successfully unsubscribed from route ${left.id}`,
      });
      assert.deepEqual(await viewer.next('unsubscribed'), ack);

      await house.customer.book(left, 1);
      await house.customer.book(kept, 1);
      await viewer.update(kept.id, 1);
      await viewer.caughtUp(kept.id);
      assert.deepEqual(viewer.updates(left.id), []);
    });

    it('may be repeated on every connect without harm', async (t) => {
      const route = await house.newRoute();
      const viewer = await Viewer.watching(house.url, [route, route, route], transport);
      closing(t, viewer);
      await house.customer.book(route, 1);
      await viewer.update(route.id, 1);
      const again = await viewer.subscribe(route.id);
      assert.equal(again.seq, 1);
      await house.customer.book(route, 2);
      await viewer.update(route.id, 2);
      await viewer.caughtUp(route.id);
      assert.deepEqual(viewer.updates(route.id).map((update) => update.seq), [1, 2]);
    });

    for (const message of ['subscribe_route', 'unsubscribe_route', 'get_seat_availability']) {
      it(`${message} without a route id is answered by an error`, async (t) => {
        const viewer = new Viewer(house.url, transport);
        closing(t, viewer);
        for (const [index, data] of [{}, { routeId: '' }].entries()) {
          const ack = await viewer.ask(message, data);
          assert.equal(ack.message, 'Route ID is required');
          assert.equal(ack.code, 'route_id_required');
          const errors = await viewer.inbox.reached('the error event', () => {
            const errors = viewer.all('error');
            return errors.length > index && errors;
          });
          assert.deepEqual(errors[index], ack);
        }
        assert.ok(viewer.socket.connected, 'an error does not cost the connection');
      });
    }

    it('to a route that does not exist is answered by route_not_found', async (t) => {
      const viewer = new Viewer(house.url, transport);
      closing(t, viewer);
      const ack = await viewer.subscribe(NOBODY_KNOWS);
      assert.equal(ack.code, 'route_not_found');
      assert.deepEqual(await viewer.next('error'), ack);
      assert.ok(viewer.socket.connected);
    });

    it('to three routes brings the events of all three in commit order', async (t) => {
      const routes = [await house.newRoute(), await house.newRoute(), await house.newRoute()];
      const viewer = await Viewer.watching(house.url, routes, transport);
      closing(t, viewer);
      const committed = [];
      for (let round = 1; round <= 5; round += 1) {
        for (const route of routes) {
          // Each is acknowledged before the next begins, so this is the order of the commits.
          await house.customer.book(route, round);
          committed.push([route.id, round]);
        }
      }
      await viewer.update(routes[2].id, 5);
      const received = viewer.updates().map((update) => [update.routeId, update.seq]);
      assert.deepEqual(received, committed);
    });

    it("calls a frontend's handlers with exactly one argument", async (t) => {
      const route = await house.newRoute();
      const viewer = await Viewer.watching(house.url, [route], transport);
      closing(t, viewer);
      await house.customer.book(route, 1);
      await viewer.update(route.id, 1);
      await viewer.caughtUp(route.id);
      await viewer.ask('unsubscribe_route', { routeId: route.id });
      await viewer.ask('subscribe_route', {});
      await viewer.next('error');
      const received = viewer.inbox.all.filter((item) => item.args !== undefined);
      const kinds = new Set(received.map((item) => item.event));
      assert.deepEqual(
        [...kinds].sort(),
        ['error', 'seat_availability', 'seat_update', 'subscribed', 'unsubscribed'],
      );
      // A session that can be recovered gets the protocol's offset behind a broadcast.
      const recoverable = viewer.socket._pid !== undefined;
      for (const { event, args } of received) {
        const extra = recoverable && event === 'seat_update' ? ['string'] : [];
        assert.deepEqual(args.map((arg) => typeof arg), ['object', ...extra], event);
      }
    });
  });
}
