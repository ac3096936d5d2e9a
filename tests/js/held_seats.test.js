// Seats that are kept from others without a ticket: held while names are typed, or blocked by staff.
// Whoever watches folds the same map from them as REST shows.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openHouse } from './house.js';
import { SeatMap, occupiedIn } from './seat_map.js';
import { TRANSPORTS, Viewer, closing } from './viewer.js';

let house;
before(async () => {
  house = await openHouse();
});
after(() => house?.close());

const told = ({ eventType, seatNumber, metadata }) => [eventType, seatNumber, metadata.reason];

for (const [name, transport] of Object.entries(TRANSPORTS)) {
  describe(`seats without a ticket, ${name}`, () => {
    it('are told of as they are held, let go, blocked and given back', async (t) => {
      const route = await house.newRoute({ seatCount: 10 });
      const viewer = await Viewer.watching(house.url, [route], transport);
      closing(t, viewer);
      const whole = await viewer.ask('get_seat_availability', { routeId: route.id });
      const map = new SeatMap(whole);

      const { fromCity, toCity } = route;
      const seatNumbers = [2, 3];
      const hold = await house.anyone.expect(201, 'POST', '/holds', { routeId: route.id, fromCity, toCity, seatNumbers });
      const block = await house.agent.expect(201, 'POST', `/routes/${route.id}/blocks`, {
        seatNumbers: [5],
        reason: 'Broken belt',
      });
      await house.anyone.expect(204, 'DELETE', `/holds/${hold.holdToken}`);
      await viewer.update(route.id, 5);
      const updates = viewer.updates(route.id);
      assert.deepEqual(updates.map(told), [
        ['seat_reserved', 2, 'held'],
        ['seat_reserved', 3, 'held'],
        ['seat_confirmed', 5, 'blocked'],
        ['seat_available', 2, 'released'],
        ['seat_available', 3, 'released'],
      ]);
      for (const update of updates) {
        assert.equal('ticketId' in update || 'pnrNumber' in update || 'gender' in update.metadata, false);
        map.fold(update);
      }
      const shown = await viewer.ask('get_seat_availability', { routeId: route.id });
      assert.deepEqual(shown.seats, [{ seatNumber: 5, status: 'CONFIRMED', fromStopIndex: 0, toStopIndex: 3 }]);
      assert.deepEqual(map.occupied(), occupiedIn(await house.anyone.get(`/routes/${route.id}`)));

      const staff = await Viewer.watching(house.url, [route], { ...transport, auth: { token: house.agent.token } });
      closing(t, staff);
      const seen = await staff.ask('get_seat_availability', { routeId: route.id });
      assert.equal(seen.seats[0].status, 'BLOCKED');
      await house.agent.expect(204, 'DELETE', `/routes/${route.id}/blocks/${block.id}`);
      await viewer.update(route.id, 6);
      assert.deepEqual(told(viewer.updates(route.id).at(-1)).slice(0, 2), ['seat_available', 5]);
    });
  });
}
