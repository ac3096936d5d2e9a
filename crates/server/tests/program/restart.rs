//! What a restart keeps, after a clean stop and after a kill; and what expired meanwhile.

use serde_json::json;

use crate::support::api::Api;
use crate::support::clock::wait_until;
use crate::support::event_reader::watch;
use crate::support::running_server::{Launch, RunningServer};
use crate::support::world::{World, booking, id, text_at, without_route};

/// The same caller on the restarted server.
fn again(server: &RunningServer, who: &Api) -> Api {
    Api::new(server.url()).with_token(who.token.as_deref().expect("a token"))
}

#[test]
fn data_and_tokens_survive_a_stop_and_a_power_cut() {
    let world = World::new();
    let route = world.some_route();
    let ticket = without_route(world.paid(&route, 1));
    let World { mut server, folder, owner, admin, .. } = world;
    let launch = Launch::own(folder.path());
    for seat in 2..=5 {
        if seat % 2 == 0 {
            assert_eq!(server.terminate().exit_code, Some(0));
        } else {
            server.kill();
        }
        server = launch.run();
        let owner = again(&server, &owner);
        let kept = owner.get(&format!("/tickets/{}", id(&ticket))).ok(200);
        assert_eq!(without_route(kept), ticket);
        owner.post("/tickets", &booking(&route, 1)).problem(409, "seat_taken");
        let next = owner.post("/tickets", &booking(&route, seat)).ok(201);
        // No hole, and nothing twice.
        assert_eq!(next["route"]["seq"], u64::from(seat) + 1);
        let staff = again(&server, &admin);
        let total = u64::from(seat).to_string();
        assert_eq!(staff.get("/tickets").header("x-total-count"), Some(&*total));
    }
}

#[test]
fn a_hold_that_ended_while_the_server_was_down_is_expired_after_it_is_back() {
    let world = World::with(|launch| launch.setting("HOLD_SECONDS", "2"));
    let route = world.some_route();
    let ticket = world.booked(&world.owner, &route, 1);
    let World { server, folder, owner, .. } = world;
    server.kill();
    wait_until(text_at(&ticket, "expiresAt").parse().unwrap());
    let server = Launch::own(folder.path()).run();
    let owner = again(&server, &owner);
    let mut events = watch(&owner, id(&route), Some(1));
    assert_eq!(events.next().name, "subscribed");
    let cancelled = events.seat_update();
    assert_eq!(cancelled["eventType"], "seat_cancelled");
    assert_eq!(cancelled["metadata"]["reason"], "expired");
    assert_eq!((&cancelled["seq"], &cancelled["ticketId"]), (&json!(2), &ticket["id"]));
    let available = events.seat_update();
    assert_eq!((&available["eventType"], &available["seq"]), (&json!("seat_available"), &json!(3)));
    let after = owner.get(&format!("/tickets/{}", id(&ticket))).ok(200);
    assert_eq!((&after["status"], &after["expiresAt"]), (&json!("CANCELLED"), &json!(null)));
    owner.post("/tickets", &booking(&route, 1)).ok(201);
}

#[test]
fn a_hold_ends_by_itself_and_a_payment_comes_too_late() {
    let world = World::with(|launch| launch.setting("HOLD_SECONDS", "1"));
    let route = world.some_route();
    let mut events = watch(&world.nobody, id(&route), None);
    events.next();
    let ticket = world.booked(&world.owner, &route, 1);
    let kinds = [(); 3].map(|()| events.seat_update());
    let kinds = kinds.each_ref().map(|event| text_at(event, "eventType"));
    assert_eq!(kinds, ["seat_reserved", "seat_cancelled", "seat_available"]);
    let late = crate::support::world::pay(
        &world.owner,
        id(&ticket),
        crate::support::world::CARD_THAT_PAYS,
    );
    late.problem(409, "invalid_transition");
    assert_eq!(world.seq(id(&route)), 3);
}

