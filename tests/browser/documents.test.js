// The documents under /docs in a browser: nothing of them is stopped by the pages' own policy, nothing scrolls
// sideways on a phone, and the reference draws all that the server says of itself.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openProduction } from '../js/production.js';
import { PHONE } from './browser.js';
import { stage } from './stage.js';

const scene = stage();

/// Opens a page of /docs; what the console complains of is collected.
async function open(t, name, options) {
  const page = await scene.page(t, options);
  const complaints = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  await page.goto(`${scene.house.url}/docs/${name}`);
  return { page, complaints };
}

describe('the documents', () => {
  it('are read page by page, and fit on a phone', async (t) => {
    const { page, complaints } = await open(t, '', PHONE);
    const pages = new Set();
    for (;;) {
      pages.add(await page.title());
      const [whole, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      assert.ok(whole <= window, `${page.url()} is ${whole} wide`);
      const next = page.locator('.neighbours [rel="next"]');
      if ((await next.count()) === 0) break;
      await next.click();
      await page.waitForLoadState();
    }
    assert.ok(pages.size >= 17, [...pages].join('\n'));
    assert.deepEqual(complaints, []);
  });

  it('draw diagrams that say in words what they show', async (t) => {
    const { page } = await open(t, 'architecture.html');
    const diagrams = await page.getByRole('img').all();
    assert.ok(diagrams.length >= 9, `${diagrams.length}`);
    for (const diagram of diagrams) {
      assert.ok((await diagram.getAttribute('aria-label')).length > 20);
      const { width, height } = await diagram.boundingBox();
      assert.ok(width > 100 && height > 50, `${width} × ${height}`);
    }
  });

  it('are live in development: they name this server, and a seat map beside them changes', async (t) => {
    const { page, complaints } = await open(t, 'guide.html', { viewport: { width: 1280, height: 900 } });
    const live = page.locator('#live[data-state="live"]');
    await live.waitFor();
    const [route] = await scene.house.anyone.get('/routes/upcoming?days=14&limit=1');
    const blocks = await page.locator('main pre > code').allTextContents();
    assert.ok(blocks.some((text) => text.includes(`io('${scene.house.url}/seats')`)), 'programs name this server');
    assert.ok(blocks.some((text) => text.includes(`"routeId": "${route.id}", "since"`)), 'messages name its departure');
    const [seat] = await scene.house.anyone.get(`/tickets/available-seats/${route.id}`);
    const drawn = live.locator('.live-seats li').nth(seat - 1);
    assert.equal(await drawn.getAttribute('data-state'), 'free');
    const ticket = await scene.house.agent.book(route, seat);
    await live.locator(`.live-seats li:nth-child(${seat})[data-state="confirmed"]`).waitFor();
    await live.getByText(`seat ${seat}: seat_confirmed`).waitFor();
    await scene.house.agent.cancel(ticket.id);
    await live.locator(`.live-seats li:nth-child(${seat})[data-state="free"]`).waitFor();
    assert.deepEqual(complaints, []);
  });

  it('are plain text in production', async (t) => {
    const house = await openProduction();
    t.after(() => house.close());
    const page = await scene.page(t);
    await page.goto(`${house.url}/docs/guide.html`);
    await page.locator('body[data-live="no"]').waitFor();
    assert.equal(await page.locator('#live').count(), 0);
    const [first] = await page.locator('main pre > code').allTextContents();
    assert.ok(first.includes('http://localhost:3000/seats'), first);
  });

  it('have a reference of every address and every message', async (t) => {
    const { page, complaints } = await open(t, 'reference.html');
    await page.locator('main[data-state="drawn"]').waitFor();
    const openapi = await scene.house.anyone.get('/openapi.json');
    const addresses = Object.entries(openapi.paths).flatMap(([address, item]) => Object.keys(item).map((method) => `${method.toUpperCase()}${address}`));
    const asyncapi = await scene.house.anyone.get('/asyncapi.json');
    const drawn = await page.locator('.operation > summary').evaluateAll((all) => all.map((each) => `${each.children[0].textContent}${each.children[1].textContent}`));
    for (const address of addresses) assert.ok(drawn.includes(address), `${address} is not drawn`);
    assert.equal(drawn.length - addresses.length, Object.keys(asyncapi.operations).length);

    await page.getByLabel('Filter').fill('post bookings');
    const left = page.locator('.operation:visible > summary');
    assert.equal(await left.count(), 1);
    await left.click();
    await page.getByText('holdToken?').first().waitFor();
    assert.deepEqual(complaints, []);
  });
});
