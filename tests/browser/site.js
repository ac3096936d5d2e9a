// A small site of its own origin and port: the files of one folder, and nothing else.

import { readFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { newPage } from './browser.js';

const KINDS = { '.html': 'text/html', '.js': 'text/javascript' };

/// Serves the folder until `close()`.
export async function openSite(folder) {
  const server = http.createServer((request, response) => {
    const name = path.basename(new URL(request.url, 'http://site').pathname);
    response.setHeader('content-type', KINDS[path.extname(name)] ?? 'text/plain');
    response.end(readFileSync(new URL(name, folder)));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return new Site(server);
}

/// Does something that the page has a function for, and waits until it is done; what went wrong.
export async function does(page, what, name, ...values) {
  await page.evaluate(`void ${name}(${values.map((value) => JSON.stringify(value)).join(', ')})`);
  await page.locator(`body[data-done="${what}"], body[data-done="${what} failed"]`).waitFor();
  const done = await page.locator('body').getAttribute('data-done');
  return done === what ? '' : page.locator('#error').textContent();
}

class Site {
  #server;

  constructor(server) {
    this.#server = server;
  }

  /// A page of it that asks `server`.
  async visit(t, browser, name, server, options) {
    const page = await newPage(t, browser, options);
    const settings = encodeURIComponent(JSON.stringify({ server }));
    await page.goto(`http://127.0.0.1:${this.#server.address().port}/${name}#${settings}`);
    return page;
  }

  close() {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
