// What somebody does in the first minutes: the client of README.md, its `curl`, and the lines that a
// start prints, as they stand there. All of them meet on one departure.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { AS_STARTED } from './harness.js';
import { openHouse } from './house.js';
import { Inbox, within } from './inbox.js';

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const README_ADDRESS = 'http://localhost:3000';
const MODULES = fileURLToPath(new URL('./node_modules', import.meta.url));

let house;
let folder;
before(async () => {
  // Held to the limits that everybody begins with.
  house = await openHouse({ env: AS_STARTED });
  folder = mkdtempSync(path.join(tmpdir(), 'seatwire-first-'));
  // Instead of `npm install socket.io-client`.
  symlinkSync(MODULES, path.join(folder, 'node_modules'));
});
after(async () => {
  await house?.close();
  if (folder) rmSync(folder, { recursive: true });
});

/// A code block of README.md in this language, the one that holds these words.
function fromReadme(language, words) {
  const blocks = [...README.matchAll(/```(\w+)[^\n]*\n([^]*?)```/g)];
  const found = blocks.find(([, given, text]) => given === language && text.includes(words));
  assert.ok(found, `README.md has a block in ${language} with ${words}`);
  return found[2].replaceAll(README_ADDRESS, house.url);
}

/// A line to paste that the start has printed, below this heading.
function printed(heading) {
  const lines = house.server.log().split('\n');
  const at = lines.findIndex((line) => line.includes(heading));
  assert.ok(at >= 0, `the start prints "${heading}":\n${house.server.log()}`);
  return lines[at + 1].trim();
}

/// Runs a program and hands out what it prints, line by line.
function run(t, program, words) {
  const child = spawn(program, words, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  t.after(() => {
    try {
      process.kill(-child.pid, 'SIGKILL'); // what a shell has started, too
    } catch {
      // It has ended by itself.
    }
  });
  const heard = new Inbox();
  readline.createInterface({ input: child.stdout }).on('line', (line) => heard.push(line));
  readline.createInterface({ input: child.stderr }).on('line', (line) => heard.push(line));
  const ended = new Promise((resolve) => child.once('close', resolve));
  return {
    line: (pattern) => heard.first(`a line like ${pattern}`, (line) => pattern.test(line)),
    all: async () => {
      await within(() => `${program} to end; it printed:\n${heard.all.join('\n')}`, ended);
      return heard.all;
    },
  };
}

/// Pastes the line that sells a seat; the ticket.
async function sell(t) {
  const lines = await run(t, 'sh', ['-c', printed('sell a seat of it')]).all();
  const answer = lines.find((line) => line.startsWith('{'));
  assert.ok(answer, `an answer in JSON:\n${lines.join('\n')}`);
  const ticket = JSON.parse(answer);
  assert.equal(ticket.status, 'CONFIRMED', answer);
  return ticket;
}

describe('the first minutes', () => {
  it('the printed line sells a seat of what the client of README.md watches, again and again', async (t) => {
    writeFileSync(path.join(folder, 'watch.mjs'), fromReadme('js', 'subscribe_route'));
    const client = run(t, process.execPath, ['watch.mjs']);
    await client.line(/^watching /);
    const seats = [];
    for (let paste = 1; paste <= 3; paste += 1) {
      const { seatNumber } = await sell(t);
      await client.line(new RegExp(`seat ${seatNumber}: seat_confirmed`));
      seats.push(seatNumber);
    }
    assert.equal(new Set(seats).size, seats.length, `another seat each time: ${seats}`);
  });

  it('the client without any library and the printed line that watches see it, too', async (t) => {
    const watchers = [fromReadme('sh', 'ROUTE='), printed('Watch the next departure')]
      .map((line) => run(t, 'sh', ['-c', line]));
    for (const watcher of watchers) await watcher.line(/^event: subscribed/);
    const { seatNumber } = await sell(t);
    for (const watcher of watchers) await watcher.line(new RegExp(`"seatNumber":${seatNumber},`));
  });

  it('the printed link opens the map of that departure', async () => {
    const link = /\?route=([0-9a-f-]{36})/.exec(house.server.log());
    const [next] = await house.anyone.get('/routes/upcoming?days=14&limit=1');
    assert.equal(link?.[1], next.id);
  });
});
