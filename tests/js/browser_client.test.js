// The client of `clients/js` against the real port: the ids that it takes are those that the server takes.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import WebSocket from 'ws';
import { Seatwire } from '../../clients/js/src/seatwire.js';
import { openHouse } from './house.js';
import { Inbox } from './inbox.js';

let house;
before(async () => {
  house = await openHouse();
});
after(() => house?.close());

const SPELLINGS = {
  'in upper case': (id) => id.toUpperCase(),
  'with blanks around it': (id) => ` ${id}\t`,
  'without hyphens': (id) => id.replaceAll('-', ''),
};

describe('the client for browsers', () => {
  for (const [what, spelt] of Object.entries(SPELLINGS)) {
    it(`goes live on a route id ${what}, and sees what is booked`, async (t) => {
      const route = await house.newRoute();
      const seatwire = new Seatwire({ url: house.url, WebSocket });
      t.after(() => seatwire.close());
      const told = new Inbox();
      const watch = seatwire.watchRoute(spelt(route.id), {
        onStatus: (status) => told.push(status),
        onChange: (_, update) => told.push(update),
      });
      assert.equal(watch.routeId, route.id, 'the server’s own spelling');
      await told.first('live', (each) => each === 'live');
      await house.customer.book(route, 7);
      await told.first('the booking', (each) => each?.seatNumber === 7);
      assert.equal(watch.stateOf(7).state, 'reserved');
    });
  }
});
