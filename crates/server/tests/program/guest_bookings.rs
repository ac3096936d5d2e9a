//! Bookings of a guest without an account: made, paid, read and cancelled by code and phone number.

use serde_json::{Value, json};

use crate::bad_values::NOWHERE;
use crate::support::api::{Answer, Api};
use crate::support::clock::on_day;
use crate::support::event_reader::watch;
use crate::support::world::{CARD_THAT_PAYS, World, id, payment, text_at};

const PHONE: &str = "+90 532 123 45 67";
/// The shortest idempotency key that a guest may use.
const KEY: &str = "a-guests-key-of-22-ch-";

/// A journey over the whole route.
fn journey(route: &Value, seats: &[Option<u16>]) -> Value {
    let passenger = |seat: &Option<u16>| match seat {
        Some(seat) => {
            json!({"gender": "FEMALE", "passengerName": "Ayşe Yılmaz", "seatNumber": seat})
        }
        None => json!({"gender": "FEMALE", "passengerName": "Ayşe Yılmaz"}),
    };
    json!({
        "routeId": id(route),
        "fromCity": route["fromCity"],
        "toCity": route["toCity"],
        "passengers": seats.iter().map(passenger).collect::<Vec<_>>(),
    })
}

fn booking(journeys: &[Value]) -> Value {
    json!({"journeys": journeys, "contact": {"phone": PHONE}})
}

fn pair(booking: &Value) -> Value {
    json!({"pnrNumber": booking["pnrNumber"], "phone": "0532 123 45 67"})
}

fn card(field: &str, named: &str, pair: &Value) -> Value {
    let mut form = payment(named, CARD_THAT_PAYS);
    let named = form.as_object_mut().unwrap().remove("ticketId").unwrap();
    form[field] = named;
    form["pnrNumber"] = pair["pnrNumber"].clone();
    form["phone"] = pair["phone"].clone();
    form
}

fn by_id(booking_id: &str, pair: &Value) -> String {
    let (pnr, phone) = (text_at(pair, "pnrNumber"), text_at(pair, "phone").replace(' ', ""));
    format!("/bookings/{booking_id}?pnrNumber={pnr}&phone={phone}")
}

fn cancelled(api: &Api, booking: &Value, pair: &Value) -> Answer {
    api.patch(&format!("/bookings/{}/cancel", id(booking)), pair)
}

fn money(booking: &Value) -> [i64; 3] {
    ["total", "paid", "refunded"].map(|field| booking[field].as_i64().unwrap() / 750)
}

