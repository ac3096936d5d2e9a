// What the first visit costs: few requests, few bytes, and nothing fetched that is not shown.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stage } from './stage.js';

const REQUESTS_MAX = 10;
const BYTES_MAX = 90_000;

const on = stage();

/// Opens the page of somebody who was never here, and notes what is asked until it stands.
async function firstVisit(t) {
  const page = await on.page(t);
  const network = await page.context().newCDPSession(page);
  await network.send('Network.enable');
  const asked = new Map();
  network.on('Network.requestWillBeSent', ({ requestId, request }) => asked.set(requestId, { url: request.url, bytes: 0 }));
  network.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (asked.has(requestId)) asked.get(requestId).bytes = encodedDataLength;
  });
  await page.goto(on.house.url, { waitUntil: 'networkidle' });
  await page.getByTestId('result').first().waitFor();
  return { page, asked: [...asked.values()] };
}

describe('the first view', () => {
  it('takes few requests and few bytes', async (t) => {
    const { asked } = await firstVisit(t);
    const list = asked.map(({ url, bytes }) => `${bytes} ${url}`).join('\n');
    const bytes = asked.reduce((sum, each) => sum + each.bytes, 0);
    t.diagnostic(`${asked.length} requests, ${bytes} bytes`);
    assert.ok(bytes > 0 && bytes <= BYTES_MAX, `${bytes} bytes:\n${list}`);
    assert.ok(asked.length <= REQUESTS_MAX, `${asked.length} requests:\n${list}`);
  });

  it('asks for one departure to begin with, not for all of them', async (t) => {
    const { asked } = await firstVisit(t);
    const upcoming = asked.filter(({ url }) => url.includes('/routes/upcoming'));
    assert.equal(upcoming.length, 1);
    const departures = await (await fetch(upcoming[0].url)).json();
    assert.equal(departures.length, 1);
  });

  it('sends the script and the sheet again only when they have changed', async () => {
    for (const name of ['page.js', 'page.css']) {
      for (const coding of ['gzip', 'identity']) {
        const headers = { 'accept-encoding': coding };
        const first = await fetch(`${on.house.url}/assets/${name}`, { headers });
        const body = await first.text();
        assert.equal(first.headers.get('content-encoding'), coding === 'gzip' ? 'gzip' : null);
        assert.match(first.headers.get('vary'), /Accept-Encoding/);
        assert.ok(body.length > 10_000, `${name} in ${coding}`);
        const again = await fetch(`${on.house.url}/assets/${name}`, {
          headers: { ...headers, 'if-none-match': first.headers.get('etag') },
        });
        assert.equal(again.status, 304);
      }
    }
  });
});
