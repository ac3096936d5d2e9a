// Several servers on one database: whoever loses one goes on at another, exactly where it was.

import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { Balancer, Nodes } from './nodes.js';
import { CONNECT, CONNECT_ERROR, DISCONNECT, Viewer, closing } from './viewer.js';

let nodes;
let house;
before(async () => {
  nodes = await Nodes.open(2);
  house = nodes.house;
});
after(() => nodes?.close());

function seqs(viewer) {
  return viewer.updates().map((update) => update.seq);
}

function upTo(count) {
  return Array.from({ length: count }, (_, index) => index + 1);
}

/// Waits for one more connection; true if the session was recovered.
async function back(viewer, before) {
  await viewer.inbox.reached('the connection again', () => viewer.all(CONNECT).length > before);
  return viewer.socket.recovered === true;
}

/// A client, not connected yet, that knows what another one knows: as if it were the same one.
function knowing({ socket }, url) {
  const viewer = new Viewer(url, { transports: ['websocket'], autoConnect: false });
  viewer.socket._pid = socket._pid;
  viewer.socket._lastOffset = socket._lastOffset;
  return viewer;
}

async function balanced(t, servers = nodes.servers) {
  const balancer = await Balancer.before(servers);
  t.after(() => balancer.close());
  return balancer;
}

/// On this server, with no event missed so far and one received.
async function watching(t, url, route, options) {
  const viewer = await Viewer.watching(url, [route], { transports: ['websocket'], ...options });
  closing(t, viewer);
  await house.customer.book(route, 1);
  await viewer.update(route.id, 1);
  return viewer;
}

it('a client whose server was killed goes on at another one, with what it missed, once', async (t) => {
  const [survivor] = nodes.servers;
  const victim = await nodes.start();
  const balancer = await balanced(t, [victim]);
  const route = await house.newRoute();
  const viewer = await watching(t, balancer.url, route);
  const { id } = viewer.socket;
  await balancer.use([survivor]);
  await victim.crash();
  for (const seat of [2, 3, 4]) await house.customer.book(route, seat);
  assert.equal(await back(viewer, 1), true);
  assert.equal(viewer.socket.id, id, 'the socket is the same');
  await viewer.update(route.id, 4);
  await house.customer.book(route, 5);
  await viewer.update(route.id, 5);
  assert.deepEqual(seqs(viewer), upTo(5));
  assert.equal(viewer.all('subscribed').length, 1, 'it did not have to subscribe again');
});

it('a client that moves while its old connection seems to be there is recovered, and the old one counts no more', async (t) => {
  const [first, second] = nodes.servers;
  const [route, other] = [await house.newRoute(), await house.newRoute()];
  const left = await watching(t, first.url, route);
  left.socket.io.reconnection(false);
  const moved = knowing(left, second.url);
  closing(t, moved);
  moved.socket.connect();
  await moved.connected();
  assert.equal(moved.socket.recovered, true);
  assert.equal(moved.socket.id, left.socket.id);
  // What the connection that was left behind still asks for is not written, and it is closed.
  left.socket.emit('subscribe_route', { routeId: other.id });
  await left.next(DISCONNECT);
  assert.equal(left.all('subscribed').length, 1, 'it is told nothing');
  await house.customer.book(route, 2);
  await moved.update(route.id, 2);
  assert.deepEqual(seqs(moved), [2]);
});

it('of two nodes that are shown one session at once the slower takes it over from the other', async (t) => {
  const [first, second] = nodes.servers;
  const route = await house.newRoute();
  for (let round = 0; round < 5; round += 1) {
    const viewer = await Viewer.watching(first.url, [route], { transports: ['websocket'] });
    const sid = viewer.socket.id;
    viewer.socket.io.engine.close();
    viewer.socket.io.reconnection(false);
    const claimants = [first, second].map((node) => knowing(viewer, node.url));
    closing(t, viewer, ...claimants);
    for (const { socket } of claimants) socket.connect();
    await Promise.all(claimants.map((claimant) => claimant.connected()));
    // Nobody can know which of the two connections the client has given up: neither loses what is kept.
    for (const { socket } of claimants) assert.deepEqual([socket.id, socket.recovered], [sid, true]);
    for (const claimant of claimants) claimant.close();
  }
});

it('a poll that comes to the wrong node is told so, and its client goes on by itself', async (t) => {
  const [first, second] = nodes.servers;
  const balancer = await balanced(t, [first]);
  const route = await house.newRoute();
  const viewer = await watching(t, balancer.url, route, { transports: ['polling'] });
  const unknown = await fetch(`${second.url}/socket.io/?EIO=4&transport=polling&sid=${viewer.socket.io.engine.id}`);
  assert.equal(unknown.status, 400);
  assert.deepEqual(await unknown.json(), { code: 1, message: 'Session ID unknown' });
  // Its next poll comes to a node that does not know it.
  await balancer.use([second]);
  await house.customer.book(route, 2);
  assert.equal(await back(viewer, 1), true);
  await viewer.update(route.id, 2);
  assert.deepEqual(seqs(viewer), upTo(2));
});

it('without stickiness polling finds no way, and websocket needs none', async (t) => {
  const balancer = await balanced(t);
  const route = await house.newRoute();
  const polling = new Viewer(balancer.url, { transports: ['polling'] });
  closing(t, polling);
  await watching(t, balancer.url, route);
  await watching(t, balancer.url, await house.newRoute());
  await polling.next(CONNECT_ERROR, () => true, 'a refusal');
  // As soon as its polls come to one node it is there: nobody has to make it try again.
  await balancer.use([nodes.servers[1]]);
  await polling.connected();
});
