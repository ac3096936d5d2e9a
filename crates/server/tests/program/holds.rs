//! Seats held while names are typed: taken by any caller, visible to all, extended once, released,
//! and ended by their time, whatever happens to the server meanwhile.

use serde_json::{Value, json};

use crate::support::api::Api;
use crate::support::clock::wait_until;
use crate::support::event_reader::watch;
use crate::support::running_server::Launch;
use crate::support::world::{World, booking, id, text_at};

fn hold(route: &Value, seats: &[i64]) -> Value {
    json!({
        "routeId": id(route),
        "fromCity": route["fromCity"],
        "toCity": route["toCity"],
        "seatNumbers": seats,
    })
}

fn token(hold: &Value) -> String {
    text_at(hold, "holdToken").to_owned()
}

/// Status and code of an answer that may hide part of its address.
fn refusal(answer: &crate::support::api::Answer) -> (u16, String) {
    let body = answer.json();
    (answer.status, text_at(&body, "code").to_owned())
}

#[test]
fn held_seats_are_taken_for_all_others_until_they_are_let_go() {
    let world = World::new();
    let route = world.some_route();
    let mut events = watch(&world.nobody, id(&route), None);
    assert_eq!(events.next().name, "subscribed");

    let held = world.nobody.post("/holds", &hold(&route, &[7, 3])).ok(201);
    assert_eq!(held["seatNumbers"], json!([3, 7]));
    assert_eq!((&held["fromStopIndex"], &held["toStopIndex"]), (&json!(0), &json!(3)));
    let fields: Vec<&str> = held.as_object().unwrap().keys().map(String::as_str).collect();
    let known =
        ["expiresAt", "fromStopIndex", "holdToken", "routeId", "seatNumbers", "toStopIndex"];
    assert_eq!(fields, known);
    for (seat, seq) in [(3, 1), (7, 2)] {
        let told = events.seat_update();
        assert_eq!((&told["eventType"], &told["seq"]), (&json!("seat_reserved"), &json!(seq)));
        assert_eq!(
            (&told["seatNumber"], &told["metadata"]["reason"]),
            (&json!(seat), &json!("held"))
        );
        assert_eq!(told["metadata"]["price"], 750);
        for absent in ["ticketId", "pnrNumber"] {
            assert_eq!(told.get(absent), None, "{told}");
        }
        assert_eq!(told["metadata"].get("gender"), None, "{told}");
    }
    for viewer in [&world.nobody, &world.owner, &world.agent] {
        let map = viewer.get(&format!("/routes/{}", id(&route))).ok(200);
        let seat = |number| json!({"seatNumber": number, "status": "RESERVED", "fromStopIndex": 0, "toStopIndex": 3});
        assert_eq!(map["tickets"], json!([seat(3), seat(7)]));
    }
    world.owner.post("/tickets", &booking(&route, 3)).problem(409, "seat_taken");
    world.agent.post("/tickets", &booking(&route, 7)).problem(409, "seat_taken");
    world.owner.post("/holds", &hold(&route, &[8, 7])).problem(409, "seat_taken");
    // All or none: seat 8 was not held.
    world.owner.post("/tickets", &booking(&route, 8)).ok(201);
    assert_eq!(events.seat_update()["seatNumber"], 8);

    let path = format!("/holds/{}", token(&held));
    assert_eq!(world.stranger.get(&path).ok(200), held);
    let released = world.nobody.call("DELETE", &path);
    assert_eq!((released.status, released.text()), (204, ""));
    for seat in [3, 7] {
        let told = events.seat_update();
        assert_eq!(told["eventType"], "seat_available");
        assert_eq!(
            (&told["seatNumber"], &told["metadata"]["reason"]),
            (&json!(seat), &json!("released"))
        );
    }
    // Releasing a hold that has ended is not an error, and reveals nothing.
    assert_eq!(world.nobody.call("DELETE", &path).status, 204);
    assert_eq!(refusal(&world.nobody.get(&path)), (409, "hold_expired".into()));
    world.owner.post("/tickets", &booking(&route, 3)).ok(201);
    assert_eq!(events.seat_update()["seq"], 6);
}

