// Blocks for a browser: whole pages, opened from an origin of their own, and lines for the console, evaluated as
// the console does it: `await` at the top, names that the next block knows.

import assert from 'node:assert/strict';
import http from 'node:http';
import { newPage } from '../browser/browser.js';
import { PATIENCE_MS, within } from '../js/inbox.js';

/// Opens a page and waits for its words.
export async function showPage(t, browser, html, shows) {
  assert.ok(shows, 'a page says what it shows');
  const server = http.createServer((_, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(html);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const page = await newPage(t, browser);
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  await page.getByText(shows).first().waitFor();
}

/// The console of a tab; its blocks are run in order.
export class Console {
  #session;
  #said = '';
  #listeners = new Set();

  static async open(browser, url) {
    const made = new Console();
    const page = await browser.newPage();
    await page.goto(url);
    made.#session = await page.context().newCDPSession(page);
    made.#session.on('Runtime.consoleAPICalled', ({ args }) => made.#hear(args));
    await made.#session.send('Runtime.enable');
    return made;
  }

  #hear(args) {
    this.#said += `${args.map(({ value, description }) => value ?? description ?? '').join(' ')}\n`;
    for (const listener of this.#listeners) listener();
  }

  /// Pastes a block, and waits until the console shows this.
  async paste(text, shows) {
    assert.ok(shows, 'a block for the console says what one sees');
    this.#said = '';
    const { exceptionDetails } = await this.#session.send('Runtime.evaluate', {
      expression: text,
      replMode: true,
      awaitPromise: true,
      timeout: PATIENCE_MS,
    });
    assert.equal(exceptionDetails?.exception?.description ?? exceptionDetails?.text, undefined);
    const seen = new Promise((resolve) => {
      const look = () => this.#said.includes(shows) && resolve();
      this.#listeners.add(look);
      look();
    });
    await within(() => `"${shows}" in the console; it shows:\n${this.#said}`, seen, PATIENCE_MS);
    this.#listeners.clear();
  }
}
