// A hold that is not paid in time ends by itself, and everybody sees the seat come free.

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { openHouse } from './house.js';
import { Viewer, closing } from './viewer.js';

it('a reservation that is not paid expires: seat_cancelled, then seat_available', async (t) => {
  const house = await openHouse({ env: { SEATWIRE_HOLD_SECONDS: '1' } });
  t.after(() => house.close());
  const route = await house.newRoute();
  const viewer = await Viewer.watching(house.url, [route]);
  closing(t, viewer);
  const ticket = await house.customer.book(route, 6);
  assert.ok(Date.parse(ticket.expiresAt) > Date.parse(ticket.createdAt));
  await viewer.update(route.id, 3);
  const [, cancelled, available] = viewer.updates();
  assert.deepEqual([cancelled.eventType, cancelled.metadata.reason], ['seat_cancelled', 'expired']);
  assert.deepEqual([available.eventType, available.seatNumber], ['seat_available', 6]);

  const after = await house.customer.get(`/tickets/${ticket.id}`);
  assert.equal(after.status, 'CANCELLED');
  const late = await house.customer.call('POST', '/payments', {
    ticketId: ticket.id,
    cardHolderName: 'Deniz Yolcu',
    cardNumber: '5528790000000008',
    expireMonth: '12',
    expireYear: '2030',
    cvc: '123',
  });
  assert.equal(late.status, 409, JSON.stringify(late.body));
  const other = await house.newCustomer();
  await other.book(route, 6);
});
