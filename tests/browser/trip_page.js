// The page of one departure as its user handles it, found by the `data-testid` attributes that
// page and tests have agreed on.

import assert from 'node:assert/strict';

export class TripPage {
  constructor(page, url) {
    this.page = page;
    this.url = url;
  }

  /// Opens the route by its deep link and waits until the map is live.
  async open(route) {
    const segment = new URLSearchParams({ route: route.id, from: route.fromCity, to: route.toCity });
    await this.page.goto(`${this.url}/?${segment}`);
    await this.status('live');
    // Lost by any reload.
    await this.page.evaluate(() => {
      window.neverReloaded = true;
    });
  }

  part(testId) {
    return this.page.getByTestId(testId);
  }

  /// Waits for the live connection to say `connecting`, `live` or `reconnecting`.
  status(status) {
    return this.page.locator(`[data-testid=live-status][data-status=${status}]`).waitFor();
  }

  seat(number) {
    return this.page.locator(`[data-testid=seat][data-seat="${number}"]`);
  }

  /// Waits until the seat is drawn as `free`, `reserved`, `sold`, `own` or `selected`.
  seatIs(number, state) {
    return this.page
      .locator(`[data-testid=seat][data-seat="${number}"][data-state=${state}]`)
      .waitFor();
  }

  async login(role) {
    const button = this.part(`login-demo-${role}`);
    await button.click();
    await this.page.locator(`[data-testid=login-demo-${role}][aria-pressed=true]`).waitFor();
  }

  /// Chooses a seat, fills in the passenger and books; the PNR.
  async book(number, { gender = 'FEMALE' } = {}) {
    await this.seatIs(number, 'free');
    await this.seat(number).click();
    await this.seatIs(number, 'selected');
    const form = this.part('book-form');
    await form.locator('[name=passengerName]').fill('Deniz Yolcu');
    await form.locator('[name=userPhoneNumber]').fill('0555 123 45 67');
    // The radio itself may be hidden behind its label.
    await form.locator(`[name=gender][value=${gender}]`).check({ force: true });
    await this.part('book-submit').click();
    const pnr = this.part('pnr');
    await pnr.waitFor();
    const text = (await pnr.textContent()).trim();
    assert.match(text, /^VV00[A-Z0-9]{5}$/);
    return text;
  }

  /// Pays with one of the test cards, `ok` or `declined`, and waits until the page's answer can be
  /// seen without scrolling.
  async pay(card) {
    await this.part(`test-card-${card}`).click();
    await this.part('pay-submit').click();
    const result = card === 'ok' ? 'success' : 'declined';
    await this.page.locator(`[data-testid=pay-result][data-result=${result}]`).waitFor();
    await this.page.waitForFunction(() => {
      const { top, bottom } = document.querySelector('[data-testid=pay-result]').getBoundingClientRect();
      return top >= 0 && bottom <= innerHeight;
    });
  }

  async wasNeverReloaded() {
    assert.equal(await this.page.evaluate(() => window.neverReloaded), true, 'the page was reloaded');
  }
}
