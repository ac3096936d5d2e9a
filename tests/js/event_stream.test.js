// `GET /routes/{id}/events`: the same events as Server-Sent Events, so that `curl -N` is enough.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { EventStream } from './frames.js';
import { openHouse } from './house.js';
import { Viewer, closing } from './viewer.js';

let house;
before(async () => {
  house = await openHouse();
});
after(() => house?.close());

async function streamOf(t, route, options) {
  const stream = await EventStream.open(house.url, route.id, options);
  closing(t, stream);
  return stream;
}

describe('server-sent events', () => {
  it('carry the same seat_updates, with the seq as id', async (t) => {
    const route = await house.newRoute();
    const stream = await streamOf(t, route);
    assert.equal(stream.response.status, 200);
    assert.match(stream.response.headers.get('content-type'), /^text\/event-stream/);
    const viewer = await Viewer.watching(house.url, [route]);
    closing(t, viewer);
    await house.customer.book(route, 5);
    const { id, data } = await stream.update(1);
    assert.equal(id, '1');
    assert.deepEqual(data, await viewer.update(route.id, 1));
  });

  it('resume behind Last-Event-ID and go on live', async (t) => {
    const route = await house.newRoute();
    for (const seat of [1, 2, 3, 4]) await house.customer.book(route, seat);
    const stream = await streamOf(t, route, { lastEventId: 2 });
    await stream.update(4);
    await house.customer.book(route, 5);
    await stream.update(5);
    assert.deepEqual(stream.updates().map((update) => update.seq), [3, 4, 5]);
  });

  it('replay the whole history from 0', async (t) => {
    const route = await house.newRoute();
    for (const seat of [1, 2, 3]) await house.customer.book(route, seat);
    const stream = await streamOf(t, route, { lastEventId: 0 });
    await stream.update(3);
    assert.deepEqual(stream.updates().map((update) => update.seatNumber), [1, 2, 3]);
  });

  it('of an unknown route are 404, as a problem document', async () => {
    const missing = '/routes/01900000-0000-7000-8000-000000000000/events';
    const answer = await house.anyone.call('GET', missing);
    assert.equal(answer.status, 404);
    assert.equal(answer.body.code, 'route_not_found');
    assert.match(answer.headers.get('content-type'), /^application\/problem\+json/);
  });
});
