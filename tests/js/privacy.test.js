// Production mode: who sees whose ticket. Everybody sees every seat change; a PNR and a ticket id
// are for the ticket's owner and for staff.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { EventStream, PlainViewer } from './frames.js';
import { openProduction } from './production.js';
import { login } from './rest.js';
import { TRANSPORTS, Viewer, closing } from './viewer.js';

let house;
before(async () => {
  house = await openProduction();
});
after(() => house?.server.stop());

const names = (update) => [update.ticketId, update.pnrNumber];
const hidden = (update) => !('ticketId' in update) && !('pnrNumber' in update);

describe('production', () => {
  it('has no demo people and no demo data', async () => {
    const answer = await house.anyone.call('POST', '/auth/login', {
      email: 'admin@seatwire.example',
      password: 'admin-demo-1',
    });
    assert.equal(answer.status, 401);
    assert.deepEqual(await house.anyone.get('/routes/upcoming?days=14'), []);
  });

  it('lets nobody give themselves a role', async () => {
    const answer = await house.anyone.call('POST', '/auth/register', {
      email: 'climber@example.com',
      password: 'long-enough-for-a-test-1',
      firstName: 'Deniz',
      lastName: 'Yolcu',
      phone: '5551234567',
      role: 'ADMIN',
    });
    assert.equal(answer.status, 403);
    assert.equal(house.agent.user.role, 'AGENT');
    assert.equal(house.customer.user.role, 'CUSTOMER');
  });

  for (const [name, transport] of Object.entries(TRANSPORTS)) {
    it(`shows PNR and ticket id to owner and staff only, ${name}`, async (t) => {
      const route = await house.newRoute();
      const other = await house.newCustomer();
      const as = (caller) =>
        Viewer.watching(house.url, [route], { ...transport, auth: { token: caller.token } });
      const anonymous = await Viewer.watching(house.url, [route], transport);
      const owner = await as(house.customer);
      const stranger = await as(other);
      const agent = await as(house.agent);
      const admin = await as(house.admin);
      closing(t, anonymous, owner, stranger, agent, admin);

      const ticket = await house.customer.book(route, 15, { gender: 'MALE' });
      const his = await other.book(route, 16);
      const viewers = [anonymous, owner, stranger, agent, admin];
      await Promise.all(viewers.map((viewer) => viewer.update(route.id, 2)));
      const seen = viewers.map((viewer) => viewer.updates(route.id));

      const mine = [ticket.id, ticket.pnrNumber];
      const theirs = [his.id, his.pnrNumber];
      const nothing = [undefined, undefined];
      assert.deepEqual(seen.map((updates) => updates.map(names)), [
        [nothing, nothing],
        [mine, nothing],
        [nothing, theirs],
        [mine, theirs],
        [mine, theirs],
      ]);
      assert.ok(hidden(seen[0][0]) && hidden(seen[1][1]), 'left out, not set to null');
      // All else is public: without it there is no seat map.
      const { ticketId, pnrNumber, ...rest } = seen[3][0];
      assert.deepEqual(seen[0][0], rest);
      assert.equal(rest.metadata.gender, 'MALE');
    });
  }

  it('holds for plain WebSocket and server-sent events too', async (t) => {
    const route = await house.newRoute();
    const plain = async (token) => {
      const viewer = await PlainViewer.open(house.url, { token });
      viewer.send({ event: 'subscribe_route', data: { routeId: route.id }, id: 1 });
      await viewer.answer(1);
      return viewer;
    };
    const [anonymous, owner] = [await plain(), await plain(house.customer.token)];
    const stream = await EventStream.open(house.url, route.id);
    const staff = await EventStream.open(house.url, route.id, { token: house.agent.token });
    closing(t, anonymous, owner, stream, staff);
    const ticket = await house.customer.book(route, 1);
    const mine = [ticket.id, ticket.pnrNumber];
    assert.ok(hidden((await anonymous.next('seat_update')).data));
    assert.ok(hidden((await stream.update(1)).data));
    assert.deepEqual(names((await owner.next('seat_update')).data), mine);
    assert.deepEqual(names((await staff.update(1)).data), mine);
  });

  it('hides them from a replay as well', async (t) => {
    const route = await house.newRoute();
    const ticket = await house.customer.book(route, 1);
    const stream = await EventStream.open(house.url, route.id, { lastEventId: 0 });
    const own = await EventStream.open(house.url, route.id, {
      lastEventId: 0,
      token: house.customer.token,
    });
    closing(t, stream, own);
    assert.ok(hidden((await stream.update(1)).data));
    assert.deepEqual(names((await own.update(1)).data), [ticket.id, ticket.pnrNumber]);
  });

  it('logs staff in with their own password', async () => {
    const agent = await login(house.url, {
      email: 'counter@operator.example',
      password: 'long-enough-for-a-test-1',
    });
    assert.equal(agent.user.id, house.agent.user.id);
  });
});
