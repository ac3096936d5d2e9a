// Somebody honest at another address, who reads and sells while others attack: how long they wait is what
// an attack costs.

import http from 'node:http';

const ADDRESS = '127.0.0.2';
const PATIENCE_MS = 20_000;

/// One request from an address; its status, and how long its answer took in milliseconds.
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
      answer.on('end', () => resolve({ status: answer.statusCode, ms: performance.now() - begun, said }));
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve({ status: 0, ms: performance.now() - begun, said: '' }));
    request.end(text);
  });
}

/// Asks on and on until told to stop; what it met.
export class Bystander {
  #running;
  #isOver = false;
  #agent = new http.Agent({ keepAlive: true });
  times = [];
  failures = [];

  constructor(port, paths) {
    this.#running = this.#run(port, paths);
  }

  async #run(port, paths) {
    for (let index = 0; !this.#isOver; index += 1) {
      const path = paths[index % paths.length];
      const { status, ms } = await ask(port, { path, agent: this.#agent });
      this.times.push(ms);
      if (status !== 200) this.failures.push(`${path}: ${status}`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  async stop() {
    this.#isOver = true;
    await this.#running;
    this.#agent.destroy();
    return this;
  }
}

export function quantile(times, share) {
  const sorted = [...times].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
