// Bytes on a connection, as no library would send them, and what comes back.

import net from 'node:net';
import { PATIENCE_MS } from '../js/inbox.js';

/// Sends `pieces` one after the other and reads until the server ends it, or `enough` says so.
export function spoken(port, pieces, { host = '127.0.0.1', from, enough = () => false } = {}) {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ port, host, localAddress: from });
    let said = '';
    const patience = setTimeout(() => socket.destroy(new Error(`no end within ${PATIENCE_MS} ms: ${said}`)), PATIENCE_MS);
    const done = () => {
      clearTimeout(patience);
      socket.destroy();
      resolve(said);
    };
    socket.on('connect', () => pieces.forEach((piece) => socket.write(piece)));
    socket.on('data', (data) => {
      said += data.toString('latin1');
      if (enough(said)) done();
    });
    socket.on('end', done);
    socket.on('error', (error) => (error.code === 'ECONNRESET' || error.code === 'EPIPE' ? done() : (clearTimeout(patience), reject(error))));
  });
}

/// The statuses in what was answered, in order. The next answer begins right behind a body, on the same line.
export function statuses(said) {
  return [...said.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}
