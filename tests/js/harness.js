// The program under test as a process: started on a free port with a database of its own, its
// output drained, ended in good order or killed, its files removed.
//
// `SEATWIRE_TEST_BIN` names the binary; the default is the debug build of this repository.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { within } from './inbox.js';

const BINARY = path.resolve(
  process.env.SEATWIRE_TEST_BIN ??
    fileURLToPath(new URL('../../target/debug/seatwire', import.meta.url)),
);
// Most tests ask more often than people do, and are about something else than how many unpaid seats one
// customer may have. `{ env: AS_STARTED }` takes that back.
const OFTEN = '1000000/s';
const ROOMY = {
  SEATWIRE_SEATS_PER_CALLER: '100',
  SEATWIRE_LIMIT_LOGIN: OFTEN,
  SEATWIRE_LIMIT_REGISTER: OFTEN,
  SEATWIRE_LIMIT_BOOK: OFTEN,
  SEATWIRE_LIMIT_PAY: OFTEN,
  SEATWIRE_LIMIT_READ: OFTEN,
  SEATWIRE_LIMIT_HANDSHAKE: OFTEN,
};
export const AS_STARTED = Object.fromEntries(Object.keys(ROOMY).map((name) => [name, undefined]));
const LOG_LINES_KEPT = 200;
const LISTENING = /^listening on (https?:\/\/localhost:(\d+))$/;

const running = new Set();
const started = [];
process.on('exit', (code) => {
  // A test that dies half-way must not leave a server behind on the machine.
  for (const server of running) server.vanish();
  if (code === 0) return;
  for (const server of started) {
    process.stderr.write(`the last lines of the server on ${server.url}:\n${server.log()}\n`);
  }
});
// Node runs no `exit` listener when a signal ends it.
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));

/// Starts `seatwire` on `localhost:<port>` (0: a free one) and waits until it listens; on a database of its
/// own, if none is named.
export async function startServer({ env = {}, port = 0, database } = {}) {
  assert.ok(existsSync(BINARY), `no binary at ${BINARY}; run \`cargo build -p server\` first`);
  const folder = mkdtempSync(path.join(tmpdir(), 'seatwire-test-'));
  const server = new Server(folder, env, database);
  started.push(server);
  await server.start(port);
  return server;
}

class Server {
  #env;
  #child;
  #ended;
  #log = [];

  constructor(folder, env, database) {
    this.folder = folder;
    const own = `sqlite://${path.join(folder, 'seatwire.db')}`;
    this.database = database ?? env.SEATWIRE_DATABASE ?? own;
    this.#env = env;
  }

  async start(port) {
    const child = spawn(BINARY, ['--listen', `localhost:${port}`, '--database', this.database], {
      // Nothing of the developer's own settings or files may leak in.
      cwd: this.folder,
      env: { ...withoutSeatwire(process.env), ...ROOMY, ...this.#env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    running.add(this);
    this.#ended = new Promise((resolve) => {
      child.once('error', (fault) => resolve({ code: null, signal: null, fault }));
      child.once('close', (code, signal) => resolve({ code, signal }));
    });
    readline.createInterface({ input: child.stderr }).on('line', (line) => this.#note(line));
    const firstLine = new Promise((resolve) => {
      const lines = readline.createInterface({ input: child.stdout });
      lines.once('line', resolve);
      lines.on('line', (line) => this.#note(line));
    });
    const endedEarly = this.#ended.then((end) => {
      throw new Error(`seatwire ended while starting: ${describe(end)}\n${this.log()}`);
    });
    // After the start this promise has no reader any more.
    endedEarly.catch(() => {});
    const what = () => `seatwire to say where it listens; it said:\n${this.log()}`;
    const line = await within(what, Promise.race([firstLine, endedEarly]));
    const match = LISTENING.exec(line);
    assert.ok(match, `the first line on stdout is not the address: ${line}`);
    this.url = match[1];
    this.port = Number(match[2]);
  }

  /// SIGTERM; the program must put itself away in good order and in time.
  async stop() {
    if (!running.has(this)) return;
    try {
      await this.#endInGoodOrder();
    } finally {
      this.vanish();
    }
  }

  async #endInGoodOrder() {
    this.#child.kill('SIGTERM');
    const end = await within('seatwire to end after SIGTERM', this.#ended);
    assert.equal(end.code, 0, `seatwire ended with ${describe(end)}\n${this.log()}`);
    const panics = this.#log.filter((line) => line.includes('panicked at'));
    assert.deepEqual(panics, [], 'the server panicked');
    running.delete(this);
  }

  /// What a power cut looks like to the process. The database stays for `restart`.
  async crash() {
    this.#child.kill('SIGKILL');
    await within('seatwire to be gone after SIGKILL', this.#ended);
    running.delete(this);
  }

  /// The same database again, after `crash` or after a stop in good order; on the same port, or
  /// on one where nobody who knew the old port will find it.
  async restart(port = this.port) {
    if (running.has(this)) await this.#endInGoodOrder();
    await this.start(port);
  }

  /// Asks it to stop, and does not wait for that; `ended` does.
  askToStop() {
    this.#child.kill('SIGTERM');
  }

  /// Waits for the end in good order that it was asked for.
  async ended() {
    await this.#endInGoodOrder();
  }

  get pid() {
    return this.#child.pid;
  }

  /// Another command of the program, on the same database.
  run(...args) {
    const env = { ...withoutSeatwire(process.env), ...this.#env };
    return promisify(execFile)(BINARY, [...args, '--database', this.database], { cwd: this.folder, env });
  }

  /// At once and without ceremony; also removes the files.
  vanish() {
    this.#child?.kill('SIGKILL');
    running.delete(this);
    rmSync(this.folder, { recursive: true, force: true });
  }

  /// The last lines the server wrote, for the message of a failing test.
  log() {
    return this.#log.slice(-40).join('\n');
  }

  #note(line) {
    this.#log.push(line);
    if (this.#log.length > LOG_LINES_KEPT) this.#log.shift();
  }
}

function withoutSeatwire(env) {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('SEATWIRE_')));
}

function describe({ code, signal, fault }) {
  if (fault) return fault.message;
  return signal ? `signal ${signal}` : `exit code ${code}`;
}
