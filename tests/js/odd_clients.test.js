// What stock clients send when they are used a little wrong, or a little unusually: each gets an
// answer on the namespace that it listens on, or a close that says why; never silence.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Manager } from 'socket.io-client';
import { WebSocket } from 'ws';
import { PlainViewer } from './frames.js';
import { openHouse } from './house.js';
import { within } from './inbox.js';
import { TRANSPORTS, Viewer, closing } from './viewer.js';

let house;
before(async () => {
  house = await openHouse();
});
after(() => house?.close());

/// The first event of this name.
const once = (what, emitter, event) =>
  within(what, new Promise((resolve) => emitter.once(event, (...args) => resolve(args))));

describe('a namespace without its slash', () => {
  for (const [name, options] of Object.entries(TRANSPORTS)) {
    it(`ends the connection, and a websocket is told why (${name})`, async (t) => {
      const manager = new Manager(house.url, { ...options, reconnection: false });
      t.after(() => manager._close());
      const [reason, details] = await once('the end', manager.socket('seats'), 'disconnect');
      if (options.transports?.[0] === 'websocket') {
        assert.equal(reason, 'transport close');
        assert.match(details.context.reason, /slash/);
      } else {
        assert.match(reason, /^transport/);
      }
    });
  }
});

for (const [name, options] of Object.entries(TRANSPORTS)) {
  describe(`odd events, ${name}`, () => {
    it('one named by a lone surrogate is answered and acknowledged', async (t) => {
      const viewer = new Viewer(house.url, options);
      closing(t, viewer);
      const answer = await viewer.ask('\ud83d', { routeId: 'x' });
      assert.equal(answer.code, 'invalid_payload');
      assert.deepEqual(await viewer.next('error'), answer);
    });

    it('one with a lone surrogate in its argument is answered and acknowledged', async (t) => {
      const viewer = new Viewer(house.url, options);
      closing(t, viewer);
      const answer = await viewer.ask('subscribe_route', { routeId: '\ud83d' });
      assert.equal(answer.code, 'invalid_payload');
      assert.equal(answer.event, 'subscribe_route');
    });

    it('one with bytes is answered at once and the connection stays', async (t) => {
      const route = await house.newRoute();
      const viewer = new Viewer(house.url, options);
      closing(t, viewer);
      const answer = await viewer.ask('subscribe_route', { routeId: route.id, more: Buffer.alloc(9) });
      assert.equal(answer.code, 'invalid_payload');
      assert.equal((await viewer.subscribe(route.id)).seq, 0);
    });

    it('one of 70 kB ends the connection, and a websocket is told why', async (t) => {
      const viewer = new Viewer(house.url, { ...options, reconnection: false });
      closing(t, viewer);
      await viewer.connected();
      const ended = once('the end', viewer.socket, 'disconnect');
      viewer.socket.emit('subscribe_route', { routeId: 'x'.repeat(70_000) });
      const [reason, details] = await ended;
      assert.match(reason, /^transport/);
      if (reason === 'transport close') {
        assert.equal(details.context.code, 1009);
        assert.match(details.context.reason, /too large/);
      } else {
        assert.equal(details.description, 413);
      }
    });
  });
}

describe('a plain WebSocket', () => {
  it('gets its id back beside a lone surrogate', async (t) => {
    const viewer = await PlainViewer.open(house.url);
    closing(t, viewer);
    viewer.send('{"event":"subscribe_route","data":{"routeId":"\\ud83d"},"id":7}');
    assert.equal((await viewer.answer(7)).data.code, 'invalid_payload');
    viewer.send('{"event":"\\ud83d","data":null,"id":"8"}');
    assert.equal((await viewer.answer('8')).data.code, 'invalid_payload');
    viewer.send('{"id":9,"event":["subscribe_route"]}');
    assert.equal((await viewer.answer(9)).data.code, 'invalid_payload');
  });
});

describe('a subprotocol', () => {
  for (const path of ['/seats', '/socket.io/?EIO=4&transport=websocket']) {
    it(`that is offered is answered: the first (${path})`, async (t) => {
      const socket = new WebSocket(house.url.replace('http', 'ws') + path, ['seats.v1', 'other']);
      t.after(() => socket.terminate());
      await once('the WebSocket to open', socket, 'open');
      assert.equal(socket.protocol, 'seats.v1');
    });
  }

  it('lets a stock client upgrade', async (t) => {
    const route = await house.newRoute();
    const viewer = new Viewer(house.url, { protocols: ['seats.v1', 'other'] });
    closing(t, viewer);
    await once('the upgrade', viewer.socket.io.engine, 'upgrade');
    assert.equal(viewer.socket.io.engine.transport.ws.protocol, 'seats.v1');
    assert.equal((await viewer.subscribe(route.id)).seq, 0);
  });
});
