// `/asyncapi.json`: nothing to complain of for AsyncAPI's own rules, and everything that the program sends is
// as it says.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Parser } from '@asyncapi/parser';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import WebSocket from 'ws';
import { openHouse } from '../js/house.js';
import { Inbox } from '../js/inbox.js';

let house;
let document;
before(async () => {
  house = await openHouse({ env: { SEATWIRE_NEIGHBOUR_RULE: 'same_gender' } });
  document = await house.anyone.get('/asyncapi.json');
});
after(() => house?.close());

/// Judges a message of the plain WebSocket by the document; a field that stands nowhere in it is a fault.
function judge() {
  // The document's `id` is its name; in a schema the word has a meaning of old.
  const { id: _, ...strict } = structuredClone(document);
  for (const schema of Object.values(strict.components.schemas)) close(schema);
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addFormat('int32', true).addFormat('int64', true).addFormat('double', true);
  ajv.addSchema(strict, 'document');
  return (frame) => {
    const valid = ajv.getSchema(`document#/components/messages/seats.${frame.event}/payload`);
    assert.ok(valid, `${frame.event} stands in no document`);
    assert.ok(valid(frame), `${JSON.stringify(frame)}: ${ajv.errorsText(valid.errors)}`);
  };
}

function close(schema) {
  if (schema.properties) schema.additionalProperties = false;
}

describe('/asyncapi.json', () => {
  it('is AsyncAPI 3.0, and its own rules find nothing', async () => {
    assert.equal(document.asyncapi, '3.0.0');
    const { diagnostics } = await new Parser().parse(JSON.stringify(document));
    // That there is a newer version of the specification is told of every document of this one.
    const found = diagnostics.filter(({ code }) => code !== 'asyncapi-latest-version');
    assert.deepEqual(found.map(({ code, message, path }) => `${code}: ${message} at ${path.join('/')}`), []);
  });

  it('has every error code and a whole example of each message', () => {
    const { messages, schemas } = document.components;
    assert.deepEqual(
      schemas.Error.properties.code.enum.filter((code) => !/^[a-z_]+$/.test(code)),
      [],
    );
    const fits = judge();
    const plain = Object.entries(messages).filter(([name]) => name.startsWith('seats.'));
    assert.equal(plain.length, 14);
    for (const [, { examples }] of plain) fits(examples[0].payload);
  });

  it('says what is sent', async (t) => {
    const route = await house.newRoute();
    const socket = new WebSocket(`${house.url.replace('http', 'ws')}/seats`);
    t.after(() => socket.terminate());
    const told = new Inbox();
    socket.on('message', (data) => told.push(JSON.parse(data)));
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    const say = (event, data, id) => socket.send(JSON.stringify({ event, data, id }));
    const heard = (event, fits = () => true) => told.first(event, (frame) => frame.event === event && fits(frame));

    say('subscribe_route', { routeId: route.id }, 'mine');
    await heard('subscribed', ({ id }) => id === 'mine');
    const ticket = await house.customer.book(route, 1);
    await house.customer.pay(ticket.id);
    await house.agent.suspend(ticket.id);
    await house.agent.confirm(ticket.id);
    await house.customer.cancel(ticket.id);
    await heard('seat_update', ({ data }) => data.eventType === 'seat_available');
    await house.customer.book(route, 2);
    const hold = { routeId: route.id, fromCity: route.fromCity, toCity: route.toCity, seatNumbers: [9] };
    await house.anyone.expect(201, 'POST', '/holds', hold);
    await heard('seat_update', ({ data }) => data.metadata.reason === 'held');
    say('get_seat_availability', { routeId: route.id });
    const { data } = await heard('seat_availability');
    assert.ok(data.offers.length > 0, 'the neighbour rule is on');
    await house.admin.patch(`/routes/${route.id}`, { isActive: false });
    await heard('route_update');
    say('subscribe_route', { routeId: route.id, since: 1_000 });
    await heard('seat_snapshot');
    say('subscribe_route', {});
    await heard('error');
    say('unsubscribe_route', { routeId: route.id });
    await heard('unsubscribed');

    say('authenticate', { token: house.customer.token });
    await heard('authenticated');
    say('authenticate', { token: 'no.such.token' });
    await heard('error', (frame) => frame.data.code === 'unauthorized');

    const soon = await house.newRoute({ departure: new Date(Date.now() + 3_600_000) });
    say('subscribe_route', { routeId: soon.id });
    await heard('subscribed', (frame) => frame.data.routeId === soon.id);
    const place = { lat: 40.7, lng: 30.02, at: new Date().toISOString() };
    await house.agent.expect(204, 'POST', `/tracking/${soon.id}/positions`, place);
    await heard('bus_position');

    const fits = judge();
    for (const frame of told.all) fits(frame);
  });
});
