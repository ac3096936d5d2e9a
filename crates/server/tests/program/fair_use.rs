//! Fair use of a departure: nobody closes a bus without paying, and a family gets through.

use serde_json::{Value, json};

use crate::support::api::{Answer, Api};
use crate::support::world::{World, booking, id};

fn hold(by: &Api, route: &Value, seats: std::ops::RangeInclusive<i64>) -> Answer {
    by.post(
        "/holds",
        &json!({
            "routeId": id(route),
            "fromCity": route["fromCity"],
            "toCity": route["toCity"],
            "seatNumbers": seats.collect::<Vec<_>>(),
        }),
    )
}

#[track_caller]
fn refused(answer: &Answer) -> u64 {
    answer.problem(429, "too_many_seats");
    let seconds = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=3_600).contains(&seconds), "{seconds}");
    seconds
}

#[test]
fn an_account_holds_and_owes_ten_seats_of_a_departure() {
    let world = World::with(|launch| launch.setting("SEATS_PER_CALLER", "10"));
    let (route, back) = (world.some_route(), world.some_route());
    let held = hold(&world.owner, &route, 1..=6).ok(201);
    for seat in 7..=10 {
        world.booked(&world.owner, &route, seat);
    }
    refused(&world.owner.post("/tickets", &booking(&route, 11)));
    refused(&hold(&world.owner, &route, 11..=11));
    // Another account, another departure, staff.
    world.booked(&world.stranger, &route, 11);
    hold(&world.owner, &back, 1..=6).ok(201);
    hold(&world.agent, &route, 12..=21).ok(201);
    hold(&world.agent, &route, 22..=31).ok(201);
    // What is given back or paid does not count.
    let path = format!("/holds/{}", held["holdToken"].as_str().unwrap());
    assert_eq!(world.owner.call("DELETE", &path).status, 204);
    hold(&world.owner, &route, 1..=6).ok(201);
    refused(&hold(&world.owner, &route, 32..=32));
    let tickets = world.owner.get("/tickets/my-tickets?status=RESERVED").ok(200);
    let answer = crate::support::world::pay(
        &world.owner,
        id(&tickets[0]),
        crate::support::world::CARD_THAT_PAYS,
    );
    assert_eq!(answer.ok(200)["success"], true);
    hold(&world.owner, &route, 32..=32).ok(201);
    refused(&hold(&world.owner, &route, 33..=33));
}

#[test]
fn callers_without_an_account_share_the_seats_of_their_address() {
    let world = World::with(|launch| launch.setting("SEATS_PER_ADDRESS", "12"));
    let (route, back) = (world.some_route(), world.some_route());
    // A family of six and its return.
    hold(&world.nobody, &route, 1..=6).ok(201);
    hold(&world.nobody, &back, 1..=6).ok(201);
    hold(&world.nobody, &route, 7..=12).ok(201);
    refused(&hold(&world.nobody, &route, 13..=13));
    // Who has an account is counted by it.
    hold(&world.owner, &route, 13..=13).ok(201);
    hold(&world.nobody, &back, 7..=12).ok(201);
}

#[test]
fn who_lets_seats_run_out_three_times_waits_and_a_restart_forgets_nothing() {
    let world = World::with(|launch| launch.setting("SEAT_HOLD_SECONDS", "1"));
    let route = world.some_route();
    let mut events = crate::support::event_reader::watch(&world.nobody, id(&route), None);
    assert_eq!(events.next().name, "subscribed");
    for _ in 0..3 {
        hold(&world.owner, &route, 1..=1).ok(201);
        assert_eq!(events.seat_update()["metadata"]["reason"], "held");
        assert_eq!(events.seat_update()["metadata"]["reason"], "expired");
    }
    let seconds = refused(&hold(&world.owner, &route, 1..=1));
    assert!(seconds > 3_000, "{seconds}");
    refused(&world.owner.post("/tickets", &booking(&route, 2)));
    world.booked(&world.stranger, &route, 2);
    let other = world.some_route();
    hold(&world.owner, &other, 1..=1).ok(201);

    let World { server, folder, owner, .. } = world;
    server.kill();
    let server = crate::support::running_server::Launch::own(folder.path()).run();
    let owner = Api::new(server.url()).with_token(owner.token.as_deref().unwrap());
    refused(&hold(&owner, &route, 1..=1));
}

/// Ten accounts and none, one after the other, from one address: what ran out there counts together.
#[test]
fn one_address_does_not_close_a_bus_again_and_again() {
    let world = World::with(|launch| {
        launch.setting("SEAT_HOLD_SECONDS", "1").setting("SEATS_PER_CALLER", "2")
    });
    let route = world.some_route();
    let mut events = crate::support::event_reader::watch(&world.nobody, id(&route), None);
    assert_eq!(events.next().name, "subscribed");
    for (who, seat) in [(&world.nobody, 1), (&world.owner, 3), (&world.stranger, 5)] {
        hold(who, &route, seat..=seat + 1).ok(201);
    }
    // Six seats were held and are free again.
    for _ in 0..12 {
        events.seat_update();
    }
    for who in [&world.nobody, &world.owner, &world.stranger] {
        refused(&hold(who, &route, 1..=1));
    }
    hold(&world.agent, &route, 1..=1).ok(201);
}
