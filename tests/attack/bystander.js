// An honest reader at another address while others attack: how long it waits is what an attack costs.
//
// It is a process of its own: in the attacker's, it would measure the attacker's event loop.

import { fork } from 'node:child_process';
import http from 'node:http';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { PATIENCE_MS } from '../js/inbox.js';

const ADDRESS = '127.0.0.2';

/// One request from an address; its status and headers, and how long its answer took in milliseconds.
export function ask(port, { method = 'GET', path = '/', token, body, address = ADDRESS, agent }) {
  return new Promise((resolve) => {
    const begun = performance.now();
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(text ? { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) } : {}),
    };
    const options = { host: '127.0.0.1', port, method, path, headers, localAddress: address, agent };
    const request = http.request({ ...options, timeout: PATIENCE_MS }, (answer) => {
      let said = '';
      answer.on('data', (data) => (said += data));
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, ms: performance.now() - begun, said }));
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve({ status: 0, headers: {}, ms: performance.now() - begun, said: '' }));
    request.end(text);
  });
}

/// Asks on and on until told to stop; what it met.
export class Bystander {
  #child;

  constructor(port, paths) {
    this.#child = fork(fileURLToPath(new URL('./bystander_process.js', import.meta.url)), [String(port), ...paths]);
  }

  get pid() {
    return this.#child.pid;
  }

  async stop() {
    const told = once(this.#child, 'message');
    this.#child.send('stop');
    const [met] = await told;
    this.#child.disconnect();
    return met;
  }
}

export function quantile(times, share) {
  const sorted = [...times].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
