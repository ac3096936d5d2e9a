// A database that was put back from a backup: what viewers saw since is not in it, and other events take
// the same numbers. A stock client that comes back must begin anew and know it, never go on.

import assert from 'node:assert/strict';
import path from 'node:path';
import { it } from 'node:test';
import { openHouse } from './house.js';
import { SeatMap } from './seat_map.js';
import { CONNECT, DISCONNECT, Viewer, closing } from './viewer.js';

it('a client that saw what was lost with a restore begins anew', async (t) => {
  const house = await openHouse();
  t.after(() => house.close());
  const { server } = house;
  const route = await house.newRoute();
  const viewer = await Viewer.watching(house.url, [route]);
  closing(t, viewer);
  await house.customer.book(route, 1);
  await viewer.update(route.id, 1);
  const backup = path.join(server.folder, 'backup.db');
  await server.run('backup', '--to', backup);
  await house.customer.book(route, 2);
  await house.customer.book(route, 3);
  await viewer.update(route.id, 3);
  // Its session is in the backup, and its offset is of an event that will not be.
  viewer.socket.io.reconnection(false);
  const losses = viewer.all(DISCONNECT).length;
  await server.crash();
  await viewer.inbox.reached('the loss of the connection', () => viewer.all(DISCONNECT).length > losses);
  await server.run('restore', '--replace', '--from', backup);
  await server.restart();
  // The same numbers as before, for other seats: whoever went on from there would show 2 and 3 as taken.
  for (const seat of [11, 12, 13]) await house.customer.book(route, seat);

  const connects = viewer.all(CONNECT).length;
  viewer.socket.connect();
  await viewer.inbox.reached('the connection again', () => viewer.all(CONNECT).length > connects);
  assert.equal(viewer.socket.recovered, false, 'it is told to begin anew');
  await viewer.subscribe(route.id);
  await house.customer.book(route, 14);
  await viewer.update(route.id, 5);
  const taken = new SeatMap(await viewer.ask('get_seat_availability', { routeId: route.id }));
  const free = taken.available(0, route.cities.length - 1);
  const expected = Array.from({ length: route.seatCount }, (_, index) => index + 1);
  assert.deepEqual(free, expected.filter((seat) => ![1, 11, 12, 13, 14].includes(seat)));
});