fn fields(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn a_guest_books_there_and_back_pays_reads_and_cancels() {
    let world = World::new();
    let guest = &world.nobody;
    let (out, back) = (world.route(on_day(3, 9, 0)), world.route(on_day(5, 9, 0)));
    let seats = json!({"routeId": id(&out), "fromCity": "İstanbul", "toCity": "Ankara",
        "seatNumbers": [5, 6, 7]});
    let held = guest.post("/holds", &seats).ok(201);
    let mut way_out = journey(&out, &[Some(6), None]);
    way_out["holdToken"] = held["holdToken"].clone();
    let journeys = [way_out, journey(&back, &[None, None])];
    let booked = guest.post("/bookings", &booking(&journeys));
    assert_eq!(booked.header("etag"), None, "nothing that If-Match could name");
    let booked = booked.ok(201);
    let public = ["expiresAt", "id", "paid", "pnrNumber", "refunded", "status", "tickets", "total"];
    assert_eq!(fields(&booked), public);
    let ticket = &booked["tickets"][0];
    for kept in ["userPhoneNumber", "tcKimlikNo", "passport", "issuedById", "user", "userId"] {
        assert_eq!(ticket.get(kept), None, "{kept}");
    }
    assert_eq!(ticket["passengerName"], "A. Y.");
    assert_eq!([&ticket["seatNumber"], &booked["tickets"][1]["seatNumber"]], [6, 5]);
    assert_eq!((booked["status"].as_str(), money(&booked)), (Some("RESERVED"), [4, 0, 0]));
    assert_eq!(ticket["expiresAt"], booked["expiresAt"]);
    // Three held, one released, two booked.
    assert_eq!([world.seq(id(&out)), world.seq(id(&back))], [6, 2]);
    // Staff see a ticket without an account.
    let seen = world.agent.get(&format!("/tickets/{}", id(ticket))).ok(200);
    for none in ["userId", "user", "issuedById", "issuedBy"] {
        assert_eq!(seen[none], Value::Null, "{none}");
    }
    assert_eq!(seen["userPhoneNumber"], "5321234567");
    let listed = world.agent.get(&format!("/tickets?issuedById={NOWHERE}")).ok(200);
    assert_eq!(listed, json!([]));
    let search = format!("/tickets/search?pnrNumber={}", text_at(&booked, "pnrNumber"));
    assert_eq!(world.agent.get(&search).ok(200).as_array().unwrap().len(), 4);

    let shown = pair(&booked);
    let path = by_id(id(&booked), &shown);
    assert_eq!(guest.get(&path).ok(200), booked);
    let by_code = format!("/bookings/pnr/{}?phone=5321234567", text_at(&booked, "pnrNumber"));
    assert_eq!(guest.get(&by_code).ok(200), booked);

    let mut declined = card("bookingId", id(&booked), &shown);
    declined["cardNumber"] = json!("5528790000001111");
    assert_eq!(guest.post("/payments", &declined).ok(200)["errorCode"], "INSUFFICIENT_FUNDS");
    let form = card("ticketId", id(ticket), &shown);
    let paid = guest.post("/payments", &form).ok(200);
    assert_eq!((&paid["success"], &paid["payment"]["amount"]), (&json!(true), &json!(4 * 750)));
    assert_eq!(paid["ticket"]["id"], ticket["id"]);
    let confirmed = guest.get(&path).ok(200);
    assert_eq!((confirmed["status"].as_str(), money(&confirmed)), (Some("CONFIRMED"), [4, 4, 0]));
    guest.post("/payments", &form).problem(409, "already_paid");
    for api in [&world.owner, &world.stranger, &world.agent] {
        assert_eq!(api.get("/payments/history").ok(200), json!([]), "nobody's account paid");
    }
    // One ticket, then the others.
    let one = guest.patch(&format!("/tickets/{}/cancel", id(ticket)), &shown).ok(200);
    assert_eq!(one["paymentStatus"], "REFUNDED");
    let left = guest.get(&path).ok(200);
    assert_eq!((left["status"].as_str(), money(&left)), (Some("PARTLY_CANCELLED"), [3, 4, 1]));
    let none = cancelled(guest, &booked, &shown).ok(200);
    assert_eq!(fields(&none), public);
    assert_eq!((none["status"].as_str(), money(&none)), (Some("CANCELLED"), [0, 4, 4]));
    cancelled(guest, &booked, &shown).problem(409, "invalid_transition");
    // The audit records a guest without an id, and nothing that a guest sends as proof.
    let trail = world.admin.get(&format!("/audit?bookingId={}&limit=100", id(&booked))).ok(200);
    let trail = trail.as_array().unwrap();
    let count = |action: &str| trail.iter().filter(|row| row["action"] == action).count();
    assert_eq!([count("booked"), count("paid"), count("refunded")], [4, 4, 4], "{trail:#?}");
    let by_guest =
        |row: &Value| row["actor"] == json!({"type": "GUEST"}) || row["action"] == "read";
    assert!(trail.iter().all(by_guest), "{trail:#?}");
    assert!(!json!(trail).to_string().contains("5321234567"));
    world.booked(&world.stranger, &out, 6);
}

/// How a guest asks about a booking or one of its tickets.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Asks {
    Read,
    PayBooking,
    PayTicket,
    CancelBooking,
    CancelTicket,
}

