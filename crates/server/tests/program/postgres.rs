//! The program on PostgreSQL: the same answers through the same port, and a restart that loses nothing.

use serde_json::json;

use crate::support::api::Api;
use crate::support::event_reader::watch;
use crate::support::postgres::Database;
use crate::support::running_server::{Launch, RunningServer};
use crate::support::world::{CARD_THAT_PAYS, World, booking, id, pay, text_at, without_route};

/// Every server of one database needs it.
const SECRET: &str = "c2VhdHdpcmUtdGVzdC1vbmx5LTkxN2Y0";

fn on(url: &str) -> impl Fn(Launch) -> Launch {
    move |launch| launch.setting("DATABASE", url).setting("JWT_SECRET", SECRET)
}

/// The same people on the server that came back.
fn again(server: &RunningServer, who: &Api) -> Api {
    Api::new(server.url()).with_token(who.token.as_deref().expect("a token"))
}

#[test]
fn seats_are_sold_told_and_kept_through_a_kill() {
    let database = Database::new();
    let world = World::with(on(&database.url));
    let route = world.some_route();
    let mut events = watch(&world.nobody, id(&route), None);
    events.next();
    let ticket = world.booked(&world.owner, &route, 1);
    assert_eq!(events.seat_update()["eventType"], "seat_reserved");
    pay(&world.owner, id(&ticket), CARD_THAT_PAYS).ok(200);
    assert_eq!(events.seat_update()["eventType"], "seat_confirmed");
    let other = world.booked(&world.owner, &route, 2);
    assert_eq!(events.seat_update()["eventType"], "seat_reserved");
    world.owner.patch(&format!("/tickets/{}/cancel", id(&other)), &json!({})).ok(200);
    assert_eq!(events.seat_update()["eventType"], "seat_cancelled");
    let paid = world.owner.get(&format!("/tickets/{}", id(&ticket))).ok(200);

    let World { server, folder, owner, .. } = world;
    server.kill();
    let server = on(&database.url)(Launch::own(folder.path())).run();
    let owner = again(&server, &owner);
    let kept = owner.get(&format!("/tickets/{}", id(&ticket))).ok(200);
    assert_eq!(without_route(kept), without_route(paid));
    owner.post("/tickets", &booking(&route, 1)).problem(409, "seat_taken");
    // From where the viewer was before the kill.
    let mut events = watch(&owner, id(&route), Some(3));
    assert_eq!(events.next().name, "subscribed");
    assert_eq!(events.seat_update()["seq"], 4);
    let next = owner.post("/tickets", &booking(&route, 2)).ok(201);
    assert_eq!(text_at(&next, "status"), "RESERVED");
}

#[test]
fn what_postgres_cannot_store_is_refused_as_on_sqlite() {
    let database = Database::new();
    for world in [World::with(on(&database.url)), World::new()] {
        let route = world.some_route();
        let mut form = booking(&route, 1);
        form["passengerName"] = json!("Ay\0şe Yılmaz");
        world.owner.post("/tickets", &form).problem(400, "validation_failed");
        let station = json!({"name": "Ada\0na", "kind": "TERMINAL"});
        world.admin.post("/stations", &station).problem(400, "validation_failed");
        assert_eq!(world.seq(id(&route)), 0, "nothing was sold");
    }
}
