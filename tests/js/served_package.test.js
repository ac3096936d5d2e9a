// The JavaScript client as a newcomer gets it, who has nothing but the address of a running server: npm installs
// it from there into an empty project, and strict TypeScript, plain ES modules and a bundle show a live map.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { openHouse } from './house.js';
import { within } from './inbox.js';

const CLIENT = fileURLToPath(new URL('../../clients/js', import.meta.url));
/// Its compiler and bundler are the client's own.
const tools = createRequire(path.join(CLIENT, 'package.json'));
const stock = fileURLToPath(new URL('node_modules', import.meta.url));

/// Prints the free seats whenever a live map changes. Node.js has no WebSocket before version 22.
const PROGRAM = `
import { seatMap, type SeatMapSnapshot } from "seatwire";
import { WebSocket } from "ws";
const [url, routeId] = process.argv.slice(2) as [string, string];
seatMap(url, routeId, { WebSocket }).subscribe((now: SeatMapSnapshot) => {
  if (now.state === "live") console.log(JSON.stringify({ seq: now.seq, free: now.freeSeats }));
});
// @ts-expect-error there is no such state
export const wrong = (now: SeatMapSnapshot): boolean => now.state === "closed";
`;
const AMBIENT = `
declare const process: { argv: string[] };
declare module "ws" { export const WebSocket: typeof globalThis.WebSocket; }
`;

let house;
let project;
before(async () => {
  house = await openHouse();
  project = mkdtempSync(path.join(tmpdir(), 'seatwire-served-'));
  write('package.json', JSON.stringify({ name: 'empty', private: true, type: 'module' }));
  // No other place to get anything from.
  const nowhere = ['--registry', `${house.url}/no-registry/`, '--no-audit', '--no-fund'];
  await run('npm', ['install', ...nowhere, `${house.url}/client/seatwire.tgz`]);
});
after(async () => {
  if (project) rmSync(project, { recursive: true });
  await house?.close();
});

async function run(program, args, cwd = project) {
  try {
    return (await promisify(execFile)(program, args, { cwd })).stdout;
  } catch (fault) {
    throw new Error(`${program} ${args.join(' ')}:\n${fault.stdout}\n${fault.stderr}`);
  }
}

function write(name, text) {
  writeFileSync(path.join(project, name), text);
}

/// What is in a packed package: each file with its mode and time.
function entries(archive) {
  const found = {};
  const tar = gunzipSync(archive);
  for (let at = 0; tar[at]; ) {
    const text = (from, length) => tar.toString('latin1', at + from, at + from + length).split('\0')[0];
    const size = Number.parseInt(text(124, 12), 8);
    const content = tar.toString('utf8', at + 512, at + 512 + size);
    found[text(0, 100)] = { mode: Number.parseInt(text(100, 8), 8), mtime: Number.parseInt(text(136, 12), 8), content };
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return found;
}

/// Runs a program of the project on a new route, and sells a seat of it when its map is live.
async function showsASale(t, file) {
  const route = await house.newRoute();
  const child = spawn(process.execPath, [file, house.url, route.id], { cwd: project });
  const ended = new Promise((resolve) => child.once('close', resolve));
  t.after(() => {
    child.kill('SIGKILL');
    return ended;
  });
  let output = '';
  const shown = (what, test) =>
    within(
      () => `${what}; it printed:\n${output}`,
      Promise.race([
        new Promise((resolve) => {
          const look = () => lines(output).some(test) && resolve();
          child.stdout.on('data', look);
          look();
        }),
        ended.then(() => assert.fail(`it ended:\n${output}`)),
      ]),
    );
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece) => (output += piece));
  await shown('the map', ({ free }) => free.includes(7));
  await house.customer.book(route, 7);
  await shown('the sale', ({ seq, free }) => seq === 1 && !free.includes(7));
}

function lines(output) {
  const whole = output.slice(0, output.lastIndexOf('\n') + 1);
  return whole.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
}

describe('the client, installed from the running server', () => {
  it('is what npm packs of clients/js', async () => {
    const [{ filename }] = JSON.parse(await run('npm', ['pack', '--json', '--pack-destination', project], CLIENT));
    const response = await fetch(`${house.url}/client/seatwire.tgz`);
    assert.equal(response.headers.get('content-type'), 'application/gzip');
    const served = entries(Buffer.from(await response.arrayBuffer()));
    assert.deepEqual(served, entries(readFileSync(path.join(project, filename))));
    const known = { 'if-none-match': response.headers.get('etag') };
    assert.equal((await fetch(response.url, { headers: known })).status, 304);
  });

  it('is used from strict TypeScript, as ES modules and in a bundle, and its map is live', async (t) => {
    mkdirSync(path.join(project, 'node_modules'), { recursive: true });
    symlinkSync(path.join(stock, 'ws'), path.join(project, 'node_modules/ws'));
    write('ambient.d.ts', AMBIENT);
    write('use.ts', PROGRAM);
    const strict = ['--strict', '--exactOptionalPropertyTypes', '--target', 'es2022', '--module', 'nodenext', '--types', ''];
    await run('node', [path.join(CLIENT, 'node_modules/typescript/bin/tsc'), ...strict, 'use.ts', 'ambient.d.ts']);
    await tools('esbuild').build({
      entryPoints: [path.join(project, 'use.ts')],
      outfile: path.join(project, 'bundle.js'),
      bundle: true,
      minify: true,
      format: 'esm',
      external: ['ws'],
      logLevel: 'silent',
    });
    await t.test('compiled', (t) => showsASale(t, 'use.js'));
    await t.test('bundled', (t) => showsASale(t, 'bundle.js'));
  });
});
