// A socket.io server with the part of Seatwire's contract that the load generator uses: namespace
// /seats, `subscribe_route` joins a room and answers `subscribed`, and POST /fire?N lets N events
// happen in every room. Nothing is stored: an event costs this server less than it costs Seatwire.
//
// `--fastest`: what socket.io's own documentation names for speed and memory. Its other websocket engine,
// eiows, is not among it: what npm has of it for Node 20 fetches Node's sources from elsewhere to build.

import { createServer } from 'node:http';
import { Server } from 'socket.io';

const fastest = process.argv.includes('--fastest');
const rooms = new Set();
const event = {
  routeId: '0199e1a0-0000-7abc-8123-456789abcdef', seatNumber: 15, eventType: 'seat_confirmed',
  ticketId: '0199e1a0-0000-7abc-8123-456789abcdef', pnrNumber: 'VV00ABCDE',
  fromStopIndex: 0, toStopIndex: 1, seq: 42, timestamp: '2025-10-14T10:30:00.000Z',
  metadata: { fromCity: 'Istanbul', toCity: 'Izmit', price: 450, gender: 'OTHER', reason: 'booked' },
};

const http = createServer((request, response) => {
  const fired = /^\/fire\?(\d+)$/.exec(request.url ?? '');
  if (!fired) return response.writeHead(404).end();
  for (let left = Number(fired[1]); left > 0; left -= 1) {
    for (const room of rooms) io.of('/seats').to(room).emit('seat_update', event);
  }
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

io.of('/seats').on('connection', (socket) => {
  socket.on('subscribe_route', ({ routeId }) => {
    const room = `route:${routeId}`;
    rooms.add(room);
    socket.join(room);
    const message = `Successfully subscribed to route ${routeId}`;
    socket.emit('subscribed', { routeId, message, seq: 0 });
  });
});

http.listen(0, '127.0.0.1', 8192, () => {
  console.log(`listening on http://localhost:${http.address().port}`);
});
