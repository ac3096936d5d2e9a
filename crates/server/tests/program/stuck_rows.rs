//! The database refuses to change one row, whatever the reason: what the server does by itself with
//! all others goes on.

use jiff::SignedDuration;
use rusqlite::Connection;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::api::Api;
use crate::support::clock::on_day;
use crate::support::running_server::{Launch, RunningServer};
use crate::support::waiting::wait_for;
use crate::support::world::{World, booking, id, route_form, text_at};

/// With seats of which no hold can be ended, but that of the last.
struct StuckHolds {
    server: RunningServer,
    /// Kept as long as the server.
    _folder: TempDir,
    owner: Api,
    admin: Api,
    bus: Value,
}

const SEATS: u16 = 40;

impl StuckHolds {
    fn new() -> Self {
        let World { server, folder, owner, admin, .. } = World::new();
        server.terminate();
        let database = Connection::open(folder.path().join("s.db")).unwrap();
        let trigger = format!(
            "CREATE TRIGGER stuck BEFORE UPDATE OF status ON tickets \
             WHEN OLD.seat_number < {SEATS} BEGIN SELECT RAISE(ABORT, 'stuck'); END"
        );
        database.execute_batch(&trigger).unwrap();
        drop(database);
        let server = Launch::own(folder.path()).setting("HOLD_SECONDS", "1");
        // A traveller has only so many unpaid seats.
        let server = server.setting("RATE_LIMIT", "off").run();
        let again = |who: &Api| Api::new(server.url()).with_token(who.token.as_deref().unwrap());
        let (owner, admin) = (again(&owner), again(&admin));
        let bus = json!({"plate": "34 S 1", "model": "T", "seatCount": SEATS});
        let bus = admin.post("/buses", &bus).ok(201);
        Self { server, _folder: folder, owner, admin, bus }
    }

    fn route(&self, day: i64) -> Value {
        self.admin.post("/routes", &route_form(id(&self.bus), on_day(day, 9, 0))).ok(201)
    }

    fn booked(&self, route: &Value, seat: u16) -> Value {
        let ticket = self.owner.post("/tickets", &booking(route, seat)).ok(201);
        assert_eq!(ticket["status"], "RESERVED");
        ticket
    }

    fn status(&self, ticket: &Value) -> String {
        let shown = self.owner.get(&format!("/tickets/{}", id(ticket))).ok(200);
        text_at(&shown, "status").to_owned()
    }

    #[track_caller]
    fn the_hold_ends(&self, ticket: &Value) {
        wait_for("the other hold has ended", || self.status(ticket) != "RESERVED");
    }
}

/// The log says it once, not at every look.
#[test]
fn a_hold_that_cannot_be_ended_keeps_no_other() {
    let holds = StuckHolds::new();
    let first = holds.route(3);
    let stuck = holds.booked(&first, 7);
    for day in 4..7 {
        holds.the_hold_ends(&holds.booked(&holds.route(day), SEATS));
    }
    assert_eq!(holds.status(&stuck), "RESERVED");
    let log = holds.server.terminate().stderr;
    assert_eq!(log.matches("holds could not be ended").count(), 1, "{log}");
}

/// More than are ended in one round.
#[test]
fn holds_that_cannot_be_ended_keep_no_other_however_many_they_are() {
    let holds = StuckHolds::new();
    for day in 3..10 {
        let route = holds.route(day);
        for seat in 1..SEATS {
            holds.booked(&route, seat);
        }
    }
    holds.the_hold_ends(&holds.booked(&holds.route(10), SEATS));
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
