// Several servers on one PostgreSQL database, and a balancer in front of them that knows no sessions.
//
// `SEATWIRE_TEST_POSTGRES` names the server (`cargo xtask postgres`); each test gets a database of its own.

import assert from 'node:assert/strict';
import http from 'node:http';
import net from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { startServer } from './harness.js';
import { houseOf } from './house.js';
import { PATIENCE_MS } from './inbox.js';

const SERVER = process.env.SEATWIRE_TEST_POSTGRES?.replace(/\/$/, '');
/// Nodes know each other's tokens.
const SECRET = 'one secret for all nodes of a test, long enough';
/// How often a balancer looks which servers are ready.
const LOOK_MS = 50;

async function obey(sql) {
  assert.ok(SERVER, 'SEATWIRE_TEST_POSTGRES names no PostgreSQL: start one with `cargo xtask postgres`');
  const client = new pg.Client({ connectionString: `${SERVER}/postgres` });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

export class Nodes {
  constructor(name) {
    this.database = `${SERVER}/${name}`;
    this.name = name;
    this.servers = [];
  }

  /// So many servers on a database of their own.
  static async open(count, { env = {} } = {}) {
    const nodes = new Nodes(`nodes_${process.pid}_${Math.floor(Math.random() * 1e9)}`);
    await obey(`CREATE DATABASE ${nodes.name}`);
    try {
      // The first one fills the database.
      for (let node = 0; node < count; node += 1) await nodes.start(env);
      nodes.house = await houseOf(nodes.servers[0]);
      return nodes;
    } catch (fault) {
      await nodes.close();
      throw fault;
    }
  }

  async start(env = {}) {
    const server = await startServer({
      database: this.database,
      env: { SEATWIRE_JWT_SECRET: SECRET, ...env },
    });
    this.servers.push(server);
    return server;
  }

  async close() {
    for (const server of this.servers) server.vanish();
    await obey(`DROP DATABASE ${this.name} WITH (FORCE)`);
  }
}

/// Hands each connection to the next server that is ready, whoever it is from.
export class Balancer {
  #servers = [];
  #next = 0;
  #ready = new Set();
  #sockets = new Set();
  #looking = new Set();

  static async before(servers) {
    const balancer = new Balancer();
    await balancer.use(servers);
    balancer.listener = net.createServer((client) => balancer.#pass(client));
    await new Promise((resolve) => balancer.listener.listen(0, '127.0.0.1', resolve));
    balancer.url = `http://127.0.0.1:${balancer.listener.address().port}`;
    return balancer;
  }

  /// From now on only these, as if the others were not there.
  async use(servers) {
    this.#servers = [...servers];
    await Promise.all(servers.map((server) => this.#look(server)));
    for (const server of servers) this.#lookAgain(server);
  }

  /// One look after the other: an old answer must not undo a newer one.
  async #lookAgain(server) {
    if (this.#looking.has(server)) return;
    this.#looking.add(server);
    while (this.#servers.includes(server)) {
      await this.#look(server);
      await wait(LOOK_MS, undefined, { ref: false }); // justified: it is what balancers do
    }
    this.#looking.delete(server);
  }

  async #look(server) {
    if (await isReady(server)) this.#ready.add(server);
    else this.#ready.delete(server);
  }

  #pass(client) {
    const ready = this.#servers.filter((server) => this.#ready.has(server));
    if (ready.length === 0) return client.destroy();
    this.#next += 1;
    const server = ready[this.#next % ready.length];
    const upstream = net.connect(server.port, '127.0.0.1');
    for (const socket of [client, upstream]) {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        this.#sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.pipe(upstream).pipe(client);
  }

  close() {
    this.#servers = [];
    this.listener.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

/// A server that is slow to say so is ready all the same.
function isReady(server) {
  return new Promise((resolve) => {
    const request = http.get(
      { port: server.port, host: '127.0.0.1', path: '/health/ready', agent: false, timeout: PATIENCE_MS },
      (answer) => {
        answer.resume();
        resolve(answer.statusCode === 200);
      },
    );
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });
}
