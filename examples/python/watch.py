"""Watches a departure with python-socketio, in threads.

python-socketio knows nothing of Socket.IO's recovery: it says `since`, the number of the last event that it has seen, each
time it has connected, and gets exactly what it missed.
"""

import socketio

from departure import server_and_route

server, route_id = server_and_route()
client = socketio.Client()
last_seen = {"seq": None}


@client.on("connect", namespace="/seats")
def connected():
    since = {} if last_seen["seq"] is None else {"since": last_seen["seq"]}
    client.emit("subscribe_route", {"routeId": route_id, **since}, namespace="/seats")


@client.on("subscribed", namespace="/seats")
def subscribed(answer):
    if last_seen["seq"] is None:
        last_seen["seq"] = answer["seq"]
    print(f"watching, from event {last_seen['seq'] + 1} on", flush=True)


@client.on("seat_update", namespace="/seats")
def changed(update):
    last_seen["seq"] = update["seq"]
    print(f"#{update['seq']} seat {update['seatNumber']}: {update['eventType']}", flush=True)


@client.on("seat_snapshot", namespace="/seats")
def too_far_behind(snapshot):
    last_seen["seq"] = snapshot["seq"]
    print(f"the whole map, at event {snapshot['seq']}: {len(snapshot['availableSeats'])} seats free", flush=True)


@client.on("error", namespace="/seats")
def refused(trouble):
    print(f"{trouble['code']}: {trouble['message']}", flush=True)


client.connect(server, namespaces=["/seats"])
client.wait()
