// Connection state recovery for clients that know nothing of ours: whoever comes back within the
// window is in its rooms again and has missed nothing, whatever was lost meanwhile.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openHouse } from './house.js';
import { CONNECT, DISCONNECT, TRANSPORTS, Viewer, closing } from './viewer.js';

let house;
before(async () => {
  house = await openHouse();
});
after(() => house?.close());

/// Loses the connection and stays away until told to come back.
async function away(viewer, cut = () => viewer.socket.io.engine.close()) {
  viewer.socket.io.reconnection(false);
  const before = viewer.all(DISCONNECT).length;
  await cut();
  await viewer.inbox.reached('the loss of the connection', () => viewer.all(DISCONNECT).length > before);
}

/// Comes back; true if the session was recovered.
async function back(viewer) {
  const before = viewer.all(CONNECT).length;
  viewer.socket.connect();
  await viewer.inbox.reached('the connection again', () => viewer.all(CONNECT).length > before);
  return viewer.socket.recovered === true;
}

function seqs(viewer, route) {
  return viewer.updates(route?.id).map((update) => update.seq);
}

function upTo(count) {
  return Array.from({ length: count }, (_, index) => index + 1);
}

for (const [name, options] of Object.entries(TRANSPORTS)) {
  it(`what was missed arrives in order after a break (${name})`, async (t) => {
    const route = await house.newRoute();
    const viewer = await Viewer.watching(house.url, [route], options);
    closing(t, viewer);
    const { id } = viewer.socket;
    await house.customer.book(route, 1);
    await viewer.update(route.id, 1);
    await away(viewer);
    for (const seat of [2, 3, 4]) await house.customer.book(route, seat);
    assert.equal(await back(viewer), true);
    assert.equal(viewer.socket.id, id, 'the socket is the same');
    await viewer.update(route.id, 4);
    await house.customer.book(route, 5);
    await viewer.update(route.id, 5);
    assert.deepEqual(seqs(viewer), upTo(5));
    assert.equal(viewer.all('subscribed').length, 1, 'it did not have to subscribe again');
  });
}

it('a viewer that has seen no event yet has no offset, and misses nothing', async (t) => {
  const route = await house.newRoute();
  await house.customer.book(route, 1);
  const viewer = await Viewer.watching(house.url, [route]);
  closing(t, viewer);
  await away(viewer);
  await house.customer.book(route, 2);
  assert.equal(await back(viewer), true);
  await viewer.update(route.id, 2);
  assert.deepEqual(seqs(viewer), [2]);
});

it('a viewer that is in no room comes back too', async (t) => {
  const viewer = new Viewer(house.url);
  closing(t, viewer);
  await viewer.connected();
  const { id } = viewer.socket;
  await away(viewer);
  assert.equal(await back(viewer), true);
  assert.equal(viewer.socket.id, id);
});

it('one offset is enough for several routes, whichever was told last', async (t) => {
  const routes = [await house.newRoute(), await house.newRoute(), await house.newRoute()];
  for (const route of routes) for (const seat of [1, 2, 3]) await house.customer.book(route, seat);
  const viewer = new Viewer(house.url);
  closing(t, viewer);
  await viewer.subscribe(routes[0].id);
  await house.customer.book(routes[0], 4);
  await viewer.update(routes[0].id, 4);
  // Older events than the one above: one position could not say both.
  await viewer.subscribe(routes[1].id, { since: 0 });
  await viewer.update(routes[1].id, 3);
  await away(viewer);
  for (const route of routes) await house.customer.book(route, 5);
  assert.equal(await back(viewer), true);
  await viewer.update(routes[0].id, 5);
  await viewer.update(routes[1].id, 4);
  await viewer.caughtUp(routes[0].id);
  assert.deepEqual(seqs(viewer, routes[0]), [4, 5]);
  assert.deepEqual(seqs(viewer, routes[1]), [1, 2, 3, 4]);
  assert.deepEqual(seqs(viewer, routes[2]), [], 'it is only where it was');
});

it('a route that was left stays left', async (t) => {
  const routes = [await house.newRoute(), await house.newRoute()];
  const viewer = await Viewer.watching(house.url, routes);
  closing(t, viewer);
  await viewer.ask('unsubscribe_route', { routeId: routes[0].id });
  await away(viewer);
  for (const route of routes) await house.customer.book(route, 1);
  assert.equal(await back(viewer), true);
  await viewer.update(routes[1].id, 1);
  await viewer.caughtUp(routes[1].id);
  assert.deepEqual(seqs(viewer, routes[0]), []);
});

