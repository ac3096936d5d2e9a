//! After the departure of a ticket's own segment: the passengers are fixed, only an administrator
//! makes corrections, and the system still finishes its own work.
//!
//! The real clock decides, so between a stop and a start the departures are moved into the past.

use jiff::SignedDuration;
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::support::api::{Answer, Api};
use crate::support::clock::{on_day, wait_until};
use crate::support::event_reader::watch;
use crate::support::running_server::{Launch, RunningServer};
use crate::support::world::{CARD_THAT_PAYS, World, booking, id, pay, text_at};

/// All callers on the restarted server.
struct Later {
    server: RunningServer,
    owner: Api,
    agent: Api,
    admin: Api,
    _folder: tempfile::TempDir,
}

impl Later {
    /// Stops the server and starts it again at a time when every bus left its second stop an hour
    /// ago, and has the third still before it.
    fn after_the_second_stop(world: World, launch: impl FnOnce(Launch) -> Launch) -> Self {
        let World { server, folder, owner, agent, admin, .. } = world;
        assert_eq!(server.terminate().exit_code, Some(0));
        let database = Connection::open(folder.path().join("s.db")).expect("the database");
        let second: i64 = database
            .query_row("SELECT min(time) FROM stops WHERE stop_index = 1", [], |row| row.get(0))
            .expect("a second stop");
        let hour_ago = crate::support::clock::now() - SignedDuration::from_hours(1);
        let earlier = second - hour_ago.as_millisecond();
        database.execute("UPDATE stops SET time = time - ?", [earlier]).expect("written");
        drop(database);
        let server = launch(Launch::own(folder.path())).run();
        let again =
            |who: &Api| Api::new(server.url()).with_token(who.token.as_deref().expect("a token"));
        let (owner, agent, admin) = (again(&owner), again(&agent), again(&admin));
        Self { server, owner, agent, admin, _folder: folder }
    }
}

fn of(ticket: &Value, what: &str) -> String {
    format!("/tickets/{}{what}", id(ticket))
}

type Ask = fn(&Api, &Value) -> Answer;

#[test]
fn only_an_administrator_changes_a_ticket_whose_own_stop_has_been_left() {
    let world = World::new();
    let route = world.some_route();
    let from = |by: &Api, city: &str, seat: u16| {
        let mut form = booking(&route, seat);
        form["fromCity"] = json!(city);
        by.post("/tickets", &form).ok(201)
    };
    let reserved = |seat| from(&world.owner, "İzmit", seat);
    let paid = |seat| {
        let ticket = reserved(seat);
        pay(&world.owner, id(&ticket), CARD_THAT_PAYS).ok(200);
        ticket
    };
    let suspended = |seat| {
        let ticket = paid(seat);
        world.agent.call("PATCH", &of(&ticket, "/suspend")).ok(200);
        ticket
    };
    let asks: [(&str, Ask, Value); 11] = [
        ("rename", |by, t| by.patch(&of(t, ""), &json!({"passengerName": "X"})), reserved(1)),
        ("gender", |by, t| by.patch(&of(t, ""), &json!({"gender": "OTHER"})), paid(2)),
        ("phone", |by, t| by.patch(&of(t, ""), &json!({"userPhoneNumber": "5359876543"})), paid(3)),
        ("move", |by, t| by.patch(&of(t, ""), &json!({"seatNumber": 40})), paid(4)),
        ("suspend", |by, t| by.call("PATCH", &of(t, "/suspend")), paid(5)),
        ("cash", |by, t| by.call("PATCH", &of(t, "/confirm")), reserved(6)),
        ("confirm again", |by, t| by.call("PUT", &of(t, "/confirm")), suspended(7)),
        ("pay", |by, t| pay(by, id(t), CARD_THAT_PAYS), reserved(8)),
        ("cancel", |by, t| by.call("PATCH", &of(t, "/cancel")), reserved(9)),
        ("delete", |by, t| by.call("DELETE", &of(t, "")), paid(10)),
        ("refund", |by, t| by.call("POST", &format!("/payments/refund/{}", id(t))), paid(11)),
    ];
    let still_to_come = from(&world.owner, "Bolu", 12);
    let later = Later::after_the_second_stop(world, |launch| launch);
    let seq = later.owner.get(&format!("/routes/{}", id(&route))).ok(200)["seq"].clone();
    for (name, ask, ticket) in &asks {
        for by in [&later.agent, &later.owner] {
            let answer = ask(by, ticket);
            assert_eq!(answer.status, 403, "{name}: {}", answer.text());
            let staff_only = answer.json()["code"] == "role_required";
            assert!(!staff_only || ["suspend", "cash"].contains(name), "{name}: {}", answer.text());
            if !staff_only {
                let problem = answer.problem(403, "after_departure");
                assert!(text_at(&problem, "detail").contains("has left"), "{problem}");
            }
        }
    }
    let after = later.owner.get(&format!("/routes/{}", id(&route))).ok(200)["seq"].clone();
    assert_eq!(after, seq, "nothing came of it");
    for (name, ask, ticket) in &asks {
        let answer = ask(&later.admin, ticket);
        assert_eq!(answer.status, 200, "{name}: {}", answer.text());
    }
    // The segment's departure counts, not the route's: from Bolu everything is as before.
    later.owner.patch(&of(&still_to_come, ""), &json!({"seatNumber": 13})).ok(200);
    assert_eq!(pay(&later.owner, id(&still_to_come), CARD_THAT_PAYS).ok(200)["success"], true);
    later.agent.call("PATCH", &of(&still_to_come, "/suspend")).ok(200);
    later.owner.call("PATCH", &of(&still_to_come, "/confirm")).ok(200);
    later.owner.call("DELETE", &of(&still_to_come, "")).ok(200);
    // No caller can buy a seat from a stop that the bus has left.
    let mut form = booking(&route, 20);
    form["fromCity"] = json!("İzmit");
    for by in [&later.owner, &later.agent, &later.admin] {
        by.post("/tickets", &form).problem(400, "too_late");
    }
    drop(later.server);
}