#[test]
fn a_hold_is_extended_once() {
    let world = World::new();
    let route = world.some_route();
    let held = world.nobody.post("/holds", &hold(&route, &[1])).ok(201);
    let path = format!("/holds/{}", token(&held));
    let extended = world.owner.post(&format!("{path}/extend"), &json!({})).ok(200);
    assert!(text_at(&extended, "expiresAt") >= text_at(&held, "expiresAt"), "{extended}");
    assert_eq!(extended["holdToken"], held["holdToken"]);
    let again = world.owner.post(&format!("{path}/extend"), &json!({}));
    assert_eq!(refusal(&again), (409, "hold_extended".into()));
    assert_eq!(world.nobody.get(&path).ok(200), extended);
}

#[test]
fn a_hold_ends_by_itself_and_not_before_its_time() {
    let world = World::with(|launch| launch.setting("SEAT_HOLD_SECONDS", "1"));
    let route = world.some_route();
    let held = world.nobody.post("/holds", &hold(&route, &[1])).ok(201);
    let path = format!("/holds/{}", token(&held));
    let mut events = watch(&world.nobody, id(&route), Some(0));
    assert_eq!(events.next().name, "subscribed");
    assert_eq!(events.seat_update()["metadata"]["reason"], "held");
    let told = events.seat_update();
    assert_eq!(told["eventType"], "seat_available");
    assert_eq!(told["metadata"]["reason"], "expired");
    let ended: jiff::Timestamp = text_at(&told, "timestamp").parse().unwrap();
    let due: jiff::Timestamp = text_at(&held, "expiresAt").parse().unwrap();
    assert!(ended >= due, "{ended} {due}");
    for answer in
        [world.nobody.get(&path), world.nobody.post(&format!("{path}/extend"), &json!({}))]
    {
        assert_eq!(refusal(&answer), (409, "hold_expired".into()));
    }
    world.owner.post("/tickets", &booking(&route, 1)).ok(201);
}

#[test]
fn a_hold_survives_a_power_cut_and_another_ends_while_the_server_is_down() {
    let world = World::new();
    let route = world.some_route();
    let long = world.nobody.post("/holds", &hold(&route, &[7])).ok(201);
    let World { server, folder, .. } = world;
    server.kill();
    let server = Launch::own(folder.path()).setting("SEAT_HOLD_SECONDS", "1").run();
    let nobody = Api::new(server.url());
    let path = format!("/holds/{}", token(&long));
    assert_eq!(nobody.get(&path).ok(200), long);
    let held = nobody.post("/holds", &hold(&route, &[4, 5])).ok(201);
    server.kill();
    wait_until(text_at(&held, "expiresAt").parse().unwrap());
    let server = Launch::own(folder.path()).run();
    let nobody = Api::new(server.url());
    let mut events = watch(&nobody, id(&route), Some(3));
    assert_eq!(events.next().name, "subscribed");
    for seat in [4, 5] {
        let told = events.seat_update();
        assert_eq!(
            (&told["seatNumber"], &told["eventType"]),
            (&json!(seat), &json!("seat_available"))
        );
        assert_eq!(told["metadata"]["reason"], "expired");
    }
    let path_of_short = format!("/holds/{}", token(&held));
    assert_eq!(refusal(&nobody.get(&path_of_short)), (409, "hold_expired".into()));
    assert_eq!(nobody.get(&path).ok(200), long);
}

