//! Events and rows of the audit are deleted after their time; a viewer that resumes from before
//! gets the seats as they are, never a part of the events.

use std::path::Path;

use jiff::SignedDuration;
use rusqlite::Connection;

use crate::support::api::Api;
use crate::support::event_reader::watch;
use crate::support::running_server::Launch;
use crate::support::waiting::wait_for;
use crate::support::world::{World, booking, id};

/// Moves everything that has happened three days into the past. No server runs on the file.
pub fn kept_for_three_days(folder: &Path) {
    let database = Connection::open(folder.join("s.db")).unwrap();
    let three_days = SignedDuration::from_hours(72).as_millis();
    let three_days = i64::try_from(three_days).unwrap();
    for table in ["route_events", "groups", "audit"] {
        database.execute(&format!("UPDATE {table} SET at = at - ?"), [three_days]).unwrap();
    }
}

/// Whether a viewer that resumes after the first event gets the seats as they are at this `seq`.
pub fn begins_anew(by: &Api, route_id: &str, seq: u64) -> bool {
    let mut events = watch(by, route_id, Some(1));
    let (first, second) = (events.next(), events.next());
    assert_eq!(first.name, "subscribed");
    assert!(["seat_update", "seat_snapshot"].contains(&second.name.as_str()), "{second:?}");
    second.name == "seat_snapshot"
        && second.data["seats"].as_array().unwrap().len() == 3
        && first.id == Some(seq)
}

#[test]
fn what_was_kept_long_enough_goes_and_a_viewer_from_before_begins_anew() {
    let world = World::new();
    let route = world.some_route();
    for seat in 1..=3 {
        world.booked(&world.owner, &route, seat);
    }
    let World { server, folder, admin, owner, .. } = world;
    server.terminate();
    kept_for_three_days(folder.path());
    let again = |settings: &[(&str, &str)]| {
        let mut launch = Launch::own(folder.path());
        for (name, value) in settings {
            launch = launch.setting(name, value);
        }
        let server = launch.run();
        let api = |who: &Api| Api::new(server.url()).with_token(who.token.as_deref().unwrap());
        let (admin, owner) = (api(&admin), api(&owner));
        (server, admin, owner)
    };
    let audit = |admin: &Api| admin.get("/audit?limit=100").ok(200).as_array().unwrap().len();
    let id = id(&route);

    // Kept for longer than that: nothing is deleted, as the later deletion shows.
    let (server, admin, owner) =
        again(&[("EVENT_RETENTION_DAYS", "4"), ("AUDIT_RETENTION_DAYS", "4")]);
    let before = audit(&admin);
    let stats = admin.get("/tickets/stats").ok(200);
    let mut events = watch(&owner, id, Some(1));
    assert_eq!((events.next().id, events.seat_update()["seq"].as_u64()), (Some(1), Some(2)));
    drop((events, admin, owner));
    server.terminate();

    let (server, admin, owner) =
        again(&[("EVENT_RETENTION_DAYS", "1"), ("AUDIT_RETENTION_DAYS", "1")]);
    wait_for("the audit was not pruned", || audit(&admin) < before);
    wait_for("the events were not pruned", || begins_anew(&owner, id, 3));
    assert_eq!(admin.get("/tickets/stats").ok(200), stats);
    // After the newest nothing is missing: the viewer resumes without a snapshot.
    let mut events = watch(&owner, id, Some(3));
    assert_eq!((events.next().name.as_str(), "subscribed"), ("subscribed", "subscribed"));
    owner.post("/tickets", &booking(&route, 4)).ok(201);
    assert_eq!(events.seat_update()["seq"], 4);
    drop(events);
    let refused = admin.call("DELETE", &format!("/routes/{id}"));
    refused.problem(409, "route_has_events");
    server.terminate();
}
