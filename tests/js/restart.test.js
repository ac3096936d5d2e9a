// A restart in good order, as on every upgrade: the server ends in time with viewers of every kind
// looking on, and those that reconnect by themselves do so and miss nothing.

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { EventStream, PlainViewer } from './frames.js';
import { openHouse } from './house.js';
import { within } from './inbox.js';
import { DISCONNECT, TRANSPORTS, Viewer, closing } from './viewer.js';

it('SIGTERM ends the server in time, and viewers come back to the next one', async (t) => {
  const house = await openHouse();
  t.after(() => house.close());
  const route = await house.newRoute();
  const viewers = Object.values(TRANSPORTS).map((transport) => new Viewer(house.url, transport));
  closing(t, ...viewers);
  for (const viewer of viewers) {
    viewer.socket.on('connect', () => {
      const since = viewer.updates(route.id).at(-1)?.seq;
      viewer.socket.emit('subscribe_route', { routeId: route.id, since });
    });
  }
  for (const viewer of viewers) await viewer.next('subscribed');
  const plain = await PlainViewer.open(house.url);
  const stream = await EventStream.open(house.url, route.id);
  closing(t, plain, stream);
  const gone = new Promise((resolve) => {
    plain.socket.once('close', resolve);
  });
  await house.customer.book(route, 1);
  for (const viewer of viewers) await viewer.update(route.id, 1);
  await stream.update(1);

  await house.server.restart();
  await within('the plain WebSocket to close', gone);
  await stream.inbox.first('the end of the event stream', (item) => item.event === '(end)');
  await house.customer.book(route, 2);
  for (const viewer of viewers) {
    await viewer.update(route.id, 2);
    assert.deepEqual(viewer.updates(route.id).map((update) => update.seq), [1, 2]);
    // A DISCONNECT packet would have told the client to stay away.
    const reasons = viewer.all(DISCONNECT);
    assert.equal(reasons.length, 1, JSON.stringify(reasons));
    assert.match(reasons[0], /^transport (close|error)$/);
  }
});
