// City names as people type them: `i ı I İ` are one letter, `ç ğ ö ş ü` are `c g o s u`, with or
// without capitals, spaces around them, and the combining marks that some phones send.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openHouse } from './house.js';
import { Viewer, closing } from './viewer.js';

const STOPS = ['Şanlıurfa', 'Diyarbakır', 'Iğdır'];
const SPELLINGS = [
  ['Diyarbakır', 'Iğdır'],
  ['DIYARBAKIR', 'IGDIR'],
  ['DİYARBAKIR', 'İĞDİR'],
  ['diyarbakir', 'igdir'],
  [' dıyarbakır ', '\tığdır '],
  ['Diyarbakır'.normalize('NFD'), 'Iğdır'.normalize('NFD')],
];

let house;
before(async () => {
  house = await openHouse();
});
after(() => house?.close());

const dateOf = (route) =>
  new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Istanbul' })
    .format(new Date(route.departureTime));

const search = async (route, fromCity, toCity) => {
  const query = new URLSearchParams({ fromCity, toCity, date: dateOf(route), limit: '100' });
  const { data } = await house.anyone.get(`/routes/search?${query}`);
  return data.find((found) => found.id === route.id);
};

describe('the same city, spelled differently', () => {
  for (const word of ['Diyarbakır', 'DIYARBAKIR', 'DİYARBAKIR', 'diyarbakir', 'yarbakı']) {
    it(`is offered as a station for ${word}`, async () => {
      const found = await house.anyone.get(`/stations?${new URLSearchParams({ q: word })}`);
      assert.deepEqual(found.map((station) => station.name), ['Diyarbakır']);
    });
  }

  for (const [from, to] of SPELLINGS) {
    it(`is found, asked about and booked as ${JSON.stringify([from, to])}`, async (t) => {
      const route = await house.newRoute({ stops: STOPS });
      const hit = await search(route, from, to);
      assert.ok(hit, 'the search finds the route');
      assert.deepEqual([hit.fromStopIndex, hit.toStopIndex], [1, 2]);

      const viewer = await Viewer.watching(house.url, [route]);
      closing(t, viewer);
      const part = { fromCity: from, toCity: to };
      const ticket = await house.customer.book(route, 3, part);
      assert.deepEqual([ticket.fromStopIndex, ticket.toStopIndex], [1, 2]);
      assert.deepEqual(
        [ticket.fromCity, ticket.toCity],
        ['Diyarbakır', 'Iğdır'],
        'a ticket names the stops as the timetable does',
      );
      const { metadata } = await viewer.update(route.id, 1);
      assert.deepEqual([metadata.fromCity, metadata.toCity], ['Diyarbakır', 'Iğdır']);

      const seats = await viewer.ask('get_seat_availability', { routeId: route.id, ...part });
      assert.deepEqual([seats.fromStopIndex, seats.toStopIndex], [1, 2]);
      assert.ok(!seats.availableSeats.includes(3));
      assert.deepEqual(await house.anyone.availableSeats(route, from, to), seats.availableSeats);
    });
  }

  it('does not make two cities one', async () => {
    const route = await house.newRoute({ stops: STOPS });
    assert.equal(await search(route, 'Diyarbakı', 'Iğdır'), undefined, 'half a name');
    assert.equal(await search(route, 'Iğdır', 'Diyarbakır'), undefined, 'backwards');
    const refused = await house.customer.tryToBook(route, 1, { fromCity: 'Diyarbekir' });
    assert.equal(refused.status, 400, JSON.stringify(refused.body));
  });
});
