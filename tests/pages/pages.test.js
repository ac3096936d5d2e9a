// Every code block of every document that can run is run, as it stands there, against one server; JSON is held
// to the documents of the program. A block of a language that nobody runs here is a fault.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { launch } from '../browser/browser.js';
import { openHouse } from '../js/house.js';
import { ROOT, blocks, documents } from './blocks.js';
import { Console, showPage } from './browsers.js';
import { PROGRAMS, runProgram } from './programs.js';
import { shapes } from './shapes.js';

const ADDRESS = 'http://localhost:3000';
const BINARY = path.resolve(process.env.SEATWIRE_TEST_BIN ?? path.join(ROOT, 'target/debug/seatwire'));
/// Nothing to run: prose, and files of other programs. Diagrams are drawn by the tests of the crate `site`.
const PROSE = ['text', 'mermaid', 'ini', 'nginx', 'haproxy', 'yaml'];

let house;
let browser;
let judge;
before(async () => {
  house = await openHouse();
  browser = await launch();
  judge = await shapes(house);
});
after(async () => {
  await browser?.close();
  await house?.close();
});

/// Sells a seat of the next departure and takes it back, again and again: whoever watches it sees something.
class Seller {
  #isOpen = true;

  constructor() {
    this.done = this.#sell();
  }

  async #sell() {
    const [route] = await house.anyone.get('/routes/upcoming?days=14&limit=1');
    while (this.#isOpen) {
      const free = await house.anyone.get(`/tickets/available-seats/${route.id}`);
      // The blocks take the first or the last that is free: never this one.
      const seat = free[Math.floor(free.length / 2)];
      const ticket = await house.agent.book(route, seat);
      await house.agent.cancel(ticket.id);
      // Between two sales others are let in: the server answers faster than a browser starts.
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async stop() {
    this.#isOpen = false;
    await this.done;
  }
}

/// Compiles, and finds everything that it imports.
async function compile(text) {
  const esbuild = createRequire(path.join(ROOT, 'examples/package.json'))('esbuild');
  const stdin = { contents: text, loader: 'jsx', resolveDir: path.join(ROOT, 'examples') };
  await esbuild.build({ stdin, bundle: true, write: false, format: 'esm', jsx: 'automatic', logLevel: 'silent' });
}

async function run(t, block, console) {
  const { language, words, text, shows, given } = block;
  const here = text.replaceAll(ADDRESS, house.url);
  if (words.includes('console')) return console.paste(here, shows);
  if (language === 'html') return showPage(t, browser, here, shows);
  if (words.includes('module')) return showPage(t, browser, modulePage(`${await taken(given)}\n${here}`), DONE);
  if (language === 'jsx') return compile(here);
  if (language === 'json') return judge(block);
  assert.ok(PROGRAMS.includes(language), `nobody here runs ${language}`);
  return runProgram(t, block, given ? `${await taken(given)}\n${here}` : here, BINARY);
}

const DONE = 'ran to its end';

/// A page that does nothing but run a module of it, with the client as the server has it.
function modulePage(text) {
  const imports = JSON.stringify({ imports: { seatwire: `${house.url}/client/index.js` } });
  return `<script type="importmap">${imports}</script><script type="module">${text}\ndocument.body.append('${DONE}');</script>`;
}

/// The names that the text around a block has explained.
async function taken(names) {
  const [route] = await house.anyone.get('/routes/upcoming?days=14&limit=1');
  const known = { routeId: route.id, token: house.customer.token };
  return names.split(' ').map((name) => `const ${name} = ${JSON.stringify(known[name])};`).join(' ');
}

for (const file of documents()) {
  const runnable = blocks(file).filter(({ language, notRun }) => !PROSE.includes(language) && !notRun);
  if (runnable.length === 0) continue;
  describe(file, () => {
    let console;
    before(async () => {
      // The scenarios of the console count events: there nobody else sells.
      if (runnable.some(({ words }) => words.includes('console'))) console = await Console.open(browser, `${house.url}/docs/testing.html`);
    });
    for (const block of runnable) {
      it(`line ${block.line}: ${block.language}`, async (t) => {
        if (!block.words.includes('console') && block.shows) {
          const seller = new Seller();
          t.after(() => seller.stop());
        }
        await run(t, block, console);
      });
    }
  });
}

describe('the blocks', () => {
  it('are nearly all run, and the others say why', () => {
    const all = documents().flatMap(blocks).filter(({ language }) => !PROSE.includes(language));
    const left = all.filter(({ notRun }) => notRun !== undefined);
    for (const { file, line, notRun } of left) assert.ok(notRun.length > 10, `${file}:${line} says why it is not run`);
    assert.ok(left.length * 2 < all.length, `${left.length} of ${all.length} are not run`);
  });
});

describe('the table of README.md', () => {
  it('stands in docs/benchmarks.md', () => {
    const read = (file) => readFileSync(path.join(ROOT, file), 'utf8');
    const rows = read('README.md').split('\n').filter((line) => / × \|/.test(line));
    assert.equal(rows.length, 3);
    for (const row of rows) assert.ok(read('docs/benchmarks.md').includes(row), row);
  });
});
