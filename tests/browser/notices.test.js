// What an administrator says to those who watch a departure: shown on the page, read out, and dismissed.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stage } from './stage.js';

const on = stage();

describe('what an administrator says', () => {
  it('is shown as text to those who watch, once each, until it is dismissed', async (t) => {
    const [route, other] = [await on.house.newRoute(), await on.house.newRoute()];
    const [trip, elsewhere] = [await on.trip(t, route), await on.trip(t, other)];
    // A status that stands there before it has a text is read out.
    assert.equal(await trip.part('notices').getAttribute('role'), 'status');
    const say = (message, to = route) =>
      on.house.admin.expect(200, 'POST', '/sockets/notice', { routeId: to.id, message });
    const shown = (page) => page.part('notice').locator('p:first-child');
    const markup = '<img src=x onerror="window.neverReloaded = false">';
    for (const message of ['Peron 12', markup, 'Peron 12']) {
      await say(message);
      await shown(trip).filter({ hasText: message }).last().waitFor();
    }
    await say('Peron 3', other);
    await shown(elsewhere).filter({ hasText: 'Peron 3' }).waitFor();
    assert.deepEqual(await shown(trip).allTextContents(), [markup, 'Peron 12'], 'said twice, shown once');
    assert.equal(await trip.page.evaluate(() => window.neverReloaded), true);

    const dismiss = trip.page.getByRole('button', { name: 'Dismiss this message' });
    await dismiss.first().focus();
    await trip.page.keyboard.press('Enter');
    await shown(trip).filter({ hasText: markup }).waitFor({ state: 'detached' });
    assert.deepEqual(await shown(trip).allTextContents(), ['Peron 12']);
    assert.equal(await trip.page.evaluate(() => document.activeElement.id), 'main', 'the keyboard goes on from there');
    await dismiss.click();
    await trip.part('notices').waitFor({ state: 'hidden' });
  });

  it('is at most three messages, the newest', async (t) => {
    const route = await on.house.newRoute();
    const trip = await on.trip(t, route);
    for (const message of ['bir', 'iki', 'üç', 'dört']) {
      await on.house.admin.expect(200, 'POST', '/sockets/notice', { routeId: route.id, message });
      await trip.part('notice').filter({ hasText: message }).waitFor();
    }
    const texts = await trip.part('notice').locator('p:first-child').allTextContents();
    assert.deepEqual(texts, ['iki', 'üç', 'dört']);
  });
});
