// What Seatwire itself does not use of the engine, with stock clients against its examples: several
// namespaces, bytes, acknowledgements in both directions, data of a refusal, rooms.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Manager, io } from 'socket.io-client';
import { startExample } from './example_server.js';
import { Inbox, PATIENCE_MS, within } from './inbox.js';
import { TRANSPORTS } from './viewer.js';

const BYTES = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));

let echo;
let chat;
before(async () => {
  echo = await startExample('socketio_conformance');
  chat = await startExample('chat');
});
after(async () => {
  await echo?.stop();
  await chat?.stop();
});

/// The arguments of the next event of this name.
function next(socket, event) {
  return within(event, new Promise((resolve) => socket.once(event, (...args) => resolve(args))));
}

/// A socket of the chat, and everything that is said to it.
function guest(t, transport, auth) {
  const socket = io(chat.url, { forceNew: true, auth, ...transport });
  t.after(() => socket.disconnect());
  socket.inbox = new Inbox();
  socket.on('said', (said) => socket.inbox.push(said));
  // Whoever does not say that it has read the rules is put out.
  socket.on('rules', (rules, read) => read(rules));
  return socket;
}

for (const [name, transport] of Object.entries(TRANSPORTS)) {
  describe(`engine, ${name}`, () => {
    function manager(t) {
      const manager = new Manager(echo.url, transport);
      t.after(() => manager._close());
      return manager;
    }

    it('connects to several namespaces over one transport, each with its own payload', async (t) => {
      const shared = manager(t);
      const main = shared.socket('/', { auth: { token: 'main' } });
      const custom = shared.socket('/custom', { auth: { token: 'custom', more: [1, null] } });
      const auths = await Promise.all([next(main, 'auth'), next(custom, 'auth')]);
      assert.deepEqual(auths, [[{ token: 'main' }], [{ token: 'custom', more: [1, null] }]]);
      assert.notEqual(main.id, custom.id);

      // Leaving one keeps the other and its transport.
      const engine = shared.engine.id;
      custom.disconnect();
      main.emit('message', 'still here');
      assert.deepEqual(await next(main, 'message-back'), ['still here']);
      assert.equal(shared.engine.id, engine);
      custom.connect();
      assert.deepEqual(await next(custom, 'auth'), [{ token: 'custom', more: [1, null] }]);
      assert.equal(shared.engine.id, engine);
    });

    it('sends and receives bytes wherever they stand', async (t) => {
      const socket = manager(t).socket('/custom');
      const args = [BYTES, 'text', { deep: [{ bytes: Buffer.from([1, 2]) }], none: Buffer.alloc(0) }];
      socket.emit('message', ...args);
      assert.deepEqual(await next(socket, 'message-back'), args);
      const answer = await within(
        'an acknowledgement with bytes',
        new Promise((resolve) => {
          socket.emit('message-with-ack', ...args, (...answered) => resolve(answered));
        }),
      );
      assert.deepEqual(answer, args);
    });

    it('carries large messages in both directions', async (t) => {
      const socket = manager(t).socket('/');
      const large = 'ğ'.repeat(200_000);
      assert.equal(await socket.timeout(PATIENCE_MS).emitWithAck('message-with-ack', large), large);
      const bytes = Buffer.alloc(500_000, 7);
      assert.deepEqual(await socket.timeout(PATIENCE_MS).emitWithAck('message-with-ack', bytes), bytes);
    });

    it('lets a client wait for an answer only as long as it wants', async (t) => {
      const socket = manager(t).socket('/');
      await next(socket, 'connect');
      await assert.rejects(socket.timeout(50).emitWithAck('nobody-answers'), /timed out/);
      assert.equal(await socket.timeout(PATIENCE_MS).emitWithAck('message-with-ack', 1), 1);
    });

    it('is held by heartbeats', async (t) => {
      const shared = manager(t);
      const socket = shared.socket('/');
      await next(socket, 'connect');
      // Three of them take longer than a client that does not answer would live.
      for (let beat = 0; beat < 3; beat += 1) await next(shared, 'ping');
      assert.equal(await socket.timeout(PATIENCE_MS).emitWithAck('message-with-ack', 'alive'), 'alive');
    });

    it('says why it refuses, and to what', async (t) => {
      const socket = guest(t, transport, {});
      const [fault] = await next(socket, 'connect_error');
      assert.equal(fault.message, 'a name is needed');
      assert.deepEqual(fault.data, { maxBytes: 40 });
      socket.auth = { name: 'Ada' };
      socket.connect();
      await next(socket, 'connect');
    });

    it('asks clients, and tells the others in a room what one of them says', async (t) => {
      const [ada, bob, eve] = ['Ada', 'Bob', 'Eve'].map((who) => guest(t, transport, { name: who }));
      const does = (socket, event, data) => socket.timeout(PATIENCE_MS).emitWithAck(event, data);
      const room = `room of ${name}`;
      for (const socket of [ada, bob]) assert.equal(await does(socket, 'enter', room), true);
      assert.equal(await does(eve, 'enter', 'another room'), true);
      assert.equal(await does(ada, 'say', { room, text: 'one' }), true);
      assert.equal(await does(bob, 'leave', room), true);
      assert.equal(await does(ada, 'say', { room, text: 'nobody is there' }), true);
      assert.equal(await does(bob, 'enter', room), true);
      assert.equal(await does(ada, 'say', { room, text: 'two' }), true);
      await bob.inbox.reached('two messages', (said) => said.length >= 2);
      assert.deepEqual(bob.inbox.all, [
        { room, name: 'Ada', text: 'one' },
        { room, name: 'Ada', text: 'two' },
      ]);
      // Answered behind whatever was said before.
      await Promise.all([ada, eve].map((socket) => does(socket, 'leave', 'nowhere')));
      assert.deepEqual([ada.inbox.all, eve.inbox.all], [[], []]);
    });
  });
}
