// One Chromium for a test file, and pages in it as a traveller would open them.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { PATIENCE_MS } from '../js/inbox.js';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];
const ARGUMENTS = [
  '--no-sandbox', // the tests may run as root, in a container
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

/// A headless browser with a fresh profile.
export function launch() {
  return chromium.launch({ executablePath: executable(), headless: true, args: ARGUMENTS });
}

function executable() {
  const { SEATWIRE_TEST_CHROMIUM: given, PATH = '' } = process.env;
  if (given) return given;
  const candidates = NAMES.flatMap((name) =>
    PATH.split(path.delimiter).map((folder) => path.join(folder, name)),
  );
  const found = candidates.find((file) => existsSync(file));
  assert.ok(found, `install one of ${NAMES.join(', ')}: none is on PATH`);
  return found;
}

/// A page in a context (cookies, storage) of its own. A script error on it fails the test.
export async function newPage(t, browser, options) {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const faults = [];
  page.on('pageerror', (fault) => faults.push(fault.stack ?? String(fault)));
  t.after(async () => {
    await context.close();
    assert.deepEqual(faults, [], 'scripts on the page failed');
  });
  return page;
}
