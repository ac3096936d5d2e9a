//! What the rules forbid: taken seats, closed sales, fixed routes; and that nothing was changed.

use serde_json::{Value, json};

use crate::support::clock::{minutes, now, on_day, text};
use crate::support::world::{CARD_THAT_PAYS, World, booking, id, pay, route_form, text_at};

#[test]
fn a_seat_is_sold_once() {
    let world = World::new();
    let route = world.some_route();
    let ticket = world.booked(&world.owner, &route, 1);
    for by in [&world.owner, &world.stranger, &world.agent, &world.admin] {
        by.post("/tickets", &booking(&route, 1)).problem(409, "seat_taken");
    }
    let other = world.booked(&world.stranger, &route, 2);
    let path = format!("/tickets/{}", id(&other));
    world.stranger.patch(&path, &json!({"seatNumber": 1})).problem(409, "seat_taken");
    let beyond = world.stranger.patch(&path, &json!({"seatNumber": 41}));
    beyond.problem(400, "seat_beyond_bus");
    assert_eq!(beyond.pointers(), ["/seatNumber"]);
    assert_eq!(world.seq(id(&route)), 2);
    // It is suspended, and its seat is sold to another; then the ticket cannot take it again.
    let path = |what: &str| format!("/tickets/{}/{what}", id(&ticket));
    world.agent.call("PATCH", &path("suspend")).ok(200);
    world.booked(&world.stranger, &route, 1);
    world.agent.call("PATCH", &path("confirm")).problem(409, "seat_taken");
    assert_eq!(world.seq(id(&route)), 4);
}

#[test]
fn a_ticket_changes_only_as_its_life_allows() {
    let world = World::new();
    let route = world.some_route();
    let states: [(&str, Value); 4] = [
        ("RESERVED", world.booked(&world.owner, &route, 1)),
        ("CONFIRMED", world.paid(&route, 2)),
        ("SUSPENDED", world.booked(&world.owner, &route, 3)),
        ("CANCELLED", world.booked(&world.owner, &route, 4)),
    ];
    let path = |ticket: &Value, what: &str| format!("/tickets/{}{what}", id(ticket));
    world.agent.call("PATCH", &path(&states[2].1, "/suspend")).ok(200);
    world.owner.call("DELETE", &path(&states[3].1, "")).ok(200);
    let seq = world.seq(id(&route));
    for (action, refused) in [
        ("/confirm", &["CONFIRMED", "CANCELLED"][..]),
        ("/suspend", &["SUSPENDED", "CANCELLED"]),
        ("/cancel", &["CANCELLED"]),
    ] {
        for (state, ticket) in states.iter().filter(|(state, _)| refused.contains(state)) {
            let answer = world.admin.call("PATCH", &path(ticket, action));
            assert_eq!(answer.status, 409, "{action} when {state}: {}", answer.text());
            answer.problem(409, "invalid_transition");
        }
    }
    let rename = json!({"passengerName": "X"});
    world.owner.patch(&path(&states[3].1, ""), &rename).problem(409, "invalid_transition");
    assert_eq!(world.seq(id(&route)), seq);
}

#[test]
fn customers_book_until_fifteen_minutes_before_their_own_stop() {
    let world = World::new();
    let route = world.route(now() + minutes(10));
    let late = world.owner.post("/tickets", &booking(&route, 1));
    late.problem(400, "too_late");
    let mut from_izmit = booking(&route, 2);
    from_izmit["fromCity"] = json!("İzmit");
    world.owner.post("/tickets", &from_izmit).ok(201);
    world.booked(&world.agent, &route, 1);
}

#[test]
fn on_a_route_off_sale_no_seat_is_taken_and_what_was_sold_stays() {
    let world = World::new();
    let route = world.some_route();
    let [to_pay, to_cancel, paid] = [1, 2, 3].map(|seat| world.booked(&world.owner, &route, seat));
    pay(&world.owner, id(&paid), CARD_THAT_PAYS).ok(200);
    let suspended = world.paid(&route, 4);
    let path = |ticket: &Value, what: &str| format!("/tickets/{}{what}", id(ticket));
    world.agent.call("PATCH", &path(&suspended, "/suspend")).ok(200);
    let route_path = format!("/routes/{}", id(&route));
    world.agent.patch(&route_path, &json!({"isActive": false})).ok(200);
    let seq = world.seq(id(&route));

    for by in [&world.owner, &world.agent, &world.admin] {
        by.post("/tickets", &booking(&route, 10)).problem(409, "route_inactive");
        let to_another_seat = by.patch(&path(&paid, ""), &json!({"seatNumber": 11}));
        to_another_seat.problem(409, "route_inactive");
        assert!(to_another_seat.pointers().is_empty(), "{}", to_another_seat.text());
        let again = by.call("PATCH", &path(&suspended, "/confirm"));
        let body = again.problem(409, "route_inactive");
        // The owner learns why, and what can still be done.
        let detail = text_at(&body, "detail");
        assert!(detail.contains("off sale") && detail.contains("still be paid"), "{detail}");
    }
    assert_eq!(world.seq(id(&route)), seq, "nothing came of it");
    let shown = world.owner.get(&path(&paid, "")).ok(200);
    assert_eq!(
        (&shown["status"], &shown["route"]["isActive"]),
        (&json!("CONFIRMED"), &json!(false))
    );

    world.owner.patch(&path(&paid, ""), &json!({"passengerName": "Can Öz"})).ok(200);
    assert_eq!(pay(&world.owner, id(&to_pay), CARD_THAT_PAYS).ok(200)["success"], true);
    world.owner.call("DELETE", &path(&to_cancel, "")).ok(200);
    world.owner.call("DELETE", &path(&suspended, "")).ok(200);

    world.agent.patch(&route_path, &json!({"isActive": true})).ok(200);
    world.owner.patch(&path(&paid, ""), &json!({"seatNumber": 11})).ok(200);
}

