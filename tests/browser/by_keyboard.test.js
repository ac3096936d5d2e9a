// The page by keyboard alone, and what is said to those who listen to it.

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { stage } from './stage.js';

const on = stage();

const focused = (page) => page.evaluate(() => document.activeElement.closest('[data-testid=booking]')?.dataset.testid);

it('seats are chosen, let go and booked, and the focus is never lost', async (t) => {
  const trip = await on.trip(t, await on.house.newRoute());
  const { keyboard } = trip.page;
  await trip.seat(4).focus();
  await keyboard.press('Enter');
  await trip.isHeld(4);
  await keyboard.press('ArrowRight');
  await keyboard.press('Space');
  await trip.isHeld(5);
  assert.equal(await trip.page.evaluate(() => document.activeElement.dataset.seat), '5', 'the map keeps it');

  // What is pressed goes away with its passenger.
  await trip.passenger(0).getByRole('button', { name: 'Release seat 4' }).focus();
  await keyboard.press('Enter');
  await trip.seatIs(4, 'free');
  assert.equal(await focused(trip.page), 'booking');

  await trip.part('book-submit').focus();
  await keyboard.press('Enter');
  const name = trip.passenger(0).locator('[name=passengerName]');
  assert.equal(await name.evaluate((input) => input === document.activeElement && input.getAttribute('aria-invalid')), 'true');
  const fault = await name.getAttribute('aria-describedby');
  assert.match(await trip.page.locator(`#${fault}`).textContent(), /Please fill this in/);
  await keyboard.type('Ada Bir');
  await keyboard.press('Tab');
  await keyboard.press('Space');
  await trip.part('contact').locator('[name=phone]').focus();
  await keyboard.type('05551234567');
  await keyboard.press('Enter');
  await trip.pnr();
  assert.equal(await trip.page.evaluate(() => document.activeElement.textContent), 'Your seat is held');

  await trip.part('cancel-ticket').focus();
  await keyboard.press('Enter');
  await trip.seatIs(5, 'free');
  assert.equal(await focused(trip.page), 'booking');
});

it('every control has a name, and a seat says how it stands', async (t) => {
  const trip = await on.trip(t, await on.house.newRoute());
  await trip.choose(4, 5);
  await trip.isHeld(5);
  await trip.part('back-add').click();
  await trip.part('back-list').locator('p, button').first().waitFor();
  const nameless = await trip.page.evaluate(() =>
    [...document.querySelectorAll('[data-testid=trip] :is(button, input, select)')]
      .filter((control) => !(control.getAttribute('aria-label') ?? '').trim() && !(control.textContent ?? '').trim() && !(control.labels?.length > 0))
      .map((control) => control.outerHTML),
  );
  assert.deepEqual(nameless, []);
  assert.equal(await trip.seat(5).getAttribute('aria-label'), 'Seat 5, aisle, selected, held for you');
  assert.equal(await trip.seat(5).getAttribute('aria-pressed'), 'true');
});
