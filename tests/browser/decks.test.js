// The map of a bus with two decks: both are shown, and a seat upstairs is sold like any other.

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { stage } from './stage.js';

const here = stage();

/// Rows of words, as `W` for the driver and a number for a seat, as the cells of a grid.
function grid(...rows) {
  const types = { W: 'DRIVER', D: 'DOOR', _: 'CORRIDOR', '.': 'EMPTY' };
  const cells = rows.map((row) => row.split(' '));
  const seats = cells.flatMap((row, x) =>
    row.map((word, y) => {
      const cell = { id: `${x}-${y}`, x, y, type: types[word] ?? 'SEAT' };
      return types[word] ? cell : { ...cell, seatNo: Number(word) };
    }),
  );
  return { rowCount: rows.length, colCount: cells[0].length, seats };
}

it('shows the upper deck below the lower one', async (t) => {
  const { house } = here;
  const layout = await house.admin.expect(201, 'POST', '/seat-layouts', {
    name: 'Two decks',
    ...grid('W . _ D', '1 2 _ 3'),
    decks: [grid('4 5 _ 6', '7 8 _ 9')],
  });
  const route = await house.newRoute({ seatCount: 9, layoutId: layout.id });
  const trip = await here.trip(t, route);
  const tops = await trip.page.evaluate(() =>
    [...document.querySelectorAll('[data-testid=seat], .deck-name')].map((element) => ({
      name: element.dataset.seat ?? element.textContent,
      top: element.getBoundingClientRect().top,
    })),
  );
  const rowAt = new Map();
  for (const { name, top } of tops) rowAt.set(top, [...(rowAt.get(top) ?? []), name]);
  const rows = [...rowAt].sort(([a], [b]) => a - b).map(([, names]) => names.join(' '));
  assert.deepEqual(rows, ['1 2 3', 'Upper deck', '4 5 6', '7 8 9']);
  await trip.seat(3).focus();
  await trip.page.keyboard.press('ArrowDown');
  assert.equal(await trip.page.evaluate(() => document.activeElement.dataset.seat), '6');
  await trip.login('CUSTOMER');
  await trip.book(9);
  await trip.seatIs(9, 'own');
});
