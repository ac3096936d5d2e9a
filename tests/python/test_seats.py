"""The essential scenarios with the stock Python client, over each of its transports."""

import unittest

import socketio

from caller import DECLINED_CARD, Caller
from seatwire_process import Seatwire
from viewer import NAMESPACE, Viewer

NOBODY_KNOWS = "01900000-0000-7000-8000-000000000000"


def kinds(updates):
    return [(update["seq"], update["eventType"], update["seatNumber"]) for update in updates]


class Scenarios:
    """Run once per transport by the classes at the end of this file."""

    transports = None

    @classmethod
    def setUpClass(cls):
        cls.seatwire = Seatwire()
        cls.addClassCleanup(cls.seatwire.stop)
        cls.customer = Caller.demo(cls.seatwire.url, "customer")
        cls.agent = Caller.demo(cls.seatwire.url, "agent")
        cls.admin = Caller.demo(cls.seatwire.url, "admin")

    def viewer(self, route=None, auth=None):
        viewer = Viewer()
        self.addCleanup(viewer.close)
        viewer.connect(self.seatwire.url, self.transports, auth)
        if route is not None:
            viewer.subscribe(route)
        return viewer

    def test_connection(self):
        viewer = self.viewer(auth={"token": self.customer.token})
        viewer.wait_for("connect")
        self.assertTrue(viewer.client.connected)
        expected = "websocket" if self.transports != ["polling"] else "polling"
        self.assertEqual(viewer.client.transport(), expected)

    def test_bad_token(self):
        viewer = Viewer()
        self.addCleanup(viewer.close)
        with self.assertRaises(socketio.exceptions.ConnectionError):
            viewer.connect(self.seatwire.url, self.transports, {"token": "not.a.token"})
        self.assertEqual(viewer.wait_for("connect_error")["message"], "Unauthorized")

    def test_subscription_and_unsubscription(self):
        left, kept = self.admin.new_route(), self.admin.new_route()
        viewer = self.viewer()
        for route in (left, kept):
            ack = viewer.subscribe(route)
            self.assertEqual(
                ack,
                {
                    "routeId": route["id"],
                    "message": f"Successfully subscribed to route {route['id']}",
                    "seq": 0,
                },
            )
            viewer.wait_for("subscribed", lambda data, ack=ack: data == ack)
        bye = viewer.ask("unsubscribe_route", {"routeId": left["id"]})
        self.assertEqual(viewer.wait_for("unsubscribed"), bye)
        self.customer.book(left, 1)
        self.customer.book(kept, 1)
        # Committed later, so it would have arrived later.
        viewer.update(kept, 1)
        self.assertEqual(viewer.updates(left), [])

    def test_reservation_and_payment(self):
        route = self.admin.new_route()
        viewer = self.viewer(route)
        ticket = self.customer.book(route, 15, gender="MALE")
        update = viewer.update(route, 1)
        self.assertEqual(update["ticketId"], ticket["id"])
        self.assertEqual(update["pnrNumber"], ticket["pnrNumber"])
        self.assertEqual((update["fromStopIndex"], update["toStopIndex"]), (0, 2))
        self.assertEqual(update["metadata"]["gender"], "MALE")
        self.assertFalse(self.customer.pay(ticket, DECLINED_CARD)["success"])
        self.assertTrue(self.customer.pay(ticket)["success"])
        viewer.update(route, 2)
        self.assertEqual(
            kinds(viewer.updates(route)), [(1, "seat_reserved", 15), (2, "seat_confirmed", 15)]
        )

    def test_suspension(self):
        route = self.admin.new_route()
        viewer = self.viewer(route)
        ticket = self.agent.book(route, 7)
        self.agent.change(ticket, "suspend")
        self.agent.change(ticket, "confirm")
        viewer.update(route, 3)
        self.assertEqual(
            kinds(viewer.updates(route)),
            [(1, "seat_confirmed", 7), (2, "seat_suspended", 7), (3, "seat_confirmed", 7)],
        )

    def test_cancellation(self):
        route = self.admin.new_route()
        viewer = self.viewer(route)
        ticket = self.customer.book(route, 20)
        self.customer.change(ticket, "cancel")
        available = viewer.update(route, 3)
        self.assertEqual(
            kinds(viewer.updates(route))[1:], [(2, "seat_cancelled", 20), (3, "seat_available", 20)]
        )
        self.assertNotIn("ticketId", available)
        self.assertNotIn("pnrNumber", available)

    def test_several_clients_see_the_same(self):
        route = self.admin.new_route()
        viewers = [self.viewer(route) for _ in range(3)]
        for seat in (1, 2, 3):
            self.customer.book(route, seat)
        self.assertEqual(self.customer.try_to_book(route, 2).status_code, 409)
        self.agent.book(route, 4)
        for viewer in viewers:
            viewer.update(route, 4)
            self.assertEqual(viewer.updates(route), viewers[0].updates(route))
        self.assertEqual([seq for seq, _, _ in kinds(viewers[0].updates(route))], [1, 2, 3, 4])

    def test_errors(self):
        viewer = self.viewer()
        cases = [
            ({}, "route_id_required"),
            ({"routeId": ""}, "route_id_required"),
            ({"routeId": NOBODY_KNOWS}, "route_not_found"),
        ]
        for count, (data, code) in enumerate(cases, start=1):
            ack = viewer.ask("subscribe_route", data)
            self.assertEqual(ack["code"], code)
            self.assertEqual(viewer.wait_for("error", count=count), ack)
        self.assertTrue(viewer.client.connected)

    def test_seat_availability(self):
        route = self.admin.new_route(seat_count=5)
        self.customer.book(route, 2, toCity="Bolu")
        viewer = self.viewer(route)
        ack = viewer.ask("get_seat_availability", {"routeId": route["id"], "fromCity": "Bolu"})
        self.assertEqual(ack["availableSeats"], [1, 2, 3, 4, 5])
        self.assertEqual(viewer.wait_for("seat_availability"), ack)
        whole = viewer.ask("get_seat_availability", {"routeId": route["id"]})
        self.assertEqual((whole["seq"], whole["availableSeats"]), (1, [1, 3, 4, 5]))

    def test_reconnection_after_the_server_was_killed(self):
        route = self.admin.new_route()
        viewer = Viewer()
        self.addCleanup(viewer.close)

        # What a frontend does: subscribe on every connect, without waiting for an answer.
        def subscribe():
            viewer.client.emit("subscribe_route", {"routeId": route["id"]}, namespace=NAMESPACE)

        viewer.client.on("connect", subscribe, namespace=NAMESPACE)
        viewer.connect(self.seatwire.url, self.transports)
        viewer.wait_for("subscribed")
        self.customer.book(route, 1)
        viewer.update(route, 1)
        self.seatwire.crash_and_restart()
        viewer.wait_for("subscribed", count=2)
        self.customer.book(route, 2)
        viewer.update(route, 2)
        self.assertEqual([seq for seq, _, _ in kinds(viewer.updates(route))], [1, 2])

    def test_resume_with_since(self):
        route = self.admin.new_route()
        for seat in (1, 2, 3):
            self.customer.book(route, seat)
        viewer = self.viewer()
        viewer.subscribe(route, since=1)
        viewer.update(route, 3)
        self.customer.book(route, 4)
        viewer.update(route, 4)
        self.assertEqual([seq for seq, _, _ in kinds(viewer.updates(route))], [2, 3, 4])


class WebsocketOnly(Scenarios, unittest.TestCase):
    transports = ["websocket"]


class PollingOnly(Scenarios, unittest.TestCase):
    transports = ["polling"]


class PollingThenUpgrade(Scenarios, unittest.TestCase):
    transports = None