#[test]
fn a_route_with_events_keeps_its_bus_and_its_stops() {
    let world = World::new();
    let route = world.some_route();
    let path = format!("/routes/{}", id(&route));
    let other = world.bus("34 O 1");
    let bus_path = format!("/buses/{}", text_at(&route, "busId"));
    let later = json!({"departureTime": text(on_day(3, 9, 30))});
    world.agent.patch(&path, &later).ok(200);
    world.booked(&world.owner, &route, 1);
    for change in [
        json!({"toCity": "Konya"}),
        json!({"stations": [], "prices": []}),
        json!({"busId": id(&other)}),
    ] {
        world.agent.patch(&path, &change).problem(409, "route_fixed");
    }
    world.admin.call("DELETE", &path).problem(409, "route_has_events");
    world.admin.call("DELETE", &bus_path).problem(409, "bus_has_routes");
    for change in [json!({"seatCount": 39}), json!({"layoutType": "LAYOUT_2_2"})] {
        world.admin.patch(&bus_path, &change).problem(409, "bus_seats_fixed");
    }
    world.admin.patch(&bus_path, &json!({"model": "Tourismo"})).ok(200);
    world.agent.patch(&path, &json!({"price": 800, "type": "VIP"})).ok(200);
    assert_eq!(world.admin.call("DELETE", &format!("/buses/{}", id(&other))).status, 204);
}

#[test]
fn a_bus_is_on_one_departure_at_a_time() {
    let world = World::new();
    let first = world.route(on_day(3, 9, 0));
    let bus = text_at(&first, "busId");
    let form = |hour, minute| route_form(bus, on_day(3, hour, minute));
    for (hour, minute) in [(9, 0), (3, 1), (14, 59)] {
        for by in [&world.agent, &world.admin] {
            let problem = by.post("/routes", &form(hour, minute)).problem(409, "bus_busy");
            let detail = text_at(&problem, "detail");
            for part in ["İstanbul", "Ankara", text_at(&first, "departureTime"), id(&first)] {
                assert!(detail.contains(part), "the other departure is named: {detail}");
            }
        }
    }
    // One departure that ends when another begins does not overlap it.
    let before = world.agent.post("/routes", &form(3, 0)).ok(201);
    let after = world.agent.post("/routes", &form(15, 0)).ok(201);
    let path = |route: &Value| format!("/routes/{}", id(route));
    let earlier = json!({"departureTime": text(on_day(3, 14, 0))});
    world.agent.patch(&path(&after), &earlier).problem(409, "bus_busy");
    let elsewhere = world.route(on_day(3, 9, 30));
    let to_bus = json!({"busId": bus});
    world.agent.patch(&path(&elsewhere), &to_bus).problem(409, "bus_busy");
    world.agent.patch(&path(&before), &json!({"price": 10, "isActive": false})).ok(200);

    let insisting = |mut form: Value| {
        form["allowOverlap"] = json!(true);
        form
    };
    let both = world.agent.post("/routes", &insisting(form(9, 0))).ok(201);
    assert_eq!(both.get("allowOverlap"), None, "it is no property of the route");
    world.agent.patch(&path(&after), &insisting(earlier)).ok(200);
    world.agent.patch(&path(&elsewhere), &insisting(to_bus)).ok(200);
    world
        .agent
        .patch(&path(&both), &json!({"allowOverlap": "yes"}))
        .problem(400, "validation_failed");
    world.agent.patch(&path(&both), &json!({"allowOverlap": false, "price": 11})).ok(200);
}

#[test]
fn two_things_of_one_name_are_refused() {
    let world = World::new();
    world.admin.post("/stations", &json!({"name": "Iğdır"})).ok(201);
    world.admin.post("/stations", &json!({"name": " IGDIR "})).problem(409, "station_taken");
    let bus = world.bus("34 A 1");
    world.bus("34 A 2");
    let path = format!("/buses/{}", id(&bus));
    world.admin.patch(&path, &json!({"plate": "34 a 2"})).problem(409, "plate_taken");
}
