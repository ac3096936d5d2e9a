// What users of other Socket.IO servers have reported about coming back, with stock clients and two servers.
//
// Each test is named after the symptom; where it was reported stands above it.

import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { Balancer, Nodes } from './nodes.js';
import { CONNECT, Viewer, closing } from './viewer.js';

/// Shorter than a hold: when one has run out, somebody who came before it has been there for longer than a
/// session is kept.
const WINDOW_SECONDS = '2';
const HOLD_SECONDS = '4';
const QUICK_RECONNECTS = 30;

let nodes;
let house;
before(async () => {
  const env = { SEATWIRE_RECOVERY_SECONDS: WINDOW_SECONDS, SEATWIRE_HOLD_SECONDS: HOLD_SECONDS };
  nodes = await Nodes.open(2, { env });
  house = nodes.house;
});
after(() => nodes?.close());

/// A client before both servers, in the room of a route.
async function watching(t, route, servers = nodes.servers.slice(0, 2)) {
  const balancer = await Balancer.before(servers);
  t.after(() => balancer.close());
  const viewer = await Viewer.watching(balancer.url, [route], { transports: ['websocket'] });
  closing(t, viewer);
  return { viewer, balancer };
}

/// The connection is lost, and the client comes back by itself; true if it was recovered.
async function away(viewer, meanwhile = () => {}) {
  const before = viewer.all(CONNECT).length;
  viewer.socket.io.engine.close();
  await meanwhile();
  await viewer.inbox.reached('the connection again', () => viewer.all(CONNECT).length > before);
  return viewer.socket.recovered === true;
}

function seqs(viewer) {
  return viewer.updates().map(({ seq }) => seq);
}

// socket.io-redis-streams-adapter issue 27.
for (const [how, end] of [['is stopped', (server) => server.stop()], ['dies', (server) => server.crash()]]) {
  it(`recovery does not fail when the server that the client was on ${how}`, async (t) => {
    const [survivor] = nodes.servers;
    const gone = await nodes.start({ SEATWIRE_RECOVERY_SECONDS: '60', SEATWIRE_STOP_NOTICE_SECONDS: '0' });
    const route = await house.newRoute();
    const { viewer, balancer } = await watching(t, route, [gone]);
    const { id } = viewer.socket;
    await balancer.use([survivor]);
    await end(gone);
    await house.customer.book(route, 1);
    await viewer.inbox.reached('the connection again', () => viewer.all(CONNECT).length > 1);
    assert.equal(viewer.socket.recovered, true);
    assert.equal(viewer.socket.id, id);
    await viewer.update(route.id, 1);
  });
}

// socket.io-redis-streams-adapter issue 26: three in ten of them began anew.
it('a client that reconnects at once, again and again, is recovered every time', async (t) => {
  const route = await house.newRoute();
  const { viewer } = await watching(t, route);
  const { id } = viewer.socket;
  const recovered = [];
  for (let round = 1; round <= QUICK_RECONNECTS; round += 1) {
    recovered.push(await away(viewer));
    assert.equal(viewer.socket.id, id, `round ${round}`);
  }
  assert.deepEqual(recovered, new Array(QUICK_RECONNECTS).fill(true));
  await house.customer.book(route, 1);
  await viewer.update(route.id, 1);
  assert.deepEqual(seqs(viewer), [1]);
});

// socket.io-redis-streams-adapter issue 39, socket.io issue 5419: what was recovered had no offset.
it('a client that is offline twice in a row is not told again what it missed the first time', async (t) => {
  const route = await house.newRoute();
  const { viewer } = await watching(t, route);
  const sell = async (...seats) => {
    for (const seat of seats) await house.customer.book(route, seat);
  };
  await sell(1);
  await viewer.update(route.id, 1);
  assert.equal(await away(viewer, () => sell(2, 3)), true);
  await viewer.update(route.id, 3);
  for (let round = 0; round < 3; round += 1) assert.equal(await away(viewer), true);
  await sell(4);
  await viewer.update(route.id, 4);
  assert.deepEqual(seqs(viewer), [1, 2, 3, 4]);
});

// socket.io-redis-streams-adapter issue 48 (later than some seconds after the connection), socket.io issues 5282
// (the server was silent for longer than sessions are kept) and 5538 (the client never got an event).
it('a client that has been told nothing for longer than sessions are kept is recovered', async (t) => {
  const [quiet, other] = [await house.newRoute(), await house.newRoute()];
  const { viewer } = await watching(t, quiet);
  const { viewer: clock } = await watching(t, other);
  await house.customer.book(other, 1);
  await clock.next('seat_update', ({ eventType }) => eventType === 'seat_available', 'the end of the hold');
  assert.deepEqual(seqs(viewer), []);
  assert.equal(await away(viewer, () => house.customer.book(quiet, 1)), true);
  await viewer.update(quiet.id, 1);
  assert.deepEqual(seqs(viewer), [1]);
});
