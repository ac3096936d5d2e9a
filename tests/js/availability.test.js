// `get_seat_availability`: what it answers, and that events folded over it give the map that REST
// gives.

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

const without = (seatCount, ...taken) =>
  Array.from({ length: seatCount }, (_, index) => index + 1).filter((seat) => !taken.includes(seat));

for (const [name, transport] of Object.entries(TRANSPORTS)) {
  describe(`seat availability, ${name}`, () => {
    it('answers for the whole route, by cities and by stop indexes', async (t) => {
      const route = await house.newRoute({ seatCount: 10 });
      const [istanbul, bolu, ankara, konya] = route.cities;
      await house.customer.book(route, 1, { fromCity: istanbul, toCity: bolu, gender: 'MALE' });
      await house.customer.book(route, 2, { fromCity: ankara, toCity: konya });
      const viewer = await Viewer.watching(house.url, [route], transport);
      closing(t, viewer);

      const ask = (segment) =>
        viewer.ask('get_seat_availability', { routeId: route.id, ...segment });
      const whole = await ask({});
      assert.deepEqual(whole, {
        routeId: route.id,
        seq: 2,
        seatCount: 10,
        fromStopIndex: 0,
        toStopIndex: 3,
        availableSeats: without(10, 1, 2),
        seats: [
          { seatNumber: 1, status: 'RESERVED', fromStopIndex: 0, toStopIndex: 1, gender: 'MALE' },
          { seatNumber: 2, status: 'RESERVED', fromStopIndex: 2, toStopIndex: 3, gender: 'FEMALE' },
        ],
      });
      assert.deepEqual(await viewer.next('seat_availability'), whole, 'event and ack are the same');

      const byCities = await ask({ fromCity: 'İSTANBUL', toCity: ' bolu ' });
      const byStops = await ask({ fromStopIndex: 0, toStopIndex: 1 });
      assert.deepEqual(byCities, byStops);
      assert.deepEqual(byCities.availableSeats, without(10, 1));
      assert.deepEqual((await ask({ fromStopIndex: 1, toStopIndex: 2 })).availableSeats, without(10));
      assert.deepEqual((await ask({ fromCity: ankara })).availableSeats, without(10, 2));
      // An end that is not named is the route's own, for stops as for cities.
      assert.deepEqual(await ask({ fromStopIndex: 2 }), await ask({ fromCity: ankara }));
      assert.deepEqual(await ask({ toStopIndex: 1 }), byStops);
    });

    it('refuses a segment that runs backwards and keeps the connection', async (t) => {
      const route = await house.newRoute();
      const viewer = await Viewer.watching(house.url, [route], transport);
      closing(t, viewer);
      for (const segment of [
        { fromStopIndex: 2, toStopIndex: 1 },
        { fromStopIndex: 0, toStopIndex: 99 },
        { fromStopIndex: 3 },
        { toStopIndex: 0 },
        { fromCity: 'Konya', toCity: 'Bolu' },
        { fromCity: 'Atlantis' },
      ]) {
        const ack = await viewer.ask('get_seat_availability', { routeId: route.id, ...segment });
        assert.equal(ack.code, 'invalid_payload', JSON.stringify(segment));
      }
      assert.equal((await viewer.caughtUp(route.id)).seq, 0);
    });

    it('stands in the stream: folding what follows gives the map that REST gives', async (t) => {
      const route = await house.newRoute({ seatCount: 12 });
      const [istanbul, bolu, ankara, konya] = route.cities;
      const { customer, agent } = house;
      await customer.book(route, 1, { toCity: bolu });
      const early = await customer.book(route, 2);

      const viewer = await Viewer.watching(house.url, [route], transport);
      closing(t, viewer);
      const map = new SeatMap(await viewer.caughtUp(route.id));
      assert.equal(map.seq, 2);

      const long = await agent.book(route, 3);
      await customer.book(route, 1, { fromCity: bolu, toCity: ankara });
      await customer.patch(`/tickets/${early.id}`, { seatNumber: 4 });
      await agent.suspend(long.id);
      const short = await customer.book(route, 3, { fromCity: ankara, toCity: konya });
      await customer.pay(short.id);
      await customer.cancel(early.id);
      await customer.book(route, 4, { fromCity: istanbul, toCity: ankara });
      await customer.patch(`/tickets/${short.id}`, { gender: 'MALE' });

      const state = await house.anyone.get(`/routes/${route.id}`);
      await viewer.update(route.id, state.seq);
      for (const update of viewer.updates(route.id)) map.fold(update);
      assert.equal(map.seq, state.seq);
      assert.deepEqual(map.occupied(), occupiedIn(state));
      for (let from = 0; from < route.cities.length - 1; from += 1) {
        for (let to = from + 1; to < route.cities.length; to += 1) {
          const seats = await house.anyone.availableSeats(route, route.cities[from], route.cities[to]);
          assert.deepEqual(map.available(from, to), seats, `${route.cities[from]}–${route.cities[to]}`);
        }
      }
    });
  });
}
