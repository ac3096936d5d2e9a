//! Fair use of a departure: no caller blocks a bus without paying, and a family can book.

use std::net::Ipv4Addr;

use serde_json::{Value, json};

use crate::support::api::{Answer, Api};
use crate::support::raw_connection::RawConnection;
use crate::support::running_server::Launch;
use crate::support::world::{CARD_THAT_PAYS, World, booking, id, pay, registration};

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
    // Seats that were given back or paid do not count.
    let path = format!("/holds/{}", held["holdToken"].as_str().unwrap());
    assert_eq!(world.owner.call("DELETE", &path).status, 204);
    hold(&world.owner, &route, 1..=6).ok(201);
    refused(&hold(&world.owner, &route, 32..=32));
    let tickets = world.owner.get("/tickets/my-tickets?status=RESERVED").ok(200);
    let answer = pay(&world.owner, id(&tickets[0]), CARD_THAT_PAYS);
    assert_eq!(answer.ok(200)["success"], true);
    hold(&world.owner, &route, 32..=32).ok(201);
    refused(&hold(&world.owner, &route, 33..=33));
}

#[test]
fn callers_without_an_account_share_the_seats_of_their_address() {
    let world = World::with(|launch| launch.setting("SEATS_PER_ADDRESS", "12"));
    let (route, back) = (world.some_route(), world.some_route());
    // A family of six, there and back.
    hold(&world.nobody, &route, 1..=6).ok(201);
    hold(&world.nobody, &back, 1..=6).ok(201);
    hold(&world.nobody, &route, 7..=12).ok(201);
    refused(&hold(&world.nobody, &route, 13..=13));
    // A caller with an account is counted by the account.
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
    let server = Launch::own(folder.path()).run();
    let owner = Api::new(server.url()).with_token(owner.token.as_deref().unwrap());
    refused(&hold(&owner, &route, 1..=1));
}

/// Ten accounts and a guest, one after another, from one address: expired seats count together for
/// it.
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

fn seats_left(world: &World, route: &Value) -> usize {
    let free = world.nobody.get(&format!("/tickets/available-seats/{}", id(route))).ok(200);
    free.as_array().unwrap().len()
}

/// A guest's booking with this many seats.
fn guest_booking(route: &Value, seats: usize, phone: &str) -> Value {
    let passenger = json!({"gender": "FEMALE", "passengerName": "Ayşe Yılmaz"});
    json!({
        "journeys": [{
            "routeId": id(route),
            "fromCity": route["fromCity"],
            "toCity": route["toCity"],
            "passengers": vec![passenger; seats],
        }],
        "contact": {"phone": phone},
    })
}

#[test]
fn a_phone_number_owes_ten_seats_whoever_books_with_it_and_an_address_its_own_bound() {
    let world = World::with(|launch| {
        launch.setting("SEATS_PER_CALLER", "10").setting("SEATS_PER_ADDRESS", "14")
    });
    let (route, back) = (world.some_route(), world.some_route());
    let book = |route: &Value, seats, phone| {
        world.nobody.post("/bookings", &guest_booking(route, seats, phone))
    };
    // A family of six, there and back.
    for route in [&route, &back] {
        book(route, 6, "0532 123 45 67").ok(201);
    }
    book(&route, 4, "+90 532 123 45 67").ok(201);
    refused(&book(&route, 1, "5321234567"));
    book(&route, 4, "5321234568").ok(201);
    refused(&book(&route, 1, "5321234569"));
    // A hold that becomes a booking is counted once.
    let held = hold(&world.nobody, &back, 21..=28).ok(201);
    let mut form = guest_booking(&back, 8, "5321234570");
    form["journeys"][0]["holdToken"] = held["holdToken"].clone();
    world.nobody.post("/bookings", &form).ok(201);
    refused(&hold(&world.nobody, &back, 29..=29));
}

#[test]
fn ten_accounts_behind_one_address_leave_half_of_the_bus_to_others() {
    let world = World::with(|launch| launch.setting("SEATS_PER_CALLER", "10"));
    let route = world.some_route();
    let accounts: Vec<Api> = (0..10)
        .map(|number| {
            let form = registration(&format!("bot{number}@test.example"), ["Bot", "Bot"]);
            let session = world.nobody.post("/auth/register", &form).ok(201);
            world.nobody.with_token(session["token"].as_str().unwrap())
        })
        .collect();
    // Each takes what it gets, by holds, bookings or tickets.
    for (number, by) in accounts.iter().enumerate() {
        for _ in 0..10 {
            let answer = match number % 3 {
                0 => by.post("/bookings", &guest_booking(&route, 1, "5321234567")),
                1 => world.nobody.post("/bookings", &guest_booking(&route, 1, "5321234568")),
                _ => {
                    let free = format!("/tickets/available-seats/{}", id(&route));
                    let seat = by.get(&free).ok(200)[0].as_i64().unwrap();
                    hold(by, &route, seat..=seat)
                }
            };
            if answer.status != 201 {
                refused(&answer);
            }
        }
    }
    assert_eq!(seats_left(&world, &route), 20);
    // Another departure and staff are not affected; nor are callers from another address.
    hold(&accounts[9], &world.some_route(), 1..=10).ok(201);
    world.agent.post("/bookings", &guest_booking(&route, 2, "5321234569")).ok(201);
    let body = guest_booking(&route, 6, "5321234570").to_string();
    let mut elsewhere = RawConnection::open_from(Ipv4Addr::new(127, 0, 0, 2), world.server.port);
    elsewhere.send(format!(
        "POST /bookings HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    ));
    assert!(elsewhere.head().starts_with("HTTP/1.1 201"));
    assert_eq!(seats_left(&world, &route), 12);
    // A payment makes room, here too; and a restart forgets nothing.
    let World { server, folder, .. } = world;
    server.kill();
    let server = Launch::own(folder.path()).setting("SEATS_PER_CALLER", "10").run();
    let again = |by: &Api| Api::new(server.url()).with_token(by.token.as_deref().unwrap());
    let (first, last) = (again(&accounts[0]), again(&accounts[9]));
    let one = guest_booking(&route, 1, "5321234567");
    refused(&last.post("/bookings", &one));
    let owed = first.get("/tickets/my-tickets?status=RESERVED").ok(200);
    let paid = pay(&first, id(&owed[0]), CARD_THAT_PAYS).ok(200);
    assert_eq!(paid["success"], true);
    last.post("/bookings", &one).ok(201);
    refused(&last.post("/bookings", &one));
    // The address from which a seat was taken is stored while the seat is unpaid, and no longer.
    assert_eq!(server.terminate().exit_code, Some(0));
    let database = rusqlite::Connection::open(folder.path().join("s.db")).unwrap();
    let count = |sql: &str| database.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    let owed = count("SELECT count(*) FROM tickets WHERE status = 'RESERVED'");
    assert!(owed > 6, "{owed}");
    assert_eq!(count("SELECT count(*) FROM reserved_from"), owed);
}
