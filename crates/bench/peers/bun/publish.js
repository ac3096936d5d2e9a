// The strongest publish there is in JavaScript: Bun's own (uWebSockets), with no Socket.IO in between. It says
// what a viewer waits for as fixed text, and publishes frames as long as Seatwire's. There are no heartbeats,
// no recovery, no order over rooms, and nothing is stored: less than any server that could take Seatwire's place.

import { asked, event } from '../node/seats.js';

const rooms = new Set();
const update = `42/seats,${JSON.stringify(['seat_update', event])}`;

const server = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  fetch(request, server) {
    const events = asked(request.url);
    if (events === undefined) {
      return server.upgrade(request) ? undefined : new Response('no upgrade', { status: 400 });
    }
    for (let left = events; left > 0; left -= 1) {
      for (const room of rooms) server.publish(room, update);
    }
    return new Response(null, { headers: { 'content-length': '0' } });
  },
  websocket: {
    perMessageDeflate: false,
    open(socket) {
      socket.send('0{"sid":"x","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":100000}');
    },
    message(socket, text) {
      const subscribe = /^42\/seats,\["subscribe_route",\{"routeId":"([^"]+)"/.exec(text);
      if (subscribe) {
        rooms.add(subscribe[1]);
        socket.subscribe(subscribe[1]);
        socket.send(`42/seats,["subscribed",{"routeId":"${subscribe[1]}","seq":0}]`);
      } else if (text === '40/seats,') {
        socket.send('40/seats,{"sid":"x"}');
      }
    },
  },
});
console.log(`listening on http://localhost:${server.port}`);
