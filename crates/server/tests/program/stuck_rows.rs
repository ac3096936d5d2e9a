//! The database refuses to change one row, whatever the reason: what the server does by itself with
//! all others goes on.

use jiff::SignedDuration;
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::support::api::Api;
use crate::support::clock::on_day;
use crate::support::running_server::Launch;
use crate::support::waiting::wait_for;
use crate::support::world::{World, booking, id, route_form, text_at};

/// The log says it once, not at every look.
#[test]
fn a_hold_that_cannot_be_ended_keeps_no_other() {
    let World { server, folder, owner, admin, .. } = World::new();
    server.terminate();
    let database = Connection::open(folder.path().join("s.db")).unwrap();
    let trigger = "CREATE TRIGGER stuck BEFORE UPDATE OF status ON tickets WHEN OLD.seat_number = 7 \
                   BEGIN SELECT RAISE(ABORT, 'stuck'); END";
    database.execute_batch(trigger).unwrap();
    drop(database);
    let server = Launch::own(folder.path()).setting("HOLD_SECONDS", "1").run();
    let again = |who: &Api| Api::new(server.url()).with_token(who.token.as_deref().unwrap());
    let (owner, admin) = (again(&owner), again(&admin));
    let bus = admin.post("/buses", &json!({"plate": "34 S 1", "model": "T", "seatCount": 40}));
    let route = admin.post("/routes", &route_form(id(&bus.ok(201)), on_day(3, 9, 0))).ok(201);
    let status = |ticket: &Value| {
        let shown = owner.get(&format!("/tickets/{}", id(ticket))).ok(200);
        text_at(&shown, "status").to_owned()
    };
    let stuck = owner.post("/tickets", &booking(&route, 7)).ok(201);
    for seat in 8..11 {
        let other = owner.post("/tickets", &booking(&route, seat)).ok(201);
        wait_for("the other hold has ended", || status(&other) != "RESERVED");
    }
    assert_eq!(status(&stuck), "RESERVED");
    let log = server.terminate().stderr;
    assert_eq!(log.matches("holds could not be ended").count(), 1, "{log}");
}

#[test]
fn a_booking_that_cannot_be_forgotten_keeps_no_other() {
    let world = World::new();
    let booked = |hour| {
        let route = world.route(on_day(3, hour, 0));
        let ticket = world.booked(&world.agent, &route, 1);
        (text_at(&ticket, "pnrNumber").to_owned(), text_at(&ticket, "bookingId").to_owned())
    };
    let ((stuck_pnr, stuck), (_, behind)) = (booked(9), booked(12));
    let world = world.changed(SignedDuration::from_hours(24 * 5), |database| {
        let trigger = format!(
            "CREATE TRIGGER stuck BEFORE UPDATE ON bookings WHEN OLD.pnr = '{stuck_pnr}' \
             BEGIN SELECT RAISE(ABORT, 'stuck'); END"
        );
        database.execute_batch(&trigger).unwrap();
    });
    let World { server, folder, admin, .. } = world;
    server.terminate();
    let server = Launch::own(folder.path()).setting("RETENTION_DAYS", "1").run();
    let admin = Api::new(server.url()).with_token(admin.token.as_deref().unwrap());
    let name = |booking: &str| {
        let shown = admin.get(&format!("/bookings/{booking}")).ok(200);
        text_at(&shown["tickets"][0], "passengerName").to_owned()
    };
    wait_for("the one behind it is forgotten", || name(&behind).is_empty());
    assert!(!name(&stuck).is_empty());
    let log = server.terminate().stderr;
    assert!(log.contains("a booking cannot be forgotten") && log.contains(&stuck), "{log}");
}
