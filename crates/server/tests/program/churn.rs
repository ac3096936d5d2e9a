//! A caller that books and cancels again and again is refused for a while.

use serde_json::{Value, json};

use crate::support::api::Api;
use crate::support::raw_connection::RawConnection;
use crate::support::waiting::wait_for;
use crate::support::world::{CARD_THAT_PAYS, World, booking, id, pay};

/// For one account, in an hour.
const HOLDS_PER_HOUR_MAX: usize = 300;
const UNPAID_CANCELLED_PER_HOUR_MAX: usize = 60;

fn cancel(by: &Api, ticket: &Value) {
    by.call("DELETE", &format!("/tickets/{}", id(ticket))).ok(200);
}

#[test]
fn a_loop_of_booking_and_cancelling_ends() {
    let world = World::new();
    let route = world.some_route();
    let booking = booking(&route, 1);
    for round in 0..UNPAID_CANCELLED_PER_HOUR_MAX {
        let ticket = world.owner.post("/tickets", &booking).ok(201);
        if round == 0 {
            // A ticket that was paid is not counted.
            pay(&world.owner, id(&ticket), CARD_THAT_PAYS).ok(200);
            cancel(&world.owner, &ticket);
            cancel(&world.owner, &world.owner.post("/tickets", &booking).ok(201));
        } else if round % 2 == 0 {
            cancel(&world.owner, &ticket);
        } else {
            let path = format!("/bookings/{}/cancel", ticket["bookingId"].as_str().unwrap());
            world.owner.patch(&path, &json!({})).ok(200);
        }
    }
    let passenger = json!({"seatNumber": 2, "gender": "FEMALE", "passengerName": "Ayşe Yılmaz"});
    let journey = json!({
        "routeId": id(&route), "fromCity": "İstanbul", "toCity": "Ankara", "passengers": [passenger],
    });
    let form = json!({"journeys": [journey], "contact": {"phone": "05321234567"}});
    for (path, form) in [("/tickets", &booking), ("/bookings", &form)] {
        let answer = world.owner.post(path, form);
        answer.problem(429, "rate_limited");
        let wait: u32 = answer.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=3_600).contains(&wait), "{wait}");
    }
    // Other callers can still book, and staff are not counted at all.
    world.stranger.post("/bookings", &form).ok(201);
    for _ in 0..=UNPAID_CANCELLED_PER_HOUR_MAX {
        cancel(&world.agent, &world.agent.post("/tickets", &booking).ok(201));
    }
    world.agent.post("/tickets", &booking).ok(201);
}

#[test]
fn a_loop_of_holding_and_releasing_ends() {
    let world = World::with(|launch| launch.setting("LIMIT_BOOK", "100000/s"));
    let route = world.some_route();
    let seats = json!({"routeId": route["id"], "fromCity": "İstanbul", "toCity": "Ankara",
        "seatNumbers": [1]});
    let release = |held: &Value| {
        let path = format!("/holds/{}", held["holdToken"].as_str().unwrap());
        // By whoever has the token: it is the one who held that is counted.
        assert_eq!(world.nobody.call("DELETE", &path).status, 204);
    };
    for _ in 0..HOLDS_PER_HOUR_MAX {
        release(&world.owner.post("/holds", &seats).ok(201));
    }
    let answer = world.owner.post("/holds", &seats);
    answer.problem(429, "rate_limited");
    let wait: u32 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=3_600).contains(&wait), "{wait}");
    // Others can, the same customer can book, and staff are not counted.
    release(&world.stranger.post("/holds", &seats).ok(201));
    release(&world.nobody.post("/holds", &seats).ok(201));
    for _ in 0..=HOLDS_PER_HOUR_MAX {
        release(&world.agent.post("/holds", &seats).ok(201));
    }
    world.owner.post("/tickets", &booking(&route, 1)).ok(201);
}

/// The seat becomes free for a caller who does not wait for the answer, and that counts.
#[test]
fn whoever_hangs_up_is_counted() {
    let world = World::with(|launch| launch.setting("LIMIT_BOOK", "100000/s"));
    let route = world.some_route();
    let booking = booking(&route, 1);
    let token = world.owner.token.as_deref().unwrap();
    for _ in 0..UNPAID_CANCELLED_PER_HOUR_MAX {
        let booked = world.owner.post("/tickets", &booking);
        if booked.status == 429 {
            // Where it was sent twice, it counts twice.
            return;
        }
        let ticket = booked.ok(201);
        let path = format!("/tickets/{}", id(&ticket));
        let request = format!(
            "DELETE {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n"
        );
        // The server may notice it so early that nothing is done.
        wait_for("the ticket is cancelled", || {
            RawConnection::open(world.server.port).send(&request);
            world.owner.get(&path).ok(200)["status"] == "CANCELLED"
        });
    }
    world.owner.post("/tickets", &booking).problem(429, "rate_limited");
}
