// What deploy/ gives to an operator of several servers: Compose and Kubernetes files that their judges take,
// settings that the program takes, and the same topology as real processes: PostgreSQL, Redis, two servers,
// and HAProxy or Caddy in front with the files as they are delivered.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startServer } from '../js/harness.js';
import { House } from '../js/house.js';
import { Caller, DEMO, login } from '../js/rest.js';
import { Viewer, closing } from '../js/viewer.js';

const DEPLOY = fileURLToPath(new URL('../../deploy/', import.meta.url));
const BINARY = process.env.SEATWIRE_TEST_BIN ?? fileURLToPath(new URL('../../target/debug/seatwire', import.meta.url));
const POSTGRES = process.env.SEATWIRE_TEST_POSTGRES;
const PATIENCE_MS = 60_000;
const SEATS = 40;
const FILLED_IN = {
  SEATWIRE_SITE: 'tickets.example',
  SEATWIRE_JWT_SECRET: '1XKdr0iFz6oPWkcGUhTnM3vJ8s2aQyLb9EtZfOe7HqA=',
  SEATWIRE_ADMIN_EMAIL: 'operator@tickets.example',
  SEATWIRE_ADMIN_PASSWORD: 'vapur-kandil-47-lodos',
  SEATWIRE_ALLOW_MOCK_PAYMENTS: 'true',
  POSTGRES_PASSWORD: '4f1c9a77e0b25d3868aa',
  REDIS_PASSWORD: 'b7703ed1549c02f8a6d1',
  SEATWIRE_COOKIE_SECRET: '90d2c6ab17f43e58b0c4',
};

const folder = mkdtempSync(path.join(tmpdir(), 'seatwire-deploy-'));
const children = [];
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

function judged(program, args, options) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', ...options });
  assert.equal(status, 0, `${program}: ${error ?? ''}${stdout}${stderr}`);
  return stdout;
}

function checkConfig(settings) {
  judged(BINARY, ['check-config'], { cwd: folder, env: { PATH: process.env.PATH, ...settings } });
}

function start(program, args, env = {}) {
  const child = spawn(program, args, { cwd: folder, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  child.said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (child.said += text));
  children.push(child);
  return child;
}

async function eventually(what, look, child) {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = await look().catch(() => undefined);
    if (found) return found;
    assert.ok(Date.now() < until, `waited for ${what}\n${child?.said ?? ''}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

let nodes;
let house;
let certificate;

before(async () => {
  // The proxies' certificate below is made for this test; nothing else here speaks TLS.
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  certificate = ['key.pem', 'cert.pem'].map((name) => path.join(folder, name));
  const [key, cert] = certificate;
  judged('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost',
    '-addext', 'subjectAltName=DNS:localhost', '-keyout', key, '-out', cert]);
  writeFileSync(path.join(folder, 'both.pem'), readFileSync(cert, 'utf8') + readFileSync(key, 'utf8'));

  // Its server is thrown away after the tests.
  const database = `deploy_${process.pid}_${Date.now()}`;
  judged('psql', ['--no-psqlrc', '-q', '-c', `CREATE DATABASE ${database}`, `${POSTGRES}/postgres`]);
  const redisPort = await freePort();
  const password = FILLED_IN.REDIS_PASSWORD;
  start('redis-server', ['--port', `${redisPort}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no',
    '--requirepass', password]);
  const env = {
    SEATWIRE_DATABASE: `${POSTGRES}/${database}`,
    SEATWIRE_REDIS: `redis://:${password}@127.0.0.1:${redisPort}`,
    SEATWIRE_JWT_SECRET: FILLED_IN.SEATWIRE_JWT_SECRET,
    SEATWIRE_TRUSTED_PROXIES: '127.0.0.0/8,::1/128',
    // As the files of `deploy/` give them, but shorter.
    SEATWIRE_STOP_NOTICE_SECONDS: '3',
    SEATWIRE_STOP_SPREAD_SECONDS: '2',
  };
  // One after another: the first fills the empty database with the demo.
  nodes = [await startServer({ env }), await startServer({ env })];
  for (const { url } of nodes) {
    await eventually('both servers to hear each other', async () => {
      const ready = await (await fetch(`${url}/health/ready`)).json();
      return ready.fanOut === 'up';
    });
  }
  const people = {
    admin: await login(nodes[0].url, DEMO.admin),
    agent: await login(nodes[0].url, DEMO.agent),
    customer: await login(nodes[0].url, DEMO.customer),
  };
  house = new House(nodes[0], people);
});