#[test]
fn what_cannot_be_held_is_told_and_takes_nothing() {
    let world = World::new();
    let route = world.some_route();
    let with = |field: &str, value: Value| {
        let mut form = hold(&route, &[1]);
        form[field] = value;
        world.nobody.post("/holds", &form)
    };
    for (seats, pointer) in [
        (json!([]), "/seatNumbers"),
        (json!([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]), "/seatNumbers"),
        (json!([1, 2, 1]), "/seatNumbers/2"),
        (json!([1, 0]), "/seatNumbers/1"),
        (json!([101]), "/seatNumbers/0"),
        (json!(["1"]), "/seatNumbers/0"),
    ] {
        let answer = with("seatNumbers", seats.clone());
        answer.problem(400, "validation_failed");
        assert_eq!(answer.pointers(), [pointer], "{seats}");
    }
    let beyond = with("seatNumbers", json!([40, 41]));
    beyond.problem(400, "seat_beyond_bus");
    assert_eq!(beyond.pointers(), ["/seatNumbers"]);
    with("toCity", json!("İzmir")).problem(400, "unknown_city");
    with("toCity", route["fromCity"].clone()).problem(400, "reversed_cities");
    with("routeId", json!("0199c0de-0000-7000-8000-000000000001")).problem(404, "route_not_found");
    let mut unsold = hold(&route, &[1]);
    (unsold["fromCity"], unsold["toCity"]) = (json!("İzmit"), json!("Bolu"));
    world.nobody.post("/holds", &unsold).problem(400, "segment_not_sold");
    with("length", json!(3_600)).problem(400, "validation_failed");
    world.admin.patch(&format!("/routes/{}", id(&route)), &json!({"isActive": false})).ok(200);
    with("seatNumbers", json!([1])).problem(409, "route_inactive");
    assert_eq!(world.seq(id(&route)), 0, "nothing was taken");
}

#[test]
fn a_token_is_a_secret() {
    let world = World::with(|launch| launch.setting("LOG", "trace"));
    let route = world.some_route();
    let held = world.nobody.post("/holds", &hold(&route, &[1])).ok(201);
    let secret = token(&held);
    let unknown = "c2VjcmV0LXRoYXQtbmV2ZXItd2FzLW9uZQ";
    for (path, instance) in [
        (format!("/holds/{unknown}"), "/holds/{token}"),
        (format!("/holds/{unknown}/extend"), "/holds/{token}/extend"),
    ] {
        let answer = if path.ends_with("extend") {
            world.nobody.post(&path, &json!({}))
        } else {
            world.nobody.get(&path)
        };
        assert_eq!(refusal(&answer), (404, "hold_not_found".into()));
        assert_eq!(answer.json()["instance"], instance);
        assert!(!answer.text().contains(unknown));
    }
    assert_eq!(refusal(&world.nobody.call("DELETE", &format!("/holds/{unknown}"))).0, 404);
    world.nobody.post(&format!("/holds/{secret}/extend"), &json!({})).ok(200);
    assert_eq!(world.nobody.call("DELETE", &format!("/holds/{secret}")).status, 204);
    let World { server, folder, .. } = world;
    let log = server.terminate().stderr;
    assert!(log.contains("/holds/{token}/extend"), "its requests are in the log");
    assert!(!log.contains(&secret) && !log.contains(unknown), "a token is in the log");
    let mut stored = Vec::new();
    for file in std::fs::read_dir(folder.path()).unwrap() {
        stored.extend(std::fs::read(file.unwrap().path()).unwrap_or_default());
    }
    let is_stored = stored.windows(secret.len()).any(|piece| piece == secret.as_bytes());
    assert!(!is_stored, "the token itself is in the database");
}

/// The booking of travellers on these seats (no seat named: `None`), with a hold.
fn journey(route: &Value, seats: &[Option<i64>], token: &str) -> Value {
    let passengers: Vec<Value> = seats
        .iter()
        .map(|seat| {
            let mut passenger = json!({"gender": "FEMALE", "passengerName": "Ayşe Yılmaz"});
            if let Some(seat) = seat {
                passenger["seatNumber"] = json!(seat);
            }
            passenger
        })
        .collect();
    json!({
        "journeys": [{
            "routeId": id(route),
            "fromCity": route["fromCity"],
            "toCity": route["toCity"],
            "holdToken": token,
            "passengers": passengers,
        }],
        "contact": {"phone": "5321234567"},
    })
}

