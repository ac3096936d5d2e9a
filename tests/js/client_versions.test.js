// Stock JavaScript clients of many versions, with the options that change how they ask: from 4.6 on
// every one of them is recovered after its first break, and none before gets anything wrong.
// docs/clients.md shows the table.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Fetch, NodeWebSocket, NodeXHR } from 'socket.io-client';
import { openHouse } from './house.js';
import { Inbox, within } from './inbox.js';

const RECOVERABLE = {
  '4.6': 'socket.io-client-4-6',
  '4.7': 'socket.io-client-4-7',
  '4.8': 'socket.io-client',
};
const OLDER = {
  '3.0': 'socket.io-client-3-0',
  '3.1': 'socket.io-client-3-1',
  '4.0': 'socket.io-client-4-0',
  '4.1': 'socket.io-client-4-1',
  '4.4': 'socket.io-client-4-4',
  '4.5': 'socket.io-client-4-5',
};

const AGENT = { 'User-Agent': 'custom/1' };
const OPTIONS = {
  'no options': {},
  'websocket only': { transports: ['websocket'] },
  'polling only': { transports: ['polling'] },
  'no compression': { transports: ['websocket'], perMessageDeflate: false },
  'a threshold of compression': { transports: ['websocket'], perMessageDeflate: { threshold: 0 } },
  'compression tuned': {
    transports: ['websocket'],
    perMessageDeflate: { serverNoContextTakeover: true, clientMaxWindowBits: 10 },
  },
  'a name, websocket': { transports: ['websocket'], extraHeaders: AGENT },
  'a name, polling': { transports: ['polling'], extraHeaders: AGENT },
  'a name and no compression': {
    transports: ['websocket'],
    extraHeaders: { ...AGENT, 'X-Other': '1' },
    perMessageDeflate: false,
  },
  'a name, polling without time stamps': {
    transports: ['polling'],
    extraHeaders: AGENT,
    timestampRequests: false,
  },
  'a time stamp of another name': { transports: ['polling'], timestampParam: 'stamp' },
  'time stamps on websockets': { transports: ['websocket'], timestampRequests: true },
  'base64 alone': { transports: ['polling'], forceBase64: true, extraHeaders: AGENT },
  'a query': { query: { a: '1', b: 'x y' } },
  'auth': { auth: { device: 'kiosk' } },
  'a subprotocol': { transports: ['websocket'], protocols: ['seats.v1', 'other'] },
};
/// Since 4.8 a transport is an option too.
const TRANSPORTS = {
  'fetch': { transports: [Fetch] },
  'fetch, a name': { transports: [Fetch], extraHeaders: AGENT },
  'XMLHttpRequest of Node.js': { transports: [NodeXHR] },
  'WebSocket of Node.js': { transports: [NodeWebSocket] },
  'fetch, then an upgrade': { transports: [Fetch, NodeWebSocket] },
};

let house;
before(async () => {
  house = await openHouse();
});
after(() => house?.close());

/// A client of one version, and what it got.
async function client(t, name, options) {
  const { io } = await import(name);
  const socket = io(`${house.url}/seats`, { forceNew: true, ...options });
  const inbox = new Inbox();
  socket.on('connect', () => inbox.push({ event: 'connect' }));
  socket.on('disconnect', () => inbox.push({ event: 'disconnect' }));
  socket.on('seat_update', (...args) => inbox.push({ event: 'seat_update', args }));
  t.after(() => socket.disconnect());
  const count = (event) => inbox.all.filter((item) => item.event === event).length;
  return {
    socket,
    inbox,
    count,
    until: (event, times) =>
      inbox.reached(`${times} × ${event}`, () => count(event) >= times),
    updates: () => inbox.all.filter((item) => item.event === 'seat_update').map(({ args }) => args),
    subscribe: (route) =>
      within(
        'subscribed',
        new Promise((resolve) => socket.emit('subscribe_route', { routeId: route.id }, resolve)),
      ),
  };
}

/// Gets an event, loses its connection, misses an event, and comes back by itself.
async function breakOnce(t, name, options) {
  const route = await house.newRoute();
  const viewer = await client(t, name, options);
  await viewer.subscribe(route);
  await house.customer.book(route, 1);
  await viewer.until('seat_update', 1);
  viewer.socket.io.reconnection(false);
  viewer.socket.io.engine.close();
  await viewer.until('disconnect', 1);
  await house.customer.book(route, 2);
  viewer.socket.connect();
  await viewer.until('connect', 2);
  return { route, viewer };
}

for (const [version, name] of Object.entries(RECOVERABLE)) {
  describe(`the JavaScript client ${version}`, () => {
    const all = version === '4.8' ? { ...OPTIONS, ...TRANSPORTS } : OPTIONS;
    for (const [what, options] of Object.entries(all)) {
      it(`is recovered after its first break: ${what}`, async (t) => {
        const { viewer } = await breakOnce(t, name, options);
        assert.equal(viewer.socket.recovered, true);
        await viewer.until('seat_update', 2);
        assert.deepEqual(viewer.updates().map(([update]) => update.seq), [1, 2]);
      });
    }

    it('gets one argument if it says that it is not to be recovered', async (t) => {
      const { route, viewer } = await breakOnce(t, name, { auth: { recovery: false } });
      assert.notEqual(viewer.socket.recovered, true);
      await viewer.subscribe(route);
      await house.customer.book(route, 3);
      await viewer.until('seat_update', 2);
      assert.deepEqual(viewer.updates().map((args) => args.length), [1, 1]);
    });
  });
}

for (const [version, name] of Object.entries(OLDER)) {
  describe(`the JavaScript client ${version}`, () => {
    for (const transports of [['websocket'], ['polling'], ['polling', 'websocket']]) {
      it(`begins anew and misses nothing that it asks for (${transports})`, async (t) => {
        const { route, viewer } = await breakOnce(t, name, { transports });
        const subscribed = within(
          'subscribed',
          new Promise((resolve) => {
            viewer.socket.emit('subscribe_route', { routeId: route.id, since: 1 }, resolve);
          }),
        );
        assert.equal((await subscribed).seq, 1);
        await viewer.until('seat_update', 2);
        assert.deepEqual(viewer.updates().map(([update]) => update.seq), [1, 2]);
      });
    }
  });
}
