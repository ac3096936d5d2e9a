"""A stock python-socketio client on `/seats` that keeps everything it receives.

Every handler takes exactly one argument, as handlers written for the old platform do: a second
argument from the server would make the library fail to call it, and the event would be missing.
"""

import threading

import socketio

NAMESPACE = "/seats"
PATIENCE_SECONDS = 15


class Viewer:
    def __init__(self):
        self.client = socketio.Client(reconnection_delay=0.05, reconnection_delay_max=0.2)
        self._received = []
        self._arrived = threading.Condition()
        for event in ("seat_update", "subscribed", "unsubscribed", "seat_availability", "error"):
            self.client.on(event, self._keep(event), namespace=NAMESPACE)
        self.client.on("connect_error", self._keep("connect_error"), namespace=NAMESPACE)
        self.client.on("connect", lambda: self._push("connect", {}), namespace=NAMESPACE)

    def connect(self, url, transports=None, auth=None):
        self.client.connect(
            url,
            transports=transports,
            auth=auth,
            namespaces=[NAMESPACE],
            wait_timeout=PATIENCE_SECONDS,
        )
        return self

    def ask(self, event, data):
        """The acknowledgement of one message."""
        return self.client.call(event, data, namespace=NAMESPACE, timeout=PATIENCE_SECONDS)

    def subscribe(self, route, **more):
        return self.ask("subscribe_route", {"routeId": route["id"], **more})

    def all(self, event):
        with self._arrived:
            return [data for name, data in self._received if name == event]

    def wait_for(self, event, fits=lambda data: True, count=1):
        """The `count`th of the events that fit, past or future."""

        def found():
            fitting = [data for name, data in self._received if name == event and fits(data)]
            return fitting[count - 1] if len(fitting) >= count else None

        with self._arrived:
            if not self._arrived.wait_for(lambda: found() is not None, PATIENCE_SECONDS):
                last = self._received[-10:]
                raise AssertionError(f"waited {PATIENCE_SECONDS} s for {event}; the last: {last}")
            return found()

    def update(self, route, seq):
        """The route's event number `seq`."""
        return self.wait_for(
            "seat_update", lambda data: data["routeId"] == route["id"] and data["seq"] == seq
        )

    def updates(self, route):
        return [data for data in self.all("seat_update") if data["routeId"] == route["id"]]

    def close(self):
        self.client.disconnect()

    def _keep(self, event):
        return lambda data: self._push(event, data)

    def _push(self, event, data):
        with self._arrived:
            self._received.append((event, data))
            self._arrived.notify_all()
