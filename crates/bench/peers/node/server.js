// A socket.io server as it comes.
//
// `--fastest`: what socket.io's own documentation names for speed and memory. Its other websocket engine,
// eiows, is not among it: what npm has of it for Node 20 fetches Node's sources from elsewhere to build.

import { createServer } from 'node:http';
import { Server } from 'socket.io';
import { asked, serveSeats } from './seats.js';

const fastest = process.argv.includes('--fastest');

const http = createServer((request, response) => {
  const events = asked(request.url ?? '');
  if (events === undefined) return response.writeHead(404).end();
  fire(events);
  return response.writeHead(200, { 'content-length': 0 }).end();
});

const options = fastest
  ? { transports: ['websocket'], perMessageDeflate: false, httpCompression: false, serveClient: false }
  : {};
const io = new Server(http, options);
if (fastest) {
  // "Memory usage" in the documentation: the first request is not needed any more.
  io.engine.on('connection', (socket) => { socket.request = null; });
}
const fire = serveSeats(io);

http.listen(0, '127.0.0.1', 8192, () => {
  console.log(`listening on http://localhost:${http.address().port}`);
});
