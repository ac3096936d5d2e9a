// Stock clients whom an administrator tells something, or ends.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openProduction } from './production.js';
import { DISCONNECT, TRANSPORTS, Viewer, closing } from './viewer.js';

let house;
before(async () => {
  house = await openProduction();
});
after(() => house?.close());

for (const [transport, options] of Object.entries(TRANSPORTS)) {
  describe(`a stock client (${transport})`, () => {
    it('is told, is ended and stays away, and goes on when it is asked to', async (t) => {
      const route = await house.newRoute();
      const [viewer, other] = [
        await Viewer.watching(house.url, [route], options),
        await Viewer.watching(house.url, [await house.newRoute()], options),
      ];
      closing(t, viewer, other);
      const order = (path, more) =>
        house.admin.expect(200, 'POST', `/sockets/${path}`, { routeId: route.id, ...more });
      assert.equal((await order('notice', { message: 'Peron 12' })).sockets, 1);
      const notice = await viewer.next('notice');
      assert.deepEqual(Object.keys(notice), ['message', 'routeId', 'at']);
      assert.deepEqual([notice.message, notice.routeId], ['Peron 12', route.id]);

      assert.equal((await order('disconnect')).sockets, 1);
      assert.equal(await viewer.next(DISCONNECT), 'io server disconnect');
      assert.equal(viewer.socket.active, false, 'it does not come back by itself');
      await other.caughtUp(route.id);
      assert.equal(other.all('notice').length + other.all(DISCONNECT).length, 0);

      viewer.socket.connect();
      await viewer.subscribe(route.id);
      await house.customer.book(route, 1);
      await viewer.update(route.id, 1);
    });
  });
}
