// socket.io on Bun's own engine: the same server as ../node, with another ground under it.

import { Server as Engine } from '@socket.io/bun-engine';
import { Server } from 'socket.io';
import { asked, serveSeats } from '../node/seats.js';

const io = new Server();
const engine = new Engine({ path: '/socket.io/' });
io.bind(engine);
const fire = serveSeats(io);

const { fetch, ...handler } = engine.handler();
const server = Bun.serve({
  ...handler,
  hostname: '127.0.0.1',
  port: 0,
  fetch(request, server) {
    const events = asked(request.url);
    if (events === undefined) return fetch(request, server);
    fire(events);
    return new Response(null, { headers: { 'content-length': '0' } });
  },
});
console.log(`listening on http://localhost:${server.port}`);
