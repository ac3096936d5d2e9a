// Blocks that are programs of their own: run in an empty folder until their output says what it must, or to
// their end.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PATIENCE_MS, within } from '../js/inbox.js';
import { ROOT } from './blocks.js';

/// How a block of each language is started; the file that it is written into.
const STARTS = {
  sh: { file: 'block.sh', start: () => ['bash', ['-euo', 'pipefail', 'block.sh']] },
  js: { file: 'block.test.mjs', start: () => [process.execPath, ['block.test.mjs']] },
  python: { file: 'block.py', start: () => [process.env.SEATWIRE_TEST_PYTHON ?? 'python3', ['block.py']] },
  toml: { file: 'seatwire.toml', start: () => ['seatwire', ['check-config']] },
};
export const PROGRAMS = Object.keys(STARTS);

/// What readers of the documents have installed.
function modules(folder) {
  const made = path.join(folder, 'node_modules');
  mkdirSync(made);
  const stock = path.join(ROOT, 'tests/js/node_modules');
  for (const name of readdirSync(stock).filter((each) => !each.startsWith('.'))) {
    symlinkSync(path.join(stock, name), path.join(made, name));
  }
  symlinkSync(path.join(ROOT, 'clients/js'), path.join(made, 'seatwire'));
}

/// Runs a block; what it needs of the house stands in the text already.
export async function runProgram(t, { language, shows }, text, binary) {
  const folder = mkdtempSync(path.join(tmpdir(), 'seatwire-block-'));
  modules(folder);
  const { file, start } = STARTS[language];
  writeFileSync(path.join(folder, file), text);
  const [command, words] = start();
  const child = spawn(command, words, {
    cwd: folder,
    // A group of its own: what a shell has started is ended too.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, PATH: `${path.dirname(binary)}:${process.env.PATH}`, PYTHONDONTWRITEBYTECODE: '1' },
  });
  let output = '';
  const said = new Promise((resolve) => {
    const hear = (piece) => {
      output += piece;
      if (shows && output.includes(shows)) resolve();
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  t.after(async () => {
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
    await ended;
    rmSync(folder, { recursive: true });
  });
  const what = () => `${shows ? `"${shows}"` : 'an end'}; it printed:\n${output}`;
  const code = await within(what, shows ? Promise.race([said, ended]) : ended, PATIENCE_MS);
  if (shows) assert.ok(output.includes(shows), `it ended (${code}) without ${what()}`);
  else assert.equal(code, 0, output);
}