for (const since of [false, true]) {
  const how = since ? 'with the last seq it saw' : 'without a word of what it saw';
  it(`subscribing on every connect, ${how}, repeats nothing`, async (t) => {
    const route = await house.newRoute();
    const viewer = new Viewer(house.url);
    closing(t, viewer);
    viewer.socket.on('connect', () => {
      const last = seqs(viewer).at(-1);
      const more = since && last !== undefined ? { since: last } : {};
      viewer.socket.emit('subscribe_route', { routeId: route.id, ...more });
    });
    await viewer.next('subscribed');
    for (let round = 0; round < 3; round += 1) {
      await house.customer.book(route, round * 3 + 1);
      await viewer.update(route.id, round * 3 + 1);
      await away(viewer);
      await house.customer.book(route, round * 3 + 2);
      await house.customer.book(route, round * 3 + 3);
      assert.equal(await back(viewer), true);
      await viewer.update(route.id, round * 3 + 3);
      await viewer.inbox.reached('a confirmation', () => viewer.all('subscribed').length === round + 2);
    }
    await viewer.caughtUp(route.id);
    assert.deepEqual(seqs(viewer), upTo(9));
    assert.deepEqual(viewer.all('seat_snapshot'), []);
  });
}

it('a client that is not recovered keeps its old offset, and still misses nothing', async (t) => {
  const route = await house.newRoute();
  const viewer = await Viewer.watching(house.url, [route]);
  closing(t, viewer);
  for (const seat of [1, 2, 3]) await house.customer.book(route, seat);
  await viewer.update(route.id, 3);
  // Leaving for good ends the session; the client shows its pid and its offset all the same.
  viewer.close();
  assert.equal(await back(viewer), false);
  await viewer.subscribe(route.id, { since: 1 });
  await viewer.inbox.reached('the replay', () => seqs(viewer).length === 5);
  await away(viewer);
  await house.customer.book(route, 4);
  assert.equal(await back(viewer), true);
  await viewer.update(route.id, 4);
  assert.deepEqual(seqs(viewer), [1, 2, 3, 2, 3, 4]);
});

describe('handlers', () => {
  it('of clients that cannot come back get exactly one argument', async (t) => {
    const route = await house.newRoute();
    const options = { auth: { recovery: false } };
    const viewer = await Viewer.watching(house.url, [route], options);
    closing(t, viewer);
    await house.customer.book(route, 1);
    await viewer.update(route.id, 1);
    assert.deepEqual(viewer.inbox.all.filter((item) => item.args && item.args.length !== 1), []);
    await away(viewer);
    assert.equal(await back(viewer), false);
  });

  it('of the others get the offset behind it, of a seat_update alone', async (t) => {
    const route = await house.newRoute();
    const viewer = await Viewer.watching(house.url, [route]);
    closing(t, viewer);
    await house.customer.book(route, 1);
    await viewer.update(route.id, 1);
    await viewer.caughtUp(route.id);
    for (const { event, args } of viewer.inbox.all.filter((item) => item.args)) {
      assert.equal(args.length, event === 'seat_update' ? 2 : 1, event);
    }
    assert.equal(typeof viewer.inbox.all.find((item) => item.event === 'seat_update').args[1], 'string');
  });
});

describe('a session', () => {
  it('is its owner’s alone, and stays his when somebody else shows its secret', async (t) => {
    const route = await house.newRoute();
    const auth = { token: house.customer.token };
    const owner = await Viewer.watching(house.url, [route], { auth });
    closing(t, owner);
    await away(owner);
    const { _pid: pid } = owner.socket;
    for (const other of [{}, { token: house.agent.token }]) {
      const thief = new Viewer(house.url, { auth: { ...other, pid } });
      closing(t, thief);
      await thief.connected();
      assert.notEqual(thief.socket._pid, pid);
      assert.notEqual(thief.socket.id, owner.all(CONNECT)[0]);
    }
    const refused = new Viewer(house.url, { auth: { token: 'nonsense', pid } });
    closing(t, refused);
    await refused.next('(connect_error)');
    assert.equal(await back(owner), true);
  });

  it('goes to the newest connection, even if the old one still seems to be there', async (t) => {
    const route = await house.newRoute();
    const old = await Viewer.watching(house.url, [route]);
    closing(t, old);
    await house.customer.book(route, 1);
    await old.update(route.id, 1);
    old.socket.io.reconnection(false);
    const { _pid: pid, _lastOffset: offset, id } = old.socket;
    const again = new Viewer(house.url, { auth: { pid, offset } });
    closing(t, again);
    await again.connected();
    assert.equal(again.socket.id, id);
    await old.inbox.reached('its end', () => old.all(DISCONNECT).length === 1);
    await house.customer.book(route, 2);
    await again.update(route.id, 2);
    assert.deepEqual([seqs(old), seqs(again)], [[1], [2]]);
  });
});

