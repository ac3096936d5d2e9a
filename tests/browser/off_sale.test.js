// What holders and others are told when a departure has been taken off sale.

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { stage } from './stage.js';

const on = stage();

it('a departure that was taken off sale says so, and a held seat on it can be paid', async (t) => {
  const route = await on.house.newRoute();
  const held = await on.house.customer.book(route, 5);
  await on.house.admin.expect(200, 'PATCH', `/routes/${route.id}`, { isActive: false });
  const trip = await on.trip(t, route);
  await trip.page.getByText('This departure is off sale').waitFor();
  await trip.login('CUSTOMER');
  await trip.part('my-tickets').click();
  const ticket = trip.page.locator(`[data-ticket-id="${held.id}"]`);
  await ticket.getByText('This departure has been taken off sale.').waitFor();
  assert.match(await ticket.textContent(), /stays valid/);
  assert.equal(await ticket.getByTestId('cancel-ticket').count(), 1, 'it can be given up');
  const paid = await on.house.customer.pay(held.id);
  assert.equal(paid.success, true);
});
