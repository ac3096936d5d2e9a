"""The REST side as a client sees it: one caller with one token, and calls that say what they
expect."""

import datetime
import itertools

import requests

CALL_SECONDS = 30
GOOD_CARD = "5528790000000008"
DECLINED_CARD = "4111111111111111"

_numbers = itertools.count(1)


class Caller:
    def __init__(self, url, token=None):
        self.url = url
        self.token = token

    @classmethod
    def demo(cls, url, who):
        """One of the demo people: customer, agent or admin."""
        credentials = {"email": f"{who}@seatwire.example", "password": f"{who}-demo-1"}
        answer = cls(url).expect(200, "POST", "/auth/login", credentials)
        return cls(url, answer["token"])

    def call(self, method, path, body=None):
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return requests.request(
            method, self.url + path, json=body, headers=headers, timeout=CALL_SECONDS
        )

    def expect(self, status, method, path, body=None):
        """The body of a call that must be answered with this status."""
        answer = self.call(method, path, body)
        if answer.status_code != status:
            raise AssertionError(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json()

    def book(self, route, seat_number, **more):
        return self.expect(201, "POST", "/tickets", _booking(route, seat_number, more))

    def try_to_book(self, route, seat_number):
        return self.call("POST", "/tickets", _booking(route, seat_number, {}))

    def pay(self, ticket, card_number=GOOD_CARD):
        card = {
            "ticketId": ticket["id"],
            "cardHolderName": "Deniz Yolcu",
            "cardNumber": card_number,
            "expireMonth": "12",
            "expireYear": "2030",
            "cvc": "123",
        }
        return self.expect(200, "POST", "/payments", card)

    def change(self, ticket, how):
        """`how`: cancel, suspend or confirm."""
        return self.expect(200, "PATCH", f"/tickets/{ticket['id']}/{how}")

    def new_route(self, seat_count=40):
        """A bus and a departure of it, three days ahead, with no event yet; for an admin."""
        number = next(_numbers)
        bus = {"plate": f"06 PY {1000 + number}", "model": "Travego", "seatCount": seat_count}
        bus_id = self.expect(201, "POST", "/buses", bus)["id"]
        day = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=3)
        times = [
            day.replace(hour=hour, minute=0, second=0, microsecond=0).strftime("%Y-%m-%dT%H:%M:%S.000Z")
            for hour in (9, 11, 13)
        ]
        route = {
            "fromCity": "Istanbul",
            "toCity": "Ankara",
            "stations": [{"station": "Bolu", "time": times[1]}],
            "departureTime": times[0],
            "arrivalTime": times[2],
            "price": 450,
            "busId": bus_id,
        }
        return self.expect(201, "POST", "/routes", route)


def _booking(route, seat_number, more):
    return {
        "routeId": route["id"],
        "fromCity": route["fromCity"],
        "toCity": route["toCity"],
        "seatNumber": seat_number,
        "gender": "FEMALE",
        "userPhoneNumber": "5551234567",
        "passengerName": "Deniz Yolcu",
        **more,
    }
