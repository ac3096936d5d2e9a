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

  /// Waits until the seat is drawn as `free`, `reserved`, `sold`, `blocked`, `own` or `selected`.
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
    return this.bookAll([number], { genders: [gender] });
  }

  /// Chooses seats one after the other and waits until they are held.
  async choose(...numbers) {
    for (const number of numbers) {
      await this.seatIs(number, 'free');
      await this.seat(number).click();
      await this.seatIs(number, 'selected');
    }
  }

  /// Waits until this seat is chosen and held for this page.
  isHeld(number) {
    return this.page.locator(`[data-testid=seat][data-seat="${number}"][data-state=selected][data-held]`).waitFor();
  }

  /// The fields of a passenger, counted from the first.
  passenger(index) {
    return this.part('passenger').nth(index);
  }

  /// Fills in who travels, and how to reach them.
  async fillIn({ names, genders, phone = '0555 123 45 67' }) {
    for (const [index, name] of names.entries()) {
      await this.passenger(index).locator('[name=passengerName]').fill(name);
      // The radio itself may be hidden behind its label.
      await this.passenger(index).locator(`[data-field=gender] [value=${genders[index]}]`).check({ force: true });
    }
    await this.part('contact').locator('[name=phone]').fill(phone);
  }

  /// Books seats for as many passengers; the PNR.
  async bookAll(numbers, { genders = numbers.map(() => 'FEMALE') } = {}) {
    await this.choose(...numbers);
    await this.fillIn({ names: numbers.map((number) => `Deniz Yolcu ${'abcdefghij'[numbers.indexOf(number)]}`), genders });
    await this.part('book-submit').click();
    return this.pnr();
  }

  /// The code of the booking that is shown, once it is.
  async pnr() {
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
