// What the page knows of a customer is filled in for them, once: what they make empty stays empty.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stage } from './stage.js';

const on = stage();

describe('the name and the phone of a customer', () => {
  it('are filled in once for each booking, and can be made empty', async (t) => {
    const trip = await on.trip(t, await on.house.newRoute());
    await trip.login('CUSTOMER');
    const name = trip.passenger(0).locator('[name=passengerName]');
    const phone = trip.part('contact').locator('[name=phone]');
    const values = async () => [await name.inputValue(), await phone.inputValue()];
    await trip.choose(5);
    const filledIn = await values();
    assert.notEqual(filledIn[0], '');
    await name.fill('');
    await phone.fill('');
    // Everything beside the map is drawn again.
    await trip.choose(6);
    assert.deepEqual(await values(), ['', '']);
    await trip.part('book-submit').click();
    await trip.passenger(0).locator('[data-field=passengerName] .field-fault').getByText('Please fill this in').waitFor();
    assert.deepEqual(await values(), ['', '']);

    await trip.fillIn({ names: ['Ada Bir', 'Ece Iki'], genders: ['FEMALE', 'FEMALE'] });
    await trip.part('book-submit').click();
    await trip.pnr();
    await trip.pay('ok');
    await trip.part('book-another').click();
    await trip.choose(8);
    assert.deepEqual(await values(), filledIn, 'another booking begins with it');
  });
});