impl Asks {
    /// `key`: for writes.
    fn send(self, by: &Api, of: (&str, &str), pair: &Value, key: &str) -> Answer {
        let (booking, ticket) = of;
        let (method, path, body) = match self {
            Self::Read => return by.get(&by_id(booking, pair)),
            Self::PayBooking => ("POST", "/payments".into(), card("bookingId", booking, pair)),
            Self::PayTicket => ("POST", "/payments".into(), card("ticketId", ticket, pair)),
            Self::CancelBooking => ("PATCH", format!("/bookings/{booking}/cancel"), pair.clone()),
            Self::CancelTicket => ("PATCH", format!("/tickets/{ticket}/cancel"), pair.clone()),
        };
        by.send(method, &path, &[("idempotency-key", key)], Some(body.to_string().as_bytes()))
    }

    fn not_found(self) -> &'static str {
        match self {
            Self::PayTicket | Self::CancelTicket => "ticket_not_found",
            _ => "booking_not_found",
        }
    }
}

#[test]
fn what_is_not_a_guests_is_answered_alike_and_guessing_is_slowed_down() {
    use Asks::{CancelBooking, CancelTicket, PayBooking, PayTicket, Read};
    for asks in [Read, PayBooking, PayTicket, CancelBooking, CancelTicket] {
        let world = World::new();
        let guest = &world.nobody;
        let route = world.some_route();
        let mine = guest.post("/bookings", &booking(&[journey(&route, &[None, None])])).ok(201);
        let other = world.owner.post("/bookings", &booking(&[journey(&route, &[None])])).ok(201);
        let right = pair(&mine);
        let mut wrong_phone = right.clone();
        wrong_phone["phone"] = json!("0532 123 45 68");
        let unknown = json!({"pnrNumber": "VV00ZZZZZ", "phone": PHONE});
        let no_code = json!({"pnrNumber": "nothing", "phone": PHONE});
        let (its, nothing) = ((id(&mine), id(&mine["tickets"][0])), (NOWHERE, NOWHERE));
        let told = |number: usize, of, pair: &Value| {
            let answer = asks.send(guest, of, pair, &format!("{KEY}{number}"));
            let mut problem = answer.problem(404, asks.not_found());
            for own in ["requestId", "instance"] {
                problem[own] = Value::Null;
            }
            problem
        };
        let wrong_phone_said = told(0, its, &wrong_phone);
        let others =
            [(its, &pair(&other)), (nothing, &right), (nothing, &unknown), (its, &no_code)];
        for (number, (of, pair)) in (1..).zip(others) {
            assert_eq!(told(number, of, pair), wrong_phone_said, "{asks:?} {number}");
        }
        let slowed = (10..30)
            .map(|number| asks.send(guest, its, &wrong_phone, &format!("{KEY}{number}")))
            .find(|answer| answer.status == 429);
        let slowed = slowed.expect("guessing costs a wait");
        slowed.problem(429, "too_many_wrong_pairs");
        assert!(slowed.header("retry-after").is_some());
        assert_eq!(world.seq(id(&route)), 3, "nothing was written");
        let seen = world.agent.get(&format!("/bookings/{}", id(&mine))).ok(200);
        assert_eq!((seen["status"].as_str(), money(&seen)), (Some("RESERVED"), [2, 0, 0]));
    }
}

/// An answer that is kept under a key does not check the pair, so it does not make up for wrong
/// ones.
#[test]
fn a_repeat_under_a_key_does_not_reset_what_guessing_costs() {
    let world = World::new();
    let guest = &world.nobody;
    let route = world.some_route();
    let mine = guest.post("/bookings", &booking(&[journey(&route, &[None])])).ok(201);
    let path = format!("/bookings/{}/cancel", id(&mine));
    let guess = |key: &str, last: u32| {
        let body = json!({"pnrNumber": mine["pnrNumber"], "phone": format!("053212346{last:02}")});
        guest.send("PATCH", &path, &[("idempotency-key", key)], Some(body.to_string().as_bytes()))
    };
    let slowed = (0..20).find(|number| {
        let key = format!("{KEY}{number}");
        // Sent three times each: the first is a guess, the others are repeats.
        (0..3).any(|_| guess(&key, *number).status == 429)
    });
    assert!(slowed.is_some(), "guessing costs a wait");
}