after(async () => {
  for (const node of nodes ?? []) await node.stop();
  // While a child lives, so does this process.
  for (const child of children) child.kill('SIGKILL');
});

it('systemd takes the unit, every line of it', () => {
  const unit = readFileSync(`${DEPLOY}systemd/seatwire.service`, 'utf8').replace(/^ExecStart=.*$/m, `ExecStart=${BINARY}`);
  const told = (text) => {
    const file = path.join(folder, 'seatwire.service');
    writeFileSync(file, text);
    const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', file], { encoding: 'utf8' });
    // What it cannot read it ignores, and says so.
    return status === 0 ? stdout + stderr : `${status}: ${stdout}${stderr}`;
  };
  assert.equal(told(unit), '');
  // The judge is awake.
  for (const [right, wrong] of [
    [`ExecStart=${BINARY}`, 'ExecStart=/nowhere/seatwire'],
    ['Restart=on-failure', 'Restart=on-failur'],
    ['TimeoutStopSec=30', 'TimeoutStopSec=soon'],
    ['ProtectHome=yes', 'ProtectHom=yes'],
    ['@system-service', '@system-servic'],
  ]) {
    assert.ok(unit.includes(right), right);
    assert.notEqual(told(unit.replace(right, wrong)), '', wrong);
  }
});

it('Compose takes its file, and the program what the file gives to each server', () => {
  const file = `${DEPLOY}compose/compose.yaml`;
  const blanks = readFileSync(`${DEPLOY}compose/seatwire.env.example`, 'utf8').match(/^\w+(?==$)/gm);
  assert.deepEqual(blanks.toSorted(), Object.keys(FILLED_IN).toSorted());
  const filled = path.join(folder, 'filled.env');
  writeFileSync(filled, blanks.map((name) => `${name}=${FILLED_IN[name]}\n`).join(''));
  judged('docker-compose', ['--env-file', filled, '-f', file, 'config', '-q']);
  const settings = [...readFileSync(file, 'utf8').matchAll(/^ {4}(SEATWIRE_\w+): (.+)$/gm)];
  assert.ok(settings.length >= 10);
  const values = settings.map(([, name, value]) => [name, value.replace(/\$\{(\w+):\?\}/g, (_, blank) => FILLED_IN[blank])]);
  checkConfig(Object.fromEntries(values));
});

it('Kubernetes takes its file, every field of it, and the program what the file gives to each server', () => {
  const file = `${DEPLOY}kubernetes/seatwire.yaml`;
  const text = readFileSync(file, 'utf8');
  const validate = path.join(path.dirname(process.env.SEATWIRE_TEST_PYTHON), 'kubernetes-validate');
  const told = judged(validate, ['--strict', file]);
  for (const kind of ['ConfigMap', 'Deployment', 'PodDisruptionBudget', 'Service', 'Ingress']) {
    assert.ok(text.includes(`kind: ${kind}\n`), kind);
  }
  // The judge is awake: it refuses a field that there is not.
  const wrong = path.join(folder, 'wrong.yaml');
  writeFileSync(wrong, text.replace('minReadySeconds', 'minReadySecond'));
  assert.notEqual(spawnSync(validate, ['--strict', wrong]).status, 0, told);
  const given = [...text.matchAll(/^ {2}(SEATWIRE_\w+): "?([^"\n]+)"?$/gm)].map(([, name, value]) => [name, value]);
  assert.ok(given.length >= 6);
  const secret = {
    SEATWIRE_DATABASE: 'postgres://seatwire:pw@db.internal/seatwire',
    SEATWIRE_REDIS: 'rediss+sentinel://:pw@sentinel.internal/seats',
  };
  for (const name of ['SEATWIRE_JWT_SECRET', 'SEATWIRE_ADMIN_EMAIL', 'SEATWIRE_ADMIN_PASSWORD']) {
    assert.ok(text.includes(name), `the Secret's ${name} is not named`);
    secret[name] = FILLED_IN[name];
  }
  checkConfig({ ...Object.fromEntries(given), ...secret });
});

