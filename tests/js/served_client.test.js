// The stock client that the server serves: the npm package's own build, byte for byte.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { startServer } from './harness.js';

const DIST = new URL('node_modules/socket.io-client/dist/', import.meta.url);

describe('the stock client where its own server serves it', () => {
  let server;
  before(async () => {
    server = await startServer();
  });
  after(() => server?.stop());

  for (const name of ['socket.io.js', 'socket.io.min.js']) {
    it(`is the build of npm: ${name}`, async () => {
      const response = await fetch(`${server.url}/socket.io/${name}`);
      assert.equal(response.status, 200);
      assert.equal(await response.text(), readFileSync(new URL(name, DIST), 'utf8'));
    });
  }
});