#[test]
fn who_shows_neither_login_nor_pair_is_told_so() {
    let world = World::new();
    let guest = &world.nobody;
    let route = world.some_route();
    let mine = guest.post("/bookings", &booking(&[journey(&route, &[None])])).ok(201);
    let path = format!("/bookings/{}", id(&mine));
    guest.get(&path).problem(401, "unauthorized");
    guest.call("PATCH", &format!("{path}/cancel")).problem(401, "unauthorized");
    let mut form = card("bookingId", id(&mine), &pair(&mine));
    form.as_object_mut().unwrap().retain(|field, _| field != "phone" && field != "pnrNumber");
    guest.post("/payments", &form).problem(401, "unauthorized");
    // Half a pair, and a text that is not a number.
    for (field, value) in [("pnrNumber", "VV00AAAAA"), ("phone", PHONE)] {
        let other = if field == "phone" { "/pnrNumber" } else { "/phone" };
        let mut half = form.clone();
        half[field] = json!(value);
        for answer in [
            guest.post("/payments", &half),
            guest.get(&format!("{path}?{field}=5321234567")),
            guest.patch(&format!("{path}/cancel"), &json!({field: value})),
        ] {
            assert_eq!((answer.status, answer.pointers()), (400, vec![other.to_owned()]));
        }
    }
    let bad = json!({"pnrNumber": mine["pnrNumber"], "phone": "12"});
    for answer in [
        guest.post("/payments", &card("bookingId", id(&mine), &bad)),
        guest.get(&by_id(id(&mine), &bad)),
        guest.patch(&format!("{path}/cancel"), &bad),
    ] {
        assert_eq!((answer.status, answer.pointers()), (400, vec!["/phone".to_owned()]));
    }
    // A single ticket needs a login, and so does everything else that changes one.
    let form = crate::support::world::booking(&route, 30);
    guest.post("/tickets", &form).problem(401, "unauthorized");
    let ticket = format!("/tickets/{}", id(&mine["tickets"][0]));
    guest.patch(&ticket, &pair(&mine)).problem(401, "unauthorized");
    guest
        .post(&format!("/payments/refund/{}", id(&mine["tickets"][0])), &pair(&mine))
        .problem(401, "unauthorized");
    // A bad token does not make a guest.
    world
        .nobody
        .with_token("x")
        .post("/bookings", &booking(&[journey(&route, &[None])]))
        .problem(401, "unauthorized");
    assert_eq!(world.seq(id(&route)), 1);
}

#[test]
fn a_guests_writes_under_a_key_act_once() {
    let world = World::new();
    let guest = &world.nobody;
    let route = world.some_route();
    let send = |key: &str, method: &str, path: &str, body: &Value| {
        guest.send(method, path, &[("idempotency-key", key)], Some(body.to_string().as_bytes()))
    };
    let form = booking(&[journey(&route, &[Some(1), Some(2)])]);
    let short = &KEY[..21];
    send(short, "POST", "/bookings", &form).problem(400, "malformed_idempotency_key");
    send(&"k".repeat(300), "POST", "/bookings", &form).problem(400, "malformed_idempotency_key");
    assert_eq!(world.seq(id(&route)), 0, "nothing was written");
    let book = || send(KEY, "POST", "/bookings", &form);
    let answers = std::thread::scope(|scope| {
        let racing: Vec<_> = (0..16).map(|_| scope.spawn(book)).collect();
        racing.into_iter().map(|one| one.join().expect("answered")).collect::<Vec<_>>()
    });
    let booked = answers[0].ok(201);
    assert!(answers.iter().all(|answer| answer.text() == answers[0].text()));
    assert_eq!(world.seq(id(&route)), 2);
    let other = booking(&[journey(&route, &[Some(3)])]);
    send(KEY, "POST", "/bookings", &other).problem(422, "idempotency_key_reused");
    assert_eq!(world.seq(id(&route)), 2);

    let (pay, cancel) = (format!("{KEY}-pay"), format!("{KEY}-cancel"));
    let form = card("bookingId", id(&booked), &pair(&booked));
    let paid = send(&pay, "POST", "/payments", &form);
    assert_eq!(paid.ok(200)["success"], true);
    let repeat = send(&pay, "POST", "/payments", &form);
    assert_eq!((repeat.text(), repeat.header("idempotent-replayed")), (paid.text(), Some("true")));
    let path = format!("/bookings/{}/cancel", id(&booked));
    let cancelled = send(&cancel, "PATCH", &path, &pair(&booked));
    assert_eq!(money(&cancelled.ok(200)), [0, 2, 2]);
    let repeat = send(&cancel, "PATCH", &path, &pair(&booked));
    assert_eq!(repeat.text(), cancelled.text());
    assert_eq!(repeat.header("idempotent-replayed"), Some("true"));
    assert_eq!(world.seq(id(&route)), 8, "booked, paid, and cancelled with its seat free");
}

