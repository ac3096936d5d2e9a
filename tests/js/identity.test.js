// Who a socket is, in production mode: by the token it brings, wherever it brings it; a token that
// is there but cannot be used is refused, never taken for none.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { io } from 'socket.io-client';
import { WebSocket } from 'ws';
import { Inbox, within } from './inbox.js';
import { openProduction } from './production.js';
import { CONNECT, CONNECT_ERROR, DISCONNECT, TRANSPORTS, Viewer, closing } from './viewer.js';

let house;
before(async () => {
  house = await openProduction();
});
after(() => house?.close());

/// Whether this viewer is shown what only staff are shown.
async function seesAsStaff(viewer, route, seat) {
  const { seq } = await viewer.subscribe(route.id);
  await house.customer.book(route, seat);
  return 'pnrNumber' in (await viewer.update(route.id, seq + 1));
}

describe('a viewer that leaves the namespace and enters it again on one connection', () => {
  const ways = {
    'an Authorization header': (token) => ({
      extraHeaders: { Authorization: `Bearer ${token}` },
    }),
    '?token=': (token) => ({ query: { token } }),
    auth: (token) => ({ auth: { token } }),
  };
  for (const [transport, options] of Object.entries(TRANSPORTS)) {
    for (const [way, shown] of Object.entries(ways)) {
      it(`is who it was, by ${way} (${transport})`, async (t) => {
        const route = await house.newRoute();
        const viewer = new Viewer(house.url, { ...options, ...shown(house.agent.token) });
        // The client would close a connection on which it is in no namespace any more.
        viewer.socket.io._destroy = () => {};
        t.after(() => viewer.socket.io._close());
        closing(t, viewer);
        await viewer.connected();
        assert.equal(await seesAsStaff(viewer, route, 1), true);
        const { engine } = viewer.socket.io;
        viewer.socket.disconnect();
        await viewer.next(DISCONNECT);
        viewer.socket.connect();
        await viewer.inbox.reached('entering again', () => viewer.all(CONNECT).length === 2);
        assert.equal(viewer.socket.io.engine, engine, 'on the same connection');
        assert.equal(await seesAsStaff(viewer, route, 2), true);
      });
    }
  }
});

describe('a token', () => {
  const good = () => house.agent.token;
  const refused = {
    'beside a lone surrogate': { token: 'bad', device: '\ud83d' },
    'that is a number': { token: 12345 },
    'that is an object': { token: { a: 1 } },
    'that is true': { token: true },
    'with a lone surrogate in it': { token: 'bad\ud83d' },
  };
  for (const [what, auth] of Object.entries(refused)) {
    it(`${what} is refused`, async (t) => {
      const viewer = new Viewer(house.url, { auth });
      closing(t, viewer);
      assert.equal((await viewer.next(CONNECT_ERROR)).message, 'Unauthorized');
    });
  }

  for (const packet of [
    '{"token":"bad","token":"bad"}',
    '{"token":"bad","size":1e999}',
    `{"token":"bad","${'x'.repeat(10)}":"\\ud83d"}`,
  ]) {
    it(`in ${packet} is refused`, async () => {
      assert.match(await connect(packet), /^44\/seats,\{"message":"Unauthorized"\}/);
    });
  }

  it('that is good stays good beside what the server cannot read', async (t) => {
    const route = await house.newRoute();
    const viewer = new Viewer(house.url, { auth: { token: good(), device: '\ud83d' } });
    closing(t, viewer);
    assert.equal(await seesAsStaff(viewer, route, 1), true);
    assert.match(await connect(`{"token":"${good()}","size":1e999}`), /^40\/seats,\{"sid"/);
    assert.match(await connect(`{"token":"${good()}","token":"${good()}"}`), /^44\/seats,/);
  });

  it('that is empty or null hides none that stands behind it', async (t) => {
    for (const token of ['', null]) {
      const route = await house.newRoute();
      const viewer = new Viewer(house.url, {
        auth: { token },
        extraHeaders: { Authorization: `Bearer ${good()}` },
      });
      closing(t, viewer);
      assert.equal(await seesAsStaff(viewer, route, 1), true);
    }
  });

  it('that is empty counts as none', async (t) => {
    for (const token of ['', null]) {
      const route = await house.newRoute();
      const viewer = new Viewer(house.url, { auth: { token } });
      closing(t, viewer);
      assert.equal(await seesAsStaff(viewer, route, 1), false);
    }
  });

  it('in a header of another scheme is refused, on both sockets', async (t) => {
    const headers = { Authorization: 'Basic YTpi' };
    const viewer = new Viewer(house.url, { extraHeaders: headers });
    closing(t, viewer);
    assert.equal((await viewer.next(CONNECT_ERROR)).message, 'Unauthorized');
    const plain = new WebSocket(`${house.url.replace('http', 'ws')}/seats`, { headers });
    plain.on('error', () => {});
    const refusal = await within(
      'the refusal',
      new Promise((resolve) => plain.once('unexpected-response', (_, answer) => resolve(answer))),
    );
    assert.equal(refusal.statusCode, 401);
  });
});

describe('where every viewer must be known', () => {
  it('a namespace is entered again by the header alone', async (t) => {
    const own = await openProduction({ SEATWIRE_GATEWAY_AUTH: 'required' });
    t.after(() => own.close());
    const headers = { Authorization: `Bearer ${own.agent.token}` };
    const socket = await rawSocket(own.url, { headers });
    t.after(() => socket.close());
    for (let round = 0; round < 3; round += 1) {
      socket.send('40/seats,');
      await socket.inbox.reached('being in', (items) => items.filter(isIn).length === round + 1);
      socket.send('41/seats,');
    }
    const anonymous = io(`${own.url}/seats`, { forceNew: true, reconnection: false });
    t.after(() => anonymous.disconnect());
    const fault = await within(
      'a refusal',
      new Promise((resolve) => anonymous.once('connect_error', resolve)),
    );
    assert.equal(fault.message, 'Unauthorized');
  });
});

const isIn = (text) => text.startsWith('40/seats,{');

/// An Engine.IO session over a bare WebSocket.
async function rawSocket(url, options) {
  const address = `${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`;
  const socket = new WebSocket(address, options);
  const inbox = new Inbox();
  socket.on('message', (data) => inbox.push(data.toString()));
  await inbox.first('the handshake', (text) => text.startsWith('0{'));
  return { inbox, send: (text) => socket.send(text), close: () => socket.terminate() };
}

/// The answer to one CONNECT packet, sent as it stands.
async function connect(auth) {
  const socket = await rawSocket(house.url);
  socket.send(`40/seats,${auth}`);
  const answer = await socket.inbox.first('an answer', (text) => text.includes('/seats'));
  socket.close();
  return answer;
}
