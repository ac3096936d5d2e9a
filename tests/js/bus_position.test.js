// `bus_position`: where a bus is comes to everybody who watches its departure, whatever they watch with.
// It is no event: it has no `seq`, is not sent again, and changes nothing about the seats' events.

import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { EventStream, PlainViewer } from './frames.js';
import { openHouse } from './house.js';
import { Caller } from './rest.js';
import { TRANSPORTS, Viewer, closing } from './viewer.js';

const TRIES_MAX = 20;

let house;
before(async () => {
  house = await openHouse();
});
after(() => house?.close());

const soon = () => new Date(Date.now() + 3_600_000);

/// Says where the bus is; asks again when told that a second has not passed yet.
async function report(route, place) {
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const { status, headers } = await house.agent.call('POST', `/tracking/${route.id}/positions`, place);
    if (status === 204) return;
    assert.equal(status, 429);
    await wait(Number(headers.get('retry-after')) * 1000);
  }
  assert.fail('a report was refused again and again');
}

const FIRST = { lat: 40.98, lng: 29.12, speed: 81.5, at: '2026-01-01T00:00:00.000Z' };
const SECOND = { lat: 40.77, lng: 29.94 };

it('reaches every kind of viewer of the departure, and only them', async (t) => {
  const [route, other] = [await house.newRoute({ departure: soon() }), await house.newRoute({ departure: soon() })];
  const watching = [];
  for (const transport of Object.values(TRANSPORTS)) {
    watching.push(await Viewer.watching(house.url, [route], transport));
  }
  const plain = await PlainViewer.open(house.url);
  const stream = await EventStream.open(house.url, route.id);
  closing(t, ...watching, plain, stream);
  plain.send({ event: 'subscribe_route', data: { routeId: route.id }, id: 'in' });
  await plain.answer('in');
  await stream.inbox.first('the open stream', ({ event }) => event === 'subscribed');

  await report(other, SECOND);
  const first = { ...FIRST, at: new Date(Date.now() - 60_000).toISOString() };
  await report(route, first);
  for (const viewer of [...watching, plain, stream]) {
    const item = await viewer.inbox.first('the first place', ({ event }) => event === 'bus_position');
    assert.deepEqual(item.data, { routeId: route.id, ...first });
    assert.equal(item.id, undefined, 'it is nothing to come back to');
    if (item.args) assert.equal(item.args.length, 1, 'and has no offset');
  }
  await house.customer.book(route, 4);
  await report(route, SECOND);
  for (const viewer of [...watching, plain, stream]) {
    const fits = ({ event, data }) => event === 'bus_position' && data.lat === SECOND.lat;
    const { data } = await viewer.inbox.first('the second place', fits);
    assert.deepEqual([data.lng, data.speed], [SECOND.lng, null]);
    const update = await viewer.inbox.first('the seat', ({ event }) => event === 'seat_update');
    assert.equal(update.data.seq, 1, 'a place takes no number');
    const routes = viewer.inbox.all.filter(({ event }) => event === 'bus_position').map((each) => each.data.routeId);
    assert.deepEqual(routes, [route.id, route.id]);
  }
});

it('goes to nobody when a report is no news', async (t) => {
  const route = await house.newRoute({ departure: soon() });
  const viewer = await Viewer.watching(house.url, [route], TRANSPORTS['websocket only']);
  closing(t, viewer);
  await report(route, SECOND);
  await report(route, { ...FIRST, at: new Date(Date.now() - 300_000).toISOString() });
  await report(route, { lat: 1, lng: 2 });
  await viewer.next('bus_position', ({ lat }) => lat === 1);
  const places = viewer.inbox.all.filter(({ event }) => event === 'bus_position').map(({ data }) => data.lat);
  assert.deepEqual(places, [SECOND.lat, 1]);
});

it('is said with the token of the bus', async (t) => {
  const route = await house.newRoute({ departure: soon() });
  const { token } = await house.admin.expect(201, 'POST', `/buses/${route.busId}/token`);
  const device = new Caller(house.url, token);
  const viewer = await Viewer.watching(house.url, [route], TRANSPORTS['polling only']);
  closing(t, viewer);
  await device.expect(204, 'POST', `/tracking/${route.id}/positions`, SECOND);
  assert.equal((await viewer.next('bus_position')).lat, SECOND.lat);
});
