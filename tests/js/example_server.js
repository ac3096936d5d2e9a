// One of the example servers of `crates/socketio` as a process, on a free port.
//
// `SEATWIRE_TEST_EXAMPLES` names the folder that they were built into; the default is the debug
// build of this repository.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';
import { within } from './inbox.js';

const EXAMPLES = path.resolve(
  process.env.SEATWIRE_TEST_EXAMPLES ??
    fileURLToPath(new URL('../../target/debug/examples', import.meta.url)),
);
const LISTENING = /^listening on (http:\/\/localhost:\d+)$/;

/// One of them is made for a suite that expects short times, in which a busy machine does not answer.
const PATIENT = { PATIENCE_SECONDS: '60' };

const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

/// Starts an example and waits until it listens: its address, and how to stop it.
export async function startExample(name) {
  const binary = path.join(EXAMPLES, name);
  assert.ok(existsSync(binary), `no ${binary}; run \`cargo build -p socketio --examples\` first`);
  const child = spawn(binary, { env: { PORT: '0', ...PATIENT }, stdio: ['ignore', 'pipe', 'inherit'] });
  running.add(child);
  const ended = new Promise((resolve) => child.once('close', resolve));
  const lines = readline.createInterface({ input: child.stdout });
  const early = ended.then((code) => `(it has ended with ${code})`);
  const first = new Promise((resolve) => lines.once('line', resolve));
  const line = await within(`${name} to say where it listens`, Promise.race([first, early]));
  const match = LISTENING.exec(line);
  assert.ok(match, `the first line of ${name} is not its address: ${line}`);
  const stop = async () => {
    child.kill('SIGTERM');
    await within(`${name} to end`, ended);
    running.delete(child);
  };
  return { url: match[1], stop };
}