#[test]
fn holds_that_ran_out_are_counted_for_staff_to_see() {
    let world =
        World::with(|launch| launch.setting("HOLD_SECONDS", "1").setting("SEAT_HOLD_SECONDS", "1"));
    let route = world.some_route();
    let mut events = watch(&world.nobody, id(&route), None);
    events.next();
    let by_customer = |who: &Api, count: u64| {
        let me = who.get("/auth/me").ok(200);
        json!({"userId": me["id"], "routeId": route["id"], "count": count})
    };
    for (who, seat) in [(&world.owner, 1), (&world.owner, 2), (&world.stranger, 3)] {
        world.booked(who, &route, seat);
        let kinds = [(); 3].map(|()| events.seat_update());
        assert_eq!(kinds[1]["metadata"]["reason"], "expired");
    }
    // A seat that is held has no ticket; a guest has no account.
    for (who, seat) in [(&world.owner, 4), (&world.nobody, 5)] {
        let seats = json!({"routeId": route["id"], "fromCity": route["fromCity"],
            "toCity": route["toCity"], "seatNumbers": [seat]});
        who.post("/holds", &seats).ok(201);
        let kinds = [(); 2].map(|()| events.seat_update());
        assert_eq!(kinds[1]["metadata"]["reason"], "expired");
    }
    let stats = world.agent.get("/tickets/stats").ok(200);
    let expected = json!({
        "total": 5,
        "byCustomer": [by_customer(&world.owner, 3), by_customer(&world.stranger, 1)],
    });
    assert_eq!(stats["holdsExpired"], expected);
}

#[test]
fn the_demo_is_filled_once_and_topped_up() {
    let folder = tempfile::tempdir().unwrap();
    let launch = Launch::bare(folder.path());
    let figures = |server: &RunningServer| {
        let api = Api::new(server.url());
        let form = json!({"email": "admin@seatwire.example", "password": "admin-demo-1"});
        let session = api.post("/auth/login", &form).ok(200);
        let admin = api.with_token(text_at(&session, "token"));
        ["/buses/stats", "/routes/stats"].map(|path| admin.get(path).ok(200)["total"].clone())
    };
    let server = launch.run();
    let first = figures(&server);
    assert!(first.iter().all(|total| total.as_u64() > Some(0)), "{first:?}");
    assert_eq!(server.terminate().exit_code, Some(0));
    assert_eq!(figures(&launch.run()), first);
}

/// A bus of the demo has another plan, perhaps from an older version of the demo itself.
#[test]
fn the_demo_starts_although_a_bus_of_it_is_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let launch = Launch::bare(folder.path());
    assert_eq!(launch.run().terminate().exit_code, Some(0));
    let database = || rusqlite::Connection::open(folder.path().join("s.db")).unwrap();
    let count = || -> i64 {
        database().query_row("SELECT count(*) FROM routes", [], |row| row.get(0)).unwrap()
    };
    let planned = count();
    // The last week is deleted, and one of the buses is on the way all the time.
    database()
        .execute_batch(
            "PRAGMA foreign_keys = ON;
             DELETE FROM routes WHERE departs_at >
                 (SELECT max(departs_at) FROM routes) - 7 * 86400000;
             UPDATE routes SET arrives_at = arrives_at + 30 * 86400000 WHERE id =
                 (SELECT id FROM routes ORDER BY departs_at LIMIT 1);
             UPDATE stops SET time = time + 30 * 86400000 WHERE stop_index =
                 (SELECT max(stop_index) FROM stops AS last WHERE last.route_id = stops.route_id)
                 AND route_id = (SELECT id FROM routes ORDER BY departs_at LIMIT 1);",
        )
        .unwrap();
    let left = count();
    assert_eq!(launch.run().terminate().exit_code, Some(0));
    let topped_up = count();
    assert!(left < topped_up && topped_up < planned, "{left}, {topped_up}, {planned}");
}