/// Sells through the proxy while viewers watch through it. Meanwhile one server dies and comes back, and then each
/// is stopped in good order and started again.
async function soldThrough(context, url) {
  const route = await house.newRoute();
  const proxied = new Caller(url, house.customer.token);
  const options = { rejectUnauthorized: false, withCredentials: true };
  const transports = [['websocket'], ['websocket'], ['polling'], ['polling']];
  const viewers = await Promise.all(transports.map((transports) =>
    Viewer.watching(url, [route], { ...options, transports })));
  closing(context, ...viewers);
  const events = viewers.map((viewer) => {
    const seqs = [];
    viewer.socket.on('seat_update', ({ seq }) => seqs.push(seq));
    // Whoever was moved goes on behind what it has.
    viewer.socket.io.on('reconnect', () => {
      viewer.socket.emit('subscribe_route', { routeId: route.id, since: seqs.at(-1) ?? 0 });
    });
    return seqs;
  });
  for (let seat = 1; seat <= 10; seat += 1) await proxied.book(route, seat);
  await nodes[1].crash();
  for (let seat = 11; seat <= 20; seat += 1) {
    await eventually('a booking on the server that is left', () => proxied.book(route, seat));
  }
  await nodes[1].restart();
  for (let seat = 21; seat <= 30; seat += 1) await proxied.book(route, seat);
  let sold = 30;
  for (const node of nodes) {
    let isStopped = false;
    const stopped = node.ended().then(() => { isStopped = true; });
    // Not one booking fails: who is told to wait may ask again, but nobody is.
    while (!isStopped) {
      if (sold < SEATS) await proxied.book(route, (sold += 1));
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    await stopped;
    await node.restart();
    await eventually('the proxy to see that it is back', async () => {
      const ready = await (await fetch(`${node.url}/health/ready`)).json();
      return ready.fanOut === 'up';
    });
    // The proxies look every second, and nothing shows what they have seen.
    await new Promise((resolve) => setTimeout(resolve, 5000));
  }
  assert.ok(sold > 34, `sold while servers stopped: ${sold - 30}`);
  const all = Array.from({ length: sold }, (_, at) => at + 1);
  for (const seqs of events) {
    await eventually('every event', async () => seqs.length >= sold);
    assert.deepEqual(seqs, all);
  }
  for (const hidden of ['/metrics', '/health/ready']) {
    assert.equal((await fetch(url + hidden)).status, 404, 'the operators\' business');
  }
}

it('two servers behind HAProxy are one: one may die, and each may be restarted under load', async (context) => {
  const port = await freePort();
  const file = `${DEPLOY}haproxy/haproxy.cfg`;
  const env = {
    PATH: `${process.env.PATH}:/usr/sbin`,
    SEATWIRE_PROXY_LISTEN: `127.0.0.1:${port}`,
    SEATWIRE_PROXY_CONNECTIONS: '200',
    SEATWIRE_PROXY_CERTIFICATE: path.join(folder, 'both.pem'),
    SEATWIRE_NODE_ONE: `127.0.0.1:${nodes[0].port}`,
    SEATWIRE_NODE_TWO: `127.0.0.1:${nodes[1].port}`,
  };
  const proxy = start('haproxy', ['-db', '-f', file], env);
  context.after(() => proxy.kill());
  const url = `https://localhost:${port}`;
  await eventually('HAProxy', async () => (await fetch(`${url}/routes/upcoming`)).ok, proxy);
  await soldThrough(context, url);
});

it('two servers behind Caddy are one: one may die, and each may be restarted under load', async (context) => {
  const port = await freePort();
  const [key, cert] = certificate;
  const env = {
    HOME: folder,
    SEATWIRE_SITE: `https://localhost:${port}`,
    SEATWIRE_CADDY_TLS: `tls ${cert} ${key}`,
    SEATWIRE_COOKIE_SECRET: FILLED_IN.SEATWIRE_COOKIE_SECRET,
    SEATWIRE_NODE_ONE: `127.0.0.1:${nodes[0].port}`,
    SEATWIRE_NODE_TWO: `127.0.0.1:${nodes[1].port}`,
  };
  const args = ['run', '--adapter', 'caddyfile', '--config', `${DEPLOY}caddy/Caddyfile`];
  const proxy = start('caddy', args, env);
  context.after(() => proxy.kill());
  const url = `https://localhost:${port}`;
  await eventually('Caddy', async () => (await fetch(`${url}/routes/upcoming`)).ok, proxy);
  await soldThrough(context, url);
});