/// From İzmit and, another day, from Bolu: when the bus has left İzmit, the other is still to come.
fn there_and_back(by: &Api, routes: &[Value; 2]) -> Value {
    let journeys: Vec<_> = [("İzmit", &routes[0]), ("Bolu", &routes[1])]
        .into_iter()
        .map(|(from, route)| {
            json!({"routeId": id(route), "fromCity": from, "toCity": "Ankara",
                "passengers": [{"gender": "FEMALE", "passengerName": "Ayşe Yılmaz", "seatNumber": 1}]})
        })
        .collect();
    let contact = json!({"name": "Ayşe Yılmaz", "phone": "+90 532 123 45 67"});
    by.post("/bookings", &json!({"journeys": journeys, "contact": contact})).ok(201)
}

fn ticket_from(made: &Value, city: &str) -> Value {
    let mut tickets = made["tickets"].as_array().expect("tickets").iter();
    tickets.find(|ticket| ticket["fromCity"] == city).expect("one of it").clone()
}

/// The phone number is that of all who travel together, on their way back as well; but who has left
/// stays on the list as they are.
#[test]
fn a_change_of_the_way_back_leaves_the_way_there_as_it_is() {
    let world = World::new();
    let routes = [world.route(on_day(3, 9, 0)), world.route(on_day(4, 9, 0))];
    let made = there_and_back(&world.owner, &routes);
    let [there, back] = [ticket_from(&made, "İzmit"), ticket_from(&made, "Bolu")];
    let later = Later::after_the_second_stop(world, |launch| launch);
    let phones = || {
        [&there, &back].map(|ticket| {
            let shown = later.admin.get(&of(ticket, "")).ok(200);
            text_at(&shown, "userPhoneNumber").to_owned()
        })
    };
    let before = phones();
    for (by, number) in [(&later.owner, "5359876543"), (&later.agent, "5359876544")] {
        by.patch(&of(&back, ""), &json!({"userPhoneNumber": number})).ok(200);
        let [way_there, way_back] = phones();
        assert_eq!(way_there, before[0], "the passenger list stands");
        assert!(way_back.ends_with(number), "{way_back}");
    }
    later.admin.patch(&of(&back, ""), &json!({"userPhoneNumber": "5359876545"})).ok(200);
    assert!(phones().iter().all(|phone| phone.ends_with("5359876545")), "{:?}", phones());
    drop(later.server);
}

/// A guest shows the new number, and is nobody else on the ticket that has the old one.
#[test]
fn a_guest_with_a_new_number_is_told_that_the_bus_has_left() {
    let world = World::new();
    let routes = [world.route(on_day(3, 9, 0)), world.route(on_day(4, 9, 0))];
    let made = there_and_back(&world.nobody, &routes);
    let back = ticket_from(&made, "Bolu");
    let later = Later::after_the_second_stop(world, |launch| launch);
    later.agent.patch(&of(&back, ""), &json!({"userPhoneNumber": "5359876543"})).ok(200);
    let guest = Api::new(later.server.url());
    let pair = json!({"pnrNumber": made["pnrNumber"], "phone": "5359876543"});
    let cancel = || guest.patch(&format!("/bookings/{}/cancel", id(&made)), &pair);
    cancel().ok(200);
    cancel().problem(403, "after_departure");
    drop(later.server);
}

#[test]
fn a_hold_still_ends_after_the_departure() {
    let world = World::with(|launch| launch.setting("HOLD_SECONDS", "2"));
    let route = world.route(on_day(2, 9, 0));
    let ticket = world.booked(&world.owner, &route, 1);
    let later = Later::after_the_second_stop(world, |launch| launch);
    wait_until(text_at(&ticket, "expiresAt").parse().expect("a time"));
    let mut events = watch(&later.owner, id(&route), Some(1));
    assert_eq!(events.next().name, "subscribed");
    let kinds = [(); 2].map(|()| events.seat_update());
    let kinds = kinds.each_ref().map(|event| text_at(event, "eventType"));
    assert_eq!(kinds, ["seat_cancelled", "seat_available"]);
    let ended = later.owner.get(&of(&ticket, "")).ok(200);
    assert_eq!(ended["status"], "CANCELLED");
    later.admin.call("DELETE", &of(&ticket, "")).problem(409, "invalid_transition");
    drop(later.server);
}
