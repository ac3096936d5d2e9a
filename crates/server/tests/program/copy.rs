//! `seatwire copy`: what was sold on a SQLite file is there on PostgreSQL, to the last figure; also
//! when old events were pruned from it.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::SignedDuration;
use serde_json::{Value, json};
use throwaway_postgres::Pooling;

use crate::pruning::{begins_anew, kept_for_three_days};
use crate::support::api::Api;
use crate::support::clock::{now, text};
use crate::support::event_reader::watch;
use crate::support::postgres::Database;
use crate::support::running_server::{Ended, Launch, RunningServer};
use crate::support::waiting::wait_for;
use crate::support::world::{CARD_THAT_PAYS, World, booking, id, pay, text_at};

/// Tokens of the old server are good on the new one.
const SECRET: &str = "c2VhdHdpcmUtdGVzdC1vbmx5LTkxN2Y0";

pub fn copy(folder: &Path, url: &str) -> Ended {
    copying(folder, url).ended()
}

pub fn copying(folder: &Path, url: &str) -> Launch {
    let from = format!("sqlite://{}", folder.join("s.db").display());
    let args = ["copy", "--from", &from, "--to", url];
    args.iter().fold(Launch::bare(folder), |launch, arg| launch.arg(arg))
}

/// What an administrator and a customer get.
fn shown(admin: &Api, owner: &Api, route: &Value, ticket: &Value) -> Vec<Value> {
    let (route, ticket) = (id(route), id(ticket));
    let admins = [
        "/tickets".to_owned(),
        "/tickets/stats".to_owned(),
        "/routes".to_owned(),
        "/routes/stats".to_owned(),
        "/buses".to_owned(),
        "/buses/stats".to_owned(),
        "/stations".to_owned(),
    ];
    let owners = [
        format!("/tickets/{ticket}"),
        format!("/routes/{route}"),
        format!("/tickets/available-seats/{route}"),
        "/payments/history".to_owned(),
        "/routes/popular".to_owned(),
    ];
    let read = |who: &Api, paths: &[String]| -> Vec<Value> {
        paths.iter().map(|path| who.get(path).ok(200)).collect()
    };
    [read(admin, &admins), read(owner, &owners)].concat()
}

#[test]
fn a_company_that_outgrew_its_file_goes_on_where_it_was() {
    let database = Database::new();
    goes_on_where_it_was(&database.url, &database.url);
}

#[test]
fn so_it_does_behind_a_pooler() {
    let database = Database::new();
    let pooling = Pooling::most_shared().expect("PgBouncer is there");
    let (_pooler, url) = database.behind_a_pooler(pooling);
    goes_on_where_it_was(&url, &database.url);
}

/// `url`: the address of an empty database; `direct`: that of the database itself.
fn goes_on_where_it_was(url: &str, direct: &str) {
    let world = World::with(|launch| launch.setting("JWT_SECRET", SECRET));
    let route = world.some_route();
    let paid = world.booked(&world.owner, &route, 1);
    pay(&world.owner, id(&paid), CARD_THAT_PAYS).ok(200);
    let cancelled = world.booked(&world.owner, &route, 2);
    world.owner.patch(&format!("/tickets/{}/cancel", id(&cancelled)), &json!({})).ok(200);
    world.booked(&world.owner, &route, 3);
    let seq = world.seq(id(&route));
    let before = shown(&world.admin, &world.owner, &route, &paid);

    let folder = world.folder.path();
    let beside = copy(folder, url);
    assert_eq!(beside.exit_code, Some(1), "the server still has the file: {}", beside.stderr);
    let World { server, folder, admin, owner, .. } = world;
    server.terminate();
    let done = copy(folder.path(), url);
    assert_eq!(done.exit_code, Some(0), "{}", done.stderr);
    assert!(done.stderr.contains("tickets: 3 rows"), "{}", done.stderr);
    let again = copy(folder.path(), url);
    assert_eq!(again.exit_code, Some(1));
    assert!(again.stderr.contains("the database is not empty"), "{}", again.stderr);

    let launch = Launch::own(folder.path()).setting("DATABASE", url);
    let launch = launch.setting("DATABASE_DIRECT", direct);
    let server = launch.setting("JWT_SECRET", SECRET).run();
    let moved =
        |who: &Api| Api::new(server.url()).with_token(who.token.as_deref().expect("a token"));
    let (admin, owner) = (moved(&admin), moved(&owner));
    assert_eq!(shown(&admin, &owner, &route, &paid), before);
    owner.post("/tickets", &booking(&route, 1)).problem(409, "seat_taken");
    let mut events = watch(&owner, id(&route), Some(seq));
    assert_eq!(events.next().name, "subscribed");
    owner.post("/tickets", &booking(&route, 2)).ok(201);
    assert_eq!(events.seat_update()["seq"], seq + 1, "numbering goes on");
}

