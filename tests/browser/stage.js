// What most of these files stand on: one server and one browser for the whole file, and pages of a
// departure in it.

import { after, before } from 'node:test';
import { openHouse } from '../js/house.js';
import { launch, newPage } from './browser.js';
import { TripPage } from './trip_page.js';

/// Starts both before the tests of the file that calls this, and ends them after.
export function stage() {
  const stage = new Stage();
  before(async () => {
    stage.house = await openHouse();
    stage.browser = await launch();
  });
  after(async () => {
    await stage.browser?.close();
    await stage.house?.close();
  });
  return stage;
}

class Stage {
  /// A page of a traveller of their own. `options` as in `newPage`.
  page(t, options) {
    return newPage(t, this.browser, options);
  }

  /// The open page of this departure.
  async trip(t, route, { house = this.house, ...options } = {}) {
    const trip = new TripPage(await this.page(t, options), house.url);
    await trip.open(route);
    return trip;
  }
}
