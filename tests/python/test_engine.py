"""What Seatwire itself does not use of the engine, with the stock Python client against an example
of `crates/socketio`: several namespaces, bytes, acknowledgements.

`SEATWIRE_TEST_EXAMPLES` names the folder that the examples were built into.
"""

import os
import pathlib
import queue
import subprocess
import unittest

import socketio

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = os.environ.get("SEATWIRE_TEST_EXAMPLES") or str(REPOSITORY / "target/debug/examples")
PATIENCE_SECONDS = 15
NAMESPACES = ["/", "/custom"]
BYTES = bytes(range(256))


class Scenarios:
    """Run once per transport by the classes at the end of this file."""

    transports = None

    @classmethod
    def setUpClass(cls):
        example = subprocess.Popen(
            [f"{EXAMPLES}/socketio_conformance"],
            env={"PORT": "0"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        cls.addClassCleanup(example.stdout.close)
        cls.addClassCleanup(example.wait)
        cls.addClassCleanup(example.kill)
        cls.url = example.stdout.readline().removeprefix("listening on ").strip()

    def setUp(self):
        self.client = socketio.Client(reconnection=False)
        self.addCleanup(self.client.disconnect)
        self.received = {}
        for namespace in NAMESPACES:
            for event in ("auth", "message-back"):
                kept = self.received[namespace, event] = queue.SimpleQueue()
                keep = lambda *args, kept=kept: kept.put(args)
                self.client.on(event, keep, namespace=namespace)
        self.client.connect(
            self.url,
            auth={"token": "t"},
            transports=self.transports,
            namespaces=NAMESPACES,
            wait_timeout=PATIENCE_SECONDS,
        )

    def next(self, namespace, event):
        return self.received[namespace, event].get(timeout=PATIENCE_SECONDS)

    def test_several_namespaces(self):
        for namespace in NAMESPACES:
            self.assertEqual(self.next(namespace, "auth"), ({"token": "t"},))
        self.assertNotEqual(self.client.get_sid("/"), self.client.get_sid("/custom"))

    def test_bytes_wherever_they_stand(self):
        args = (BYTES, "text", {"deep": [{"bytes": b"\x01\x02"}], "none": b""})
        for namespace in NAMESPACES:
            self.client.emit("message", args, namespace=namespace)
            self.assertEqual(self.next(namespace, "message-back"), args)

    def test_acknowledgements(self):
        for namespace in NAMESPACES:
            answer = self.client.call(
                "message-with-ack", ({"a": [1]}, BYTES), namespace, timeout=PATIENCE_SECONDS
            )
            self.assertEqual(tuple(answer), ({"a": [1]}, BYTES))

    def test_nobody_answers(self):
        with self.assertRaises(socketio.exceptions.TimeoutError):
            self.client.call("nobody-answers", timeout=0.05)

    def test_large_messages(self):
        large = "x" * 500_000
        answer = self.client.call("message-with-ack", large, timeout=PATIENCE_SECONDS)
        self.assertEqual(answer, large)


class WebsocketOnly(Scenarios, unittest.TestCase):
    transports = ["websocket"]


class PollingOnly(Scenarios, unittest.TestCase):
    transports = ["polling"]


class PollingThenUpgrade(Scenarios, unittest.TestCase):
    transports = None
