// A viewer says anew who it is while it watches (`authenticate`): by a stock client and on a plain
// WebSocket, in production mode, where booking codes are for staff and owners.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { WebSocket } from 'ws';
import { Inbox } from './inbox.js';
import { openProduction } from './production.js';
import { TRANSPORTS, Viewer, closing } from './viewer.js';

const UNAUTHORIZED = { message: 'Unauthorized', code: 'unauthorized', event: 'authenticate' };
const WEEK_MS = 7 * 24 * 3_600_000;

let house;
before(async () => {
  house = await openProduction();
});
after(() => house?.close());

function isInAWeek(expiresAt) {
  assert.match(expiresAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  const left = Date.parse(expiresAt) - Date.now();
  assert.ok(left > WEEK_MS / 2 && left <= WEEK_MS, expiresAt);
}

for (const [transport, options] of Object.entries(TRANSPORTS)) {
  describe(`a stock client (${transport})`, () => {
    it('becomes staff, becomes a customer, and misses nothing', async (t) => {
      const route = await house.newRoute();
      const viewer = await Viewer.watching(house.url, [route], options);
      closing(t, viewer);
      const { id } = viewer.socket;
      await house.customer.book(route, 1);
      assert.equal('pnrNumber' in (await viewer.update(route.id, 1)), false);

      const staff = await viewer.ask('authenticate', { token: house.agent.token });
      assert.deepEqual(Object.keys(staff), ['expiresAt']);
      isInAWeek(staff.expiresAt);
      assert.deepEqual(await viewer.next('authenticated'), staff, 'told and acknowledged');
      await house.customer.book(route, 2);
      assert.equal('pnrNumber' in (await viewer.update(route.id, 2)), true);

      const stranger = await house.newCustomer();
      isInAWeek((await viewer.ask('authenticate', { token: stranger.token })).expiresAt);
      await house.customer.book(route, 3);
      assert.equal('pnrNumber' in (await viewer.update(route.id, 3)), false);
      await stranger.book(route, 4);
      assert.equal('pnrNumber' in (await viewer.update(route.id, 4)), true, 'its own ticket');
      assert.deepEqual(viewer.updates(route.id).map(({ seq }) => seq), [1, 2, 3, 4]);
      assert.equal(viewer.socket.id, id, 'on the same connection');
    });

    for (const [first, then] of [
      ['nobody', 'customer'],
      ['customer', 'agent'],
    ]) {
      for (const last of [first, then]) {
        it(`begins as ${first}, becomes ${then}, and comes back as ${last}`, async (t) => {
          const tokenOf = { nobody: {}, customer: { token: house.customer.token }, agent: { token: house.agent.token } };
          const route = await house.newRoute();
          const viewer = await Viewer.watching(house.url, [route], { ...options, auth: tokenOf[first] });
          closing(t, viewer);
          await viewer.ask('authenticate', tokenOf[then]);
          viewer.socket.io.reconnection(false);
          viewer.socket.io.engine.close();
          await viewer.next('(disconnect)');
          await house.agent.book(route, 1);
          viewer.socket.auth = tokenOf[last];
          viewer.socket.connect();
          const missed = await viewer.update(route.id, 1);
          assert.equal(viewer.socket.recovered, true);
          assert.equal('pnrNumber' in missed, last === 'agent', 'as it is known now');
          await house.agent.book(route, 2);
          await viewer.update(route.id, 2);
        });
      }
    }

    it('stays who it was when a token is refused', async (t) => {
      const route = await house.newRoute();
      const auth = { token: house.agent.token };
      const viewer = await Viewer.watching(house.url, [route], { ...options, auth });
      closing(t, viewer);
      for (const token of ['a.b.c', '', null, 7, undefined]) {
        assert.deepEqual(await viewer.ask('authenticate', { token }), UNAUTHORIZED);
      }
      assert.deepEqual(await viewer.next('error'), UNAUTHORIZED, 'told and acknowledged');
      assert.equal((await viewer.ask('authenticate', null)).code, 'invalid_payload');
      await house.customer.book(route, 1);
      assert.equal('pnrNumber' in (await viewer.update(route.id, 1)), true);
      assert.equal(viewer.all('(disconnect)').length, 0);
    });
  });
}

describe('a plain WebSocket', () => {
  it('says anew who it is', async (t) => {
    const route = await house.newRoute();
    const socket = new WebSocket(`${house.url.replace('http', 'ws')}/seats`);
    t.after(() => socket.close());
    const inbox = new Inbox();
    socket.on('message', (text) => inbox.push(JSON.parse(text)));
    await new Promise((resolve) => socket.once('open', resolve));
    const ask = (event, data, id) => {
      socket.send(JSON.stringify({ event, data, id }));
      return inbox.first(`the answer to ${id}`, (item) => item.id === id);
    };
    const update = (seq) =>
      inbox.first(`seat_update ${seq}`, ({ event, data }) => event === 'seat_update' && data.seq === seq);
    await ask('subscribe_route', { routeId: route.id }, 1);
    await house.customer.book(route, 1);
    assert.equal('pnrNumber' in (await update(1)).data, false);
    const refused = await ask('authenticate', { token: 'a.b.c' }, 2);
    assert.deepEqual(refused, { event: 'error', data: UNAUTHORIZED, id: 2 });
    const known = await ask('authenticate', { token: `Bearer ${house.agent.token}` }, 3);
    assert.equal(known.event, 'authenticated');
    isInAWeek(known.data.expiresAt);
    await house.customer.book(route, 2);
    assert.equal('pnrNumber' in (await update(2)).data, true);
  });
});