/// Of the events only the last ones are there; the tickets are all there.
#[test]
fn a_file_whose_events_and_audit_were_pruned_is_copied() {
    let world = World::with(|launch| launch.setting("JWT_SECRET", SECRET));
    let route = world.some_route();
    let paid = world.booked(&world.owner, &route, 1);
    pay(&world.owner, id(&paid), CARD_THAT_PAYS).ok(200);
    let others = [2, 3].map(|seat| world.booked(&world.owner, &route, seat));
    let cancelled = format!("/tickets/{}/cancel", id(&others[1]));
    let World { server, folder, admin, owner, .. } = world;
    server.terminate();
    kept_for_three_days(folder.path());
    let launch = Launch::own(folder.path()).setting("JWT_SECRET", SECRET);
    let launch = launch.setting("EVENT_RETENTION_DAYS", "1").setting("AUDIT_RETENTION_DAYS", "1");
    let server = launch.run();
    let at = |server: &RunningServer| {
        let of = |who: &Api| Api::new(server.url()).with_token(who.token.as_deref().unwrap());
        (of(&admin), of(&owner))
    };
    let of_all = |admin: &Api| admin.get("/audit?limit=100").ok(200);
    let (first_admin, first_owner) = at(&server);
    let two_days_ago = text(now() - SignedDuration::from_hours(48));
    wait_for("the audit was not pruned", || {
        let rows = of_all(&first_admin);
        let times = rows.as_array().unwrap().iter().map(|row| text_at(row, "at"));
        let old: BTreeSet<&str> = times.filter(|at| *at < two_days_ago.as_str()).collect();
        // The newest stays, with the rows of the same moment.
        old.len() <= 1
    });
    wait_for("the events were not pruned", || begins_anew(&first_owner, id(&route), 4));
    // A step more, after newer rows were written, would take the newest of the old ones, too.
    wait_for("the pruning goes on", || server.log().matches("what is old was pruned").count() == 2);
    first_owner.patch(&cancelled, &json!({})).ok(200);
    let before = shown(&first_admin, &first_owner, &route, &paid);
    let rows = of_all(&first_admin);
    let seq = first_owner.get(&format!("/routes/{}", id(&route))).ok(200)["seq"].as_u64().unwrap();
    drop((first_admin, first_owner));
    server.terminate();

    let database = Database::new();
    let done = copy(folder.path(), &database.url);
    assert_eq!(done.exit_code, Some(0), "{}", done.stderr);
    // Without pruning: there are newer rows since, so the newest of the old ones may go.
    let launch = Launch::own(folder.path()).setting("DATABASE", &database.url);
    let server = launch.setting("JWT_SECRET", SECRET).run();
    let (admin, owner) = at(&server);
    assert_eq!(of_all(&admin), rows);
    assert_eq!(shown(&admin, &owner, &route, &paid), before);
    let rows = of_all(&admin);
    let mut late = watch(&owner, id(&route), Some(1));
    assert_eq!((late.next().id, late.next().name.as_str()), (Some(seq), "seat_snapshot"));
    let mut events = watch(&owner, id(&route), Some(seq - 1));
    assert_eq!(
        (events.next().id, events.seat_update()["seq"].as_u64()),
        (Some(seq - 1), Some(seq))
    );
    owner.post("/tickets", &booking(&route, 2)).problem(409, "seat_taken");
    owner.post("/tickets", &booking(&route, 3)).ok(201);
    for events in [&mut late, &mut events] {
        assert_eq!(events.seat_update()["seq"], seq + 1, "numbering goes on");
    }
    let written = of_all(&admin).as_array().unwrap().len();
    assert!(written > rows.as_array().unwrap().len(), "and so does the audit");
}
