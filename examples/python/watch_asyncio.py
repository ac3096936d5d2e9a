"""Watches a departure with python-socketio and asyncio; otherwise as `watch.py`."""

import asyncio

import socketio

from departure import server_and_route


class Seats(socketio.AsyncClientNamespace):
    def __init__(self, route_id):
        super().__init__("/seats")
        self.route_id = route_id
        self.seq = None

    async def on_connect(self):
        since = {} if self.seq is None else {"since": self.seq}
        await self.emit("subscribe_route", {"routeId": self.route_id, **since})

    async def on_subscribed(self, answer):
        if self.seq is None:
            self.seq = answer["seq"]
        print(f"watching, from event {self.seq + 1} on", flush=True)

    async def on_seat_update(self, update):
        self.seq = update["seq"]
        print(f"#{update['seq']} seat {update['seatNumber']}: {update['eventType']}", flush=True)

    async def on_seat_snapshot(self, snapshot):
        self.seq = snapshot["seq"]
        print(f"the whole map, at event {snapshot['seq']}: {len(snapshot['availableSeats'])} seats free", flush=True)

    async def on_error(self, trouble):
        print(f"{trouble['code']}: {trouble['message']}", flush=True)


async def main():
    server, route_id = server_and_route()
    client = socketio.AsyncClient()
    client.register_namespace(Seats(route_id))
    await client.connect(server, namespaces=["/seats"])
    await client.wait()


asyncio.run(main())
