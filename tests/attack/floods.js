// Floods from one address, each for a bounded time and with a bounded number of connections. Of what they get
// only 503s are looked at, for their Retry-After; the server's memory, its 5xx and the bystander are judged.

import net from 'node:net';
import { ask } from './bystander.js';
import { isUnheralded } from './verdicts.js';

const ADDRESS = '127.0.0.9';
const AT_ONCE = 64;
const OPEN_MAX = 1_500;

const upgrade = (path) =>
  `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`;

function connected(port, said) {
  return new Promise((resolve) => {
    const socket = net.connect({ host: '127.0.0.1', port, localAddress: ADDRESS }, () => {
      if (said) socket.write(said);
      resolve(socket);
    });
    socket.on('error', () => resolve(socket));
  });
}

/// Does `one` again and again, some at a time, until the time is over; how often it was done.
async function repeatedly(seconds, one) {
  const end = performance.now() + seconds * 1_000;
  let done = 0;
  const worker = async () => {
    while (performance.now() < end) {
      await one(done);
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return done;
}

/// Keeps many connections open and feeds each a little now and then.
async function held(port, seconds, said, drip) {
  const end = performance.now() + seconds * 1_000;
  const sockets = [];
  while (sockets.length < OPEN_MAX) sockets.push(await connected(port, said));
  let fed = sockets.length;
  while (performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    for (const socket of sockets) {
      if (drip && socket.writable) socket.write(drip);
      fed += 1;
    }
  }
  sockets.forEach((socket) => socket.destroy());
  return fed;
}

/// A masked text frame; the mask is zeros.
export function frame(text, first = 0x81) {
  const payload = Buffer.from(text);
  const head =
    payload.length < 126
      ? Buffer.from([first, 0x80 | payload.length])
      : Buffer.from([first, 0x80 | 126, payload.length >> 8, payload.length & 0xff]);
  return Buffer.concat([head, Buffer.alloc(4), payload]);
}

/// The status and the headers at the beginning of an answer.
function headOf(data) {
  const [first, ...lines] = String(data).split('\r\n\r\n')[0].split('\r\n');
  const headers = lines.map((line) => line.split(/:\s*/, 2)).map(([name, value]) => [name.toLowerCase(), value]);
  return { status: Number(first.split(' ')[1]), headers: Object.fromEntries(headers) };
}

/// `unheralded`: gets a line for each 503 without Retry-After.
export function floods({ port, route, token, unheralded }) {
  const see = (what, { status, headers }) => {
    if (isUnheralded(status, headers)) unheralded.push(what);
  };
  const asked = async (options) => see(`${options.method} ${options.path}`, await ask(port, { ...options, address: ADDRESS }));
  const login = { email: 'customer@seatwire.example', password: 'not the password' };
  const subscribe = frame(JSON.stringify({ event: 'subscribe_route', data: { routeId: route.id } }));
  const handshake = (path) => async () => {
    const socket = await connected(port, upgrade(path));
    const said = await new Promise((resolve) => {
      socket.once('data', resolve);
      for (const end of ['close', 'error']) socket.once(end, () => resolve(''));
    });
    see(path, headOf(said));
    socket.destroy();
  };
  return {
    'handshakes, plain websocket': (seconds) => repeatedly(seconds, handshake('/seats')),
    'handshakes, Socket.IO': (seconds) => repeatedly(seconds, handshake('/socket.io/?EIO=4&transport=websocket')),
    logins: (seconds) =>
      repeatedly(seconds, () => asked({ method: 'POST', path: '/auth/login', body: login })),
    'bookings of the same seat': (seconds) =>
      repeatedly(seconds, () =>
        asked({ method: 'POST', path: '/tickets', token, body: {
          routeId: route.id, fromCity: route.fromCity, toCity: route.toCity, seatNumber: 1, gender: 'OTHER',
          userPhoneNumber: '5321234567', passengerName: 'Deniz Yolcu' } })),
    subscriptions: async (seconds) => {
      const sockets = await Promise.all(Array.from({ length: AT_ONCE }, () => connected(port, upgrade('/seats'))));
      const sent = await repeatedly(seconds, async (index) => {
        const socket = sockets[index % AT_ONCE];
        if (socket.writable) socket.write(subscribe);
        await new Promise((resolve) => setImmediate(resolve));
      });
      sockets.forEach((socket) => socket.destroy());
      return sent;
    },
    'event streams': async (seconds) => {
      const request = `GET /routes/${route.id}/events HTTP/1.1\r\nHost: x\r\n\r\n`;
      return held(port, seconds, request);
    },
    'slow heads': (seconds) => held(port, seconds, 'GET / HTTP/1.1\r\nHost: x\r\nX: ', 'a'),
    'slow bodies': (seconds) =>
      held(port, seconds, 'POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n{', ' '),
    'slow reads': async (seconds) => {
      const sockets = await Promise.all(
        Array.from({ length: OPEN_MAX / 3 }, () => connected(port, 'GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(8))),
      );
      sockets.forEach((socket) => socket.pause());
      await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
      sockets.forEach((socket) => socket.destroy());
      return sockets.length;
    },
    'frame bombs': async (seconds) => {
      const parts = [
        frame('['.repeat(30_000)),
        frame('x'.repeat(60_000)),
        Buffer.concat([frame('{', 0x01), ...Array.from({ length: 200 }, () => frame(' ', 0x00))]),
        Buffer.from([0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]),
        Buffer.concat(Array.from({ length: 500 }, () => frame('ping', 0x89))),
        frame('451-/seats,["a",{"_placeholder":true,"num":0}]'),
        frame('4999999999-/seats,["a"]'),
      ];
      return repeatedly(seconds, async (index) => {
        const path = index % 2 ? '/seats' : '/socket.io/?EIO=4&transport=websocket';
        const socket = await connected(port, upgrade(path));
        socket.write(parts[index % parts.length]);
        await new Promise((resolve) => {
          setTimeout(resolve, 50);
          socket.once('close', resolve);
        });
        socket.destroy();
      });
    },
  };
}
