// The part of Seatwire's contract that the load generator uses, as a socket.io namespace: `subscribe_route`
// joins a room and answers `subscribed`. `fire(n)` lets n events happen in every room; nothing is stored, so an
// event costs this server less than it costs Seatwire.

export const event = {
  routeId: '0199e1a0-0000-7abc-8123-456789abcdef', seatNumber: 15, eventType: 'seat_confirmed',
  ticketId: '0199e1a0-0000-7abc-8123-456789abcdef', pnrNumber: 'VV00ABCDE',
  fromStopIndex: 0, toStopIndex: 1, seq: 42, timestamp: '2025-10-14T10:30:00.000Z',
  metadata: { fromCity: 'Istanbul', toCity: 'Izmit', price: 450, gender: 'OTHER', reason: 'booked' },
};

export function serveSeats(io) {
  const rooms = new Set();
  io.of('/seats').on('connection', (socket) => {
    socket.on('subscribe_route', ({ routeId }) => {
      const room = `route:${routeId}`;
      rooms.add(room);
      socket.join(room);
      const message = `Successfully subscribed to route ${routeId}`;
      socket.emit('subscribed', { routeId, message, seq: 0 });
    });
  });
  return (events) => {
    for (let left = events; left > 0; left -= 1) {
      for (const room of rooms) io.of('/seats').to(room).emit('seat_update', event);
    }
  };
}

// How many events `POST /fire?N` asks for; nothing for any other address.
export function asked(url) {
  const fired = /\/fire\?(\d+)$/.exec(url);
  return fired ? Number(fired[1]) : undefined;
}
