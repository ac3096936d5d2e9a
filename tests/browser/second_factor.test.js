// Staff with a second factor log in on the page: it asks for the code once the server has asked for it.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import { DEMO } from '../js/rest.js';
import { stage } from './stage.js';

const on = stage();

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const HALF_MINUTE_MS = 30_000;

function base32(text) {
  const bits = [...text].map((letter) => LETTERS.indexOf(letter).toString(2).padStart(5, '0')).join('');
  return Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
}

/// What an authenticator app shows so many half minutes from now (RFC 6238).
function code(secret, ahead) {
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / HALF_MINUTE_MS) + ahead));
  const tag = createHmac('sha1', base32(secret)).update(step).digest();
  const word = tag.readUInt32BE(tag[19] & 0xf) & 0x7fffffff;
  return String(word % 1_000_000).padStart(6, '0');
}

describe('an account with a second factor', () => {
  it('logs in with password and code, and with a code of the emergency list', async (t) => {
    const { password } = DEMO.agent;
    const { secret } = await on.house.agent.expect(201, 'POST', '/auth/totp', { password });
    // The code of the half minute before this one is used up; the next is still to come.
    const confirmation = { code: code(secret, -1) };
    const { recoveryCodes } = await on.house.agent.expect(200, 'POST', '/auth/totp/confirm', confirmation);

    for (const good of [() => code(secret, 1), () => recoveryCodes[0]]) {
      const page = await on.page(t);
      await page.goto(on.house.url);
      await page.getByTestId('open-login').click();
      const form = page.getByTestId('login-form');
      const field = form.locator('[name=code]');
      assert.equal(await field.isVisible(), false);
      await form.locator('[name=email]').fill(DEMO.agent.email);
      await form.locator('[name=password]').fill(password);
      await page.getByTestId('login-submit').click();
      await field.waitFor();
      assert.equal(await field.evaluate((input) => input === document.activeElement), true);
      await field.fill('000000');
      await page.getByTestId('login-submit').click();
      await form.getByText('The code is wrong').waitFor();
      await field.fill(good());
      await page.getByTestId('login-submit').click();
      await page.locator('[data-testid=user-role][data-role=AGENT]').waitFor({ state: 'attached' });
    }
  });
});