#[test]
fn a_hold_becomes_a_booking_and_lets_go_what_it_does_not_use() {
    let world = World::new();
    let route = world.some_route();
    let seat_9 = booking(&route, 9);
    let held = world.nobody.post("/holds", &hold(&route, &[3, 7, 9])).ok(201);
    let mut events = watch(&world.nobody, id(&route), Some(3));
    assert_eq!(events.next().name, "subscribed");

    // Seat 7 is named, the other traveller gets the first remaining seat of the hold.
    let form = journey(&route, &[None, Some(7)], &token(&held));
    let booking = world.owner.post("/bookings", &form).ok(201);
    let seats: Vec<&Value> =
        booking["tickets"].as_array().unwrap().iter().map(|ticket| &ticket["seatNumber"]).collect();
    assert_eq!(seats, [&json!(3), &json!(7)]);
    for (seat, kind, reason) in [
        (9, "seat_available", "released"),
        (3, "seat_reserved", "booked"),
        (7, "seat_reserved", "booked"),
    ] {
        let told = events.seat_update();
        assert_eq!(
            (&told["seatNumber"], &told["eventType"], &told["metadata"]["reason"]),
            (&json!(seat), &json!(kind), &json!(reason))
        );
    }
    // The token is used up, and seat 9 is free for all.
    world.owner.post("/bookings", &form).problem(409, "hold_expired");
    world.owner.post("/tickets", &seat_9).ok(201);
}

#[test]
fn a_hold_is_booked_where_it_was_taken_or_not_at_all() {
    let world = World::new();
    let (route, other) = (world.some_route(), world.some_route());
    let held = world.nobody.post("/holds", &hold(&route, &[3])).ok(201);
    let token = token(&held);

    let elsewhere = journey(&other, &[Some(3)], &token);
    world.owner.post("/bookings", &elsewhere).problem(400, "hold_elsewhere");
    let mut shorter = journey(&route, &[Some(3)], &token);
    shorter["journeys"][0]["toCity"] = json!("Bolu");
    world.owner.post("/bookings", &shorter).problem(400, "hold_elsewhere");
    let unknown = journey(&route, &[Some(3)], "no-such-token");
    world.owner.post("/bookings", &unknown).problem(404, "hold_not_found");
    // A seat of the hold can be booked; another's cannot, and then nothing happens to the hold.
    world.owner.post("/tickets", &booking(&route, 8)).ok(201);
    let both = journey(&route, &[Some(3), Some(8)], &token);
    world.owner.post("/bookings", &both).problem(409, "seat_taken");
    assert_eq!(world.nobody.get(&format!("/holds/{token}")).ok(200), held);
    // More travellers than held seats: the other seats are chosen.
    let more = journey(&route, &[None, None], &token);
    let booking = world.owner.post("/bookings", &more).ok(201);
    assert_eq!(booking["tickets"][0]["seatNumber"], 3);
}

#[test]
fn a_hold_is_not_booked_while_its_departure_is_off_sale_but_kept() {
    let world = World::new();
    let route = world.some_route();
    let held = world.nobody.post("/holds", &hold(&route, &[3, 7])).ok(201);
    let path = format!("/holds/{}", token(&held));
    let set_active = |is_active: bool| {
        world
            .admin
            .patch(&format!("/routes/{}", id(&route)), &json!({"isActive": is_active}))
            .ok(200);
    };
    set_active(false);
    let seq = world.seq(id(&route));
    let form = journey(&route, &[Some(3)], &token(&held));
    for by in [&world.nobody, &world.owner, &world.agent, &world.admin] {
        by.post("/bookings", &form).problem(409, "route_inactive");
    }
    assert_eq!(world.nobody.get(&path).ok(200), held);
    assert_eq!(world.seq(id(&route)), seq, "nothing came of it");
    set_active(true);
    world.owner.post("/bookings", &form).ok(201);
}