describe('after a crash', () => {
  for (const [name, options] of Object.entries(TRANSPORTS)) {
    it(`everybody goes on where they were (${name})`, async (t) => {
      const own = await openHouse();
      t.after(() => own.close());
      const routes = [await own.newRoute(), await own.newRoute()];
      const viewer = await Viewer.watching(own.url, routes, options);
      const quiet = await Viewer.watching(own.url, [routes[1]], options);
      closing(t, viewer, quiet);
      await own.customer.book(routes[0], 1);
      await viewer.update(routes[0].id, 1);
      for (let round = 2; round < 5; round += 1) {
        await away(viewer);
        await own.customer.book(routes[0], round);
        await away(quiet, () => own.server.crash());
        await own.server.restart();
        await own.customer.book(routes[1], round);
        assert.equal(await back(viewer), true);
        assert.equal(await back(quiet), true);
        await viewer.update(routes[0].id, round);
        await viewer.update(routes[1].id, round - 1);
        await quiet.update(routes[1].id, round - 1);
      }
      await viewer.caughtUp(routes[0].id);
      await quiet.caughtUp(routes[1].id);
      assert.deepEqual(seqs(viewer, routes[0]), upTo(4));
      assert.deepEqual(seqs(viewer, routes[1]), upTo(3));
      assert.deepEqual(seqs(quiet), upTo(3));
      const { recovery } = await own.agent.get('/websocket/stats');
      assert.deepEqual([recovery.recovered, recovery.unknown, recovery.unrestorable], [2, 0, 0]);
    });
  }
});

describe('the window', () => {
  it('is a time, after which a client begins anew', async (t) => {
    const own = await openHouse({ env: { SEATWIRE_RECOVERY_SECONDS: '1' } });
    t.after(() => own.close());
    const route = await own.newRoute();
    const viewer = await Viewer.watching(own.url, [route]);
    closing(t, viewer);
    const { id } = viewer.socket;
    await away(viewer);
    await own.customer.book(route, 1);
    const over = async () => (await own.agent.get('/websocket/stats')).recovery.waiting === 0;
    while (!(await over())) await new Promise((resolve) => setTimeout(resolve, 100)); // justified: polls
    assert.equal(await back(viewer), false);
    assert.notEqual(viewer.socket.id, id);
    await viewer.subscribe(route.id);
    await own.customer.book(route, 2);
    await viewer.update(route.id, 2);
    assert.deepEqual(seqs(viewer), [2]);
  });

  it('is a number of events, beyond which a client begins anew', async (t) => {
    const own = await openHouse({ env: { SEATWIRE_RECOVERY_EVENTS: '3' } });
    t.after(() => own.close());
    const route = await own.newRoute();
    const viewer = await Viewer.watching(own.url, [route]);
    closing(t, viewer);
    for (const [missed, recovered] of [[3, true], [4, false]]) {
      await away(viewer);
      const [first] = await own.anyone.availableSeats(route);
      for (let seat = first; seat < first + missed; seat += 1) await own.customer.book(route, seat);
      assert.equal(await back(viewer), recovered);
    }
    assert.deepEqual(viewer.all('seat_snapshot'), []);
  });

  it('may be closed', async (t) => {
    const own = await openHouse({ env: { SEATWIRE_RECOVERY_SECONDS: '0' } });
    t.after(() => own.close());
    const viewer = new Viewer(own.url);
    closing(t, viewer);
    await viewer.connected();
    assert.equal(viewer.socket._pid, undefined);
    await away(viewer);
    assert.equal(await back(viewer), false);
  });
});
