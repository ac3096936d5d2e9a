//! Bookings and payments that make no sense: one clear answer each, to a customer and to a guest
//! alike, and nothing is written. Faults in single fields of a body are in [`super::bookings`].

use serde_json::{Value, json};

use crate::support::api::{Answer, Api};
use crate::support::clock::on_day;
use crate::support::event_reader::watch;
use crate::support::world::{CARD_THAT_PAYS, World, id, payment, text_at};

/// A booking of some passengers over a whole route, on any seats.
fn booking(routes: &[&Value]) -> Value {
    let journey = |route: &&Value| {
        json!({
            "routeId": id(route),
            "fromCity": route["fromCity"],
            "toCity": route["toCity"],
            "passengers": [{"gender": "FEMALE", "passengerName": "Ayşe Yılmaz"}],
        })
    };
    json!({
        "journeys": routes.iter().map(journey).collect::<Vec<_>>(),
        "contact": {"phone": "5321234567"},
    })
}

fn with_token(route: &Value, token: &str) -> Value {
    let mut form = booking(&[route]);
    form["journeys"][0]["holdToken"] = json!(token);
    form
}

fn hold(by: &Api, route: &Value, seat: u16) -> String {
    let form = json!({"routeId": id(route), "fromCity": route["fromCity"],
        "toCity": route["toCity"], "seatNumbers": [seat]});
    text_at(&by.post("/holds", &form).ok(201), "holdToken").to_owned()
}

fn keyed(by: &Api, path: &str, key: &str, body: &Value) -> Answer {
    by.send("POST", path, &[("idempotency-key", key)], Some(body.to_string().as_bytes()))
}

/// A customer and a guest.
fn both(world: &World) -> [&Api; 2] {
    [&world.owner, &world.nobody]
}

#[test]
fn a_hold_that_is_not_of_this_journey_books_nothing_and_stays() {
    let world = World::new();
    let (route, other) = (world.some_route(), world.some_route());
    let token = hold(&world.stranger, &other, 3);
    for by in both(&world) {
        by.post("/bookings", &with_token(&route, &token)).problem(400, "hold_elsewhere");
        let mut shorter = with_token(&other, &token);
        shorter["journeys"][0]["toCity"] = json!("Bolu");
        by.post("/bookings", &shorter).problem(400, "hold_elsewhere");
        let unknown = with_token(&route, "bm9ib2R5IGdhdmUgdGhpcyB0b2tlbiBvdXQ");
        by.post("/bookings", &unknown).problem(404, "hold_not_found");
        // On the way back as on the way out.
        let mut back = booking(&[&world.route(on_day(2, 9, 0)), &route]);
        back["journeys"][1]["holdToken"] = json!(token);
        by.post("/bookings", &back).problem(400, "hold_elsewhere");
    }
    assert_eq!([world.seq(id(&route)), world.seq(id(&other))], [0, 1], "nothing was written");
    world.nobody.get(&format!("/holds/{token}")).ok(200);
}

#[test]
fn a_hold_that_has_ended_books_nothing() {
    let world = World::with(|launch| launch.setting("SEAT_HOLD_SECONDS", "1"));
    let route = world.some_route();
    let mut events = watch(&world.nobody, id(&route), None);
    assert_eq!(events.next().name, "subscribed");
    let ran_out = hold(&world.nobody, &route, 3);
    for reason in ["held", "expired"] {
        assert_eq!(events.seat_update()["metadata"]["reason"], reason);
    }
    let let_go = hold(&world.nobody, &route, 4);
    assert_eq!(world.nobody.call("DELETE", &format!("/holds/{let_go}")).status, 204);
    for by in both(&world) {
        for token in [&ran_out, &let_go] {
            by.post("/bookings", &with_token(&route, token)).problem(409, "hold_expired");
        }
    }
    assert_eq!(world.seq(id(&route)), 4, "nothing was written");
}

#[test]
fn a_way_back_that_leaves_before_one_has_arrived_is_no_way_back() {
    let world = World::new();
    let (first, second) = (world.route(on_day(3, 9, 0)), world.route(on_day(5, 9, 0)));
    for by in both(&world) {
        for journeys in [[&second, &first], [&first, &first]] {
            let answer = by.post("/bookings", &booking(&journeys));
            answer.problem(400, "return_before_arrival");
            assert_eq!(answer.pointers(), ["/journeys/1"]);
        }
    }
    assert_eq!([world.seq(id(&first)), world.seq(id(&second))], [0, 0]);
}

/// There is only one currency, so no client names it.
#[test]
fn another_currency_is_refused_by_name() {
    let world = World::new();
    let (out, back) = (world.route(on_day(3, 9, 0)), world.route(on_day(5, 9, 0)));
    let mut form = booking(&[&out, &back]);
    form["journeys"][0]["currency"] = json!("TRY");
    form["journeys"][1]["currency"] = json!("EUR");
    for by in both(&world) {
        let answer = by.post("/bookings", &form);
        answer.problem(400, "validation_failed");
        assert_eq!(answer.pointers(), ["/journeys/0/currency"]);
    }
    assert_eq!([world.seq(id(&out)), world.seq(id(&back))], [0, 0]);
    let booked = world.nobody.post("/bookings", &booking(&[&out])).ok(201);
    let mut form = payment("", CARD_THAT_PAYS);
    form.as_object_mut().unwrap().remove("ticketId");
    form["bookingId"] = booked["id"].clone();
    for own in ["pnrNumber", "phone"] {
        form[own] = if own == "phone" { json!("5321234567") } else { booked[own].clone() };
    }
    for (field, value) in [("currency", json!("EUR")), ("amount", json!(1))] {
        let mut form = form.clone();
        form[field] = value;
        for by in [&world.nobody, &world.agent] {
            let answer = by.post("/payments", &form);
            answer.problem(400, "validation_failed");
            assert_eq!(answer.pointers(), [format!("/{field}")]);
        }
    }
    assert_eq!(world.seq(id(&out)), 1, "nothing was paid");
    assert_eq!(world.nobody.post("/payments", &form).ok(200)["payment"]["currency"], "TRY");
}

#[test]
fn a_key_that_is_none_or_was_used_for_something_else_writes_nothing() {
    let world = World::new();
    let route = world.some_route();
    let form = booking(&[&route]);
    for (number, by) in both(&world).into_iter().enumerate() {
        let before = world.seq(id(&route));
        for bad in ["", "two words", "ü", &"k".repeat(256), &"k".repeat(300)] {
            keyed(by, "/bookings", bad, &form).problem(400, "malformed_idempotency_key");
        }
        if by.token.is_none() {
            let short = keyed(by, "/bookings", &"k".repeat(21), &form);
            short.problem(400, "malformed_idempotency_key");
        }
        assert_eq!(world.seq(id(&route)), before);
        let key = format!("one-key-of-22-characters-or-more-{number}");
        keyed(by, "/bookings", &key, &form).ok(201);
        let mut other = form.clone();
        other["contact"]["phone"] = json!("5321234568");
        keyed(by, "/bookings", &key, &other).problem(422, "idempotency_key_reused");
        keyed(by, "/holds", &key, &form).problem(422, "idempotency_key_reused");
        assert_eq!(world.seq(id(&route)), before + 1);
    }
}