#[test]
fn a_guests_payment_that_fails_keeps_the_reservation_longer_once() {
    // As long as a hold, at most five minutes: a longer one would not be extended.
    let world = World::with(|launch| launch.setting("HOLD_SECONDS", "60"));
    let guest = &world.nobody;
    let booked = guest.post("/bookings", &booking(&[journey(&world.some_route(), &[Some(4)])]));
    let booked = booked.ok(201);
    let shown = pair(&booked);
    let mut declined = card("bookingId", id(&booked), &shown);
    declined["cardNumber"] = json!("5528790000001111");
    let extended = (0..2).map(|_| {
        assert_eq!(guest.post("/payments", &declined).ok(200)["success"], false);
        let seen = guest.get(&by_id(id(&booked), &shown)).ok(200);
        text_at(&seen, "expiresAt").to_owned()
    });
    let extended: Vec<_> = extended.collect();
    assert!(extended[0].as_str() > text_at(&booked, "expiresAt"), "{extended:?}");
    assert_eq!(extended[1], extended[0], "once");
}

#[test]
fn a_guests_reservation_ends_unpaid() {
    let world = World::with(|launch| launch.setting("HOLD_SECONDS", "1"));
    let guest = &world.nobody;
    let route = world.some_route();
    let mut events = watch(guest, id(&route), None);
    assert_eq!(events.next().name, "subscribed");
    let booked = guest.post("/bookings", &booking(&[journey(&route, &[Some(4)])])).ok(201);
    assert_eq!(events.seat_update()["metadata"]["reason"], "booked");
    let shown = pair(&booked);
    for kind in ["seat_cancelled", "seat_available"] {
        let told = events.seat_update();
        assert_eq!([&told["eventType"], &told["metadata"]["reason"]], [kind, "expired"]);
    }
    let gone = guest.get(&by_id(id(&booked), &shown)).ok(200);
    assert_eq!((&gone["status"], &gone["expiresAt"]), (&json!("CANCELLED"), &Value::Null));
    let late = card("bookingId", id(&booked), &shown);
    guest.post("/payments", &late).problem(409, "invalid_transition");
    world.booked(&world.owner, &route, 4);
}

#[test]
fn guests_keep_the_neighbour_rule_and_do_not_insist() {
    let world = World::with(|launch| launch.setting("NEIGHBOUR_RULE", "same_gender"));
    let guest = &world.nobody;
    let route = world.some_route();
    guest.post("/bookings", &booking(&[journey(&route, &[Some(1)])])).ok(201);
    let mut form = booking(&[journey(&route, &[Some(2)])]);
    form["journeys"][0]["passengers"][0]["gender"] = json!("MALE");
    let refused = guest.post("/bookings", &form).problem(409, "neighbour_rule");
    assert_eq!(refused["seatsThatWouldDo"][0], 3);
    form["ignoreNeighbourRule"] = json!(true);
    guest.post("/bookings", &form).problem(403, "role_required");
    assert_eq!(world.seq(id(&route)), 1);
}
