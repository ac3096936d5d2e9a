// The parts of the page that know no page: who sits where in a party, and for whom a seat is.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

/// A module of the page that imports nothing.
function pure(name) {
  const source = readFileSync(new URL(`../../web/${name}`, import.meta.url));
  return import(`data:text/javascript;base64,${source.toString('base64')}`);
}

const { PASSENGERS_MAX, Party } = await pure('party.js');
const { mayTake, offeredTo } = await pure('offered-seats.js');

const seatsOf = (party) => party.passengers.map(({ id, seats }) => [id, ...[0, 1].map((journey) => seats[journey])]);

describe('a party', () => {
  it('gives each seat to a passenger, and takes in again who left last', () => {
    const party = new Party();
    for (const seat of [4, 5, 6]) assert.equal(party.take(0, seat), true);
    party.leave(0, 5);
    assert.deepEqual(seatsOf(party), [[1, 4, undefined], [3, 6, undefined]]);
    party.take(0, 9);
    assert.deepEqual(seatsOf(party), [[1, 4, undefined], [3, 6, undefined], [2, 9, undefined]]);
    party.clear();
    party.take(0, 1);
    assert.deepEqual(party.passengers.map(({ id }) => id), [1], 'who was first is first again');
  });

  it('has ten passengers at most', () => {
    const party = new Party();
    for (let seat = 1; seat <= PASSENGERS_MAX; seat += 1) party.take(0, seat);
    assert.equal(party.take(0, 11), false);
    assert.throws(() => party.add(), RangeError);
    party.leave(0, 3);
    assert.equal(party.take(0, 11), true);
  });

  it('seats those first who left their seat to us', () => {
    const party = new Party();
    party.add();
    party.add();
    party.take(0, 7);
    assert.deepEqual([party.seatsOf(0), party.size], [[7], 2]);
  });

  it('takes nobody along on the way back who does not travel there', () => {
    const party = new Party();
    party.take(0, 4);
    assert.equal(party.take(1, 7), true);
    assert.equal(party.take(1, 8), false);
    party.leave(1, 7);
    assert.deepEqual(seatsOf(party), [[1, 4, undefined]], 'who stands up there travels all the same');
    party.take(1, 8);
    party.leave(0, 4);
    assert.deepEqual([party.size, party.seatsOf(1)], [0, []]);
    party.take(0, 5);
    assert.deepEqual(seatsOf(party), [[1, 5, undefined]], 'no seat comes back with them');
  });

  it('moves one passenger to another seat', () => {
    const party = new Party();
    party.take(0, 4);
    party.take(0, 5);
    party.move(0, 4, 9);
    assert.deepEqual(party.seatsOf(0), [9, 5]);
  });
});

describe('a seat under the neighbour rule', () => {
  it('is for those who may sit beside who sits there', () => {
    const cases = [[[], undefined], [['OTHER'], undefined], [['MALE'], 'MALE'], [['FEMALE', 'OTHER'], 'FEMALE'], [['MALE', 'FEMALE'], 'OTHER']];
    for (const [beside, offered] of cases) assert.equal(offeredTo(beside), offered, beside.join());
    const takers = (offered) => ['MALE', 'FEMALE', 'OTHER', undefined].map((gender) => mayTake(gender, offered));
    assert.deepEqual(takers(undefined), [true, true, true, true]);
    assert.deepEqual(takers('MALE'), [true, false, true, true]);
    assert.deepEqual(takers('OTHER'), [false, false, true, true]);
  });
});
