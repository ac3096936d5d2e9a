// What viewers see of a ticket's life: reservation, payment, suspension, cancellation, a move, a
// sale at the counter, and the complete journey of one traveller.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openHouse } from './house.js';
import { DECLINED_CARD, GOOD_CARD } from './rest.js';
import { TRANSPORTS, Viewer, closing } from './viewer.js';

let house;
before(async () => {
  house = await openHouse();
});
after(() => house?.close());

const kinds = (updates) => updates.map((update) => [update.seq, update.eventType, update.seatNumber]);

for (const [name, transport] of Object.entries(TRANSPORTS)) {
  describe(`a ticket's life, ${name}`, () => {
    async function watchedRoute(t) {
      const route = await house.newRoute();
      const viewer = await Viewer.watching(house.url, [route], transport);
      closing(t, viewer);
      return { route, viewer };
    }

    it('reservation: seat_reserved with everything a seat map needs', async (t) => {
      const { route, viewer } = await watchedRoute(t);
      const ticket = await house.customer.book(route, 15, { toCity: 'Ankara', gender: 'MALE' });
      assert.equal(ticket.status, 'RESERVED');
      assert.equal(ticket.paymentStatus, 'PENDING');
      assert.match(ticket.pnrNumber, /^VV00[A-Z0-9]{5}$/);
      const { timestamp, metadata, ...rest } = await viewer.update(route.id, 1);
      assert.deepEqual(rest, {
        routeId: route.id,
        seatNumber: 15,
        eventType: 'seat_reserved',
        ticketId: ticket.id,
        pnrNumber: ticket.pnrNumber,
        fromStopIndex: 0,
        toStopIndex: 2,
        seq: 1,
      });
      assert.match(timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      assert.deepEqual(metadata, {
        fromCity: 'Istanbul',
        toCity: 'Ankara',
        price: ticket.price,
        gender: 'MALE',
        reason: 'booked',
      });
    });

    it('reservation: a seat that is taken is refused and nobody hears of it', async (t) => {
      const { route, viewer } = await watchedRoute(t);
      await house.customer.book(route, 4);
      const other = await house.newCustomer();
      const refused = await other.tryToBook(route, 4);
      assert.equal(refused.status, 409);
      assert.equal(refused.body.code, 'seat_taken');
      await other.book(route, 5);
      await viewer.update(route.id, 2);
      assert.deepEqual(kinds(viewer.updates()), [[1, 'seat_reserved', 4], [2, 'seat_reserved', 5]]);
    });

    it('payment: a declined card keeps the hold, a good one brings seat_confirmed', async (t) => {
      const { route, viewer } = await watchedRoute(t);
      const ticket = await house.customer.book(route, 8);
      const declined = await house.customer.pay(ticket.id, DECLINED_CARD);
      assert.equal(declined.success, false);
      assert.equal(declined.errorCode, 'INSUFFICIENT_FUNDS');
      const held = await house.customer.get(`/tickets/${ticket.id}`);
      assert.deepEqual([held.status, held.paymentStatus], ['RESERVED', 'PENDING']);

      const paid = await house.customer.pay(ticket.id, GOOD_CARD);
      assert.equal(paid.success, true);
      assert.deepEqual(paid.ticket, {
        id: ticket.id,
        pnrNumber: ticket.pnrNumber,
        status: 'CONFIRMED',
        paymentStatus: 'PAID',
      });
      assert.equal(paid.payment.amount, ticket.price);
      const update = await viewer.update(route.id, 2);
      assert.equal(update.eventType, 'seat_confirmed');
      assert.equal(update.ticketId, ticket.id);
      assert.deepEqual(kinds(viewer.updates()), [[1, 'seat_reserved', 8], [2, 'seat_confirmed', 8]]);
    });

    it('suspension: frees the seat, which then can be sold to another', async (t) => {
      const { route, viewer } = await watchedRoute(t);
      const ticket = await house.customer.book(route, 9);
      const suspended = await house.agent.suspend(ticket.id);
      assert.equal(suspended.status, 'SUSPENDED');
      assert.equal((await viewer.update(route.id, 2)).eventType, 'seat_suspended');
      assert.ok((await house.anyone.availableSeats(route)).includes(9));

      const other = await house.newCustomer();
      await other.book(route, 9);
      const back = await house.agent.call('PATCH', `/tickets/${ticket.id}/confirm`);
      assert.deepEqual([back.status, back.body.code], [409, 'seat_taken']);
      // The seat is somebody else's by now: this cancellation frees nothing and stands alone.
      await house.customer.cancel(ticket.id);
      await house.agent.book(route, 10);
      await viewer.update(route.id, 5);
      assert.deepEqual(kinds(viewer.updates()), [
        [1, 'seat_reserved', 9],
        [2, 'seat_suspended', 9],
        [3, 'seat_reserved', 9],
        [4, 'seat_cancelled', 9],
        [5, 'seat_confirmed', 10],
      ]);
    });

    it('suspension: is for staff only', async (t) => {
      const { route } = await watchedRoute(t);
      const ticket = await house.customer.book(route, 9);
      const refused = await house.customer.call('PATCH', `/tickets/${ticket.id}/suspend`);
      assert.equal(refused.status, 403);
    });

    it('cancellation: seat_cancelled and, as the very next, seat_available', async (t) => {
      const { route, viewer } = await watchedRoute(t);
      const ticket = await house.customer.book(route, 20);
      const cancelled = await house.customer.cancel(ticket.id);
      assert.equal(cancelled.status, 'CANCELLED');
      const available = await viewer.update(route.id, 3);
      const [, first] = viewer.updates();
      assert.deepEqual([first.seq, first.eventType, first.ticketId], [2, 'seat_cancelled', ticket.id]);
      assert.equal(available.eventType, 'seat_available');
      assert.equal(available.seatNumber, 20);
      assert.ok(!('ticketId' in available) && !('pnrNumber' in available), 'nobody holds a free seat');
      assert.deepEqual(
        [available.fromStopIndex, available.toStopIndex],
        [ticket.fromStopIndex, ticket.toStopIndex],
      );
    });

    it('a seat move: the old seat is freed, then the new one taken', async (t) => {
      const { route, viewer } = await watchedRoute(t);
      const ticket = await house.customer.book(route, 3);
      const moved = await house.customer.patch(`/tickets/${ticket.id}`, { seatNumber: 33 });
      assert.equal(moved.seatNumber, 33);
      await viewer.update(route.id, 3);
      const [, freed, taken] = viewer.updates();
      assert.deepEqual(kinds([freed, taken]), [[2, 'seat_available', 3], [3, 'seat_reserved', 33]]);
      assert.equal(taken.metadata.reason, 'changed');
      assert.equal(taken.ticketId, ticket.id);
    });

    it('a sale at the counter: seat_confirmed at once', async (t) => {
      const { route, viewer } = await watchedRoute(t);
      const ticket = await house.agent.book(route, 12);
      assert.deepEqual([ticket.status, ticket.paymentStatus], ['CONFIRMED', 'PAID']);
      const update = await viewer.update(route.id, 1);
      assert.deepEqual([update.eventType, update.ticketId], ['seat_confirmed', ticket.id]);
    });

    it('several clients see the same', async (t) => {
      const route = await house.newRoute();
      const watching = () => Viewer.watching(house.url, [route], transport);
      const viewers = await Promise.all([watching(), watching(), watching(), watching()]);
      closing(t, ...viewers);
      const ticket = await house.customer.book(route, 1);
      await house.customer.pay(ticket.id);
      await house.agent.book(route, 2);
      await house.customer.cancel(ticket.id);
      await Promise.all(viewers.map((viewer) => viewer.update(route.id, 5)));
      const expected = [
        [1, 'seat_reserved', 1],
        [2, 'seat_confirmed', 1],
        [3, 'seat_confirmed', 2],
        [4, 'seat_cancelled', 1],
        [5, 'seat_available', 1],
      ];
      assert.deepEqual(kinds(viewers[0].updates()), expected);
      for (const viewer of viewers) assert.deepEqual(viewer.updates(), viewers[0].updates());
    });

    it('the complete journey of a traveller', async (t) => {
      const route = await house.newRoute({ stops: ['Izmir', 'Manisa', 'Balikesir', 'Bursa'] });
      const traveller = await house.newCustomer();
      const date = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Istanbul' })
        .format(new Date(route.departureTime));
      const query = new URLSearchParams({ fromCity: 'Manisa', toCity: 'Bursa', date, limit: '100' });
      const { data } = await traveller.get(`/routes/search?${query}`);
      const hit = data.find((found) => found.id === route.id);
      assert.ok(hit, `the route is not among ${data.length} hits`);
      assert.deepEqual([hit.fromStopIndex, hit.toStopIndex, hit.availableSeats], [1, 3, 40]);

      const viewer = new Viewer(house.url, { ...transport, auth: { token: traveller.token } });
      closing(t, viewer);
      await viewer.connected();
      await viewer.subscribe(route.id);
      const segment = { fromCity: 'Manisa', toCity: 'Bursa' };
      const map = await viewer.ask('get_seat_availability', { routeId: route.id, ...segment });
      const seat = map.availableSeats[0];
      const ticket = await traveller.book(route, seat, segment);
      assert.equal((await viewer.update(route.id, 1)).eventType, 'seat_reserved');
      await traveller.pay(ticket.id);
      assert.equal((await viewer.update(route.id, 2)).eventType, 'seat_confirmed');

      const mine = await traveller.get('/tickets/my-tickets');
      assert.deepEqual(mine.map((each) => [each.id, each.status]), [[ticket.id, 'CONFIRMED']]);
      const history = await traveller.get('/payments/history');
      assert.deepEqual(history.map((each) => [each.ticketId, each.amount]), [[ticket.id, ticket.price]]);

      const refund = await traveller.expect(200, 'POST', `/payments/refund/${ticket.id}`);
      assert.deepEqual([refund.success, refund.refundAmount], [true, ticket.price]);
      await viewer.update(route.id, 4);
      assert.deepEqual(kinds(viewer.updates()).slice(2), [
        [3, 'seat_cancelled', seat],
        [4, 'seat_available', seat],
      ]);
      const after = await traveller.get(`/tickets/${ticket.id}`);
      assert.deepEqual([after.status, after.paymentStatus], ['CANCELLED', 'REFUNDED']);
      const bye = await viewer.ask('unsubscribe_route', { routeId: route.id });
      assert.equal(bye.routeId, route.id);
    });
  });
}
