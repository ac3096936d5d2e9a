//! One person, known by identity number or passport, is booked once on one part of a departure's
//! way, whichever caller books it; only staff may book more.

use std::sync::Barrier;

use serde_json::{Value, json};

use crate::postgres::on;
use crate::support::api::{Answer, Api};
use crate::support::identity_number::identity_number;
use crate::support::postgres::Database;
use crate::support::world::{World, booking, id, text_at};

/// Customers and guests who compete, half of each.
const BUYERS: u16 = 8;

fn journey(route: &Value, stops: (&str, &str), passengers: &[Value]) -> Value {
    json!({"journeys": [{"routeId": id(route), "fromCity": stops.0, "toCity": stops.1,
        "passengers": passengers}], "contact": {"phone": "0532 111 00 22"}})
}

fn passenger(seat: u16, document: Value) -> Value {
    let mut passenger =
        json!({"seatNumber": seat, "gender": "FEMALE", "passengerName": "Ayşe Yılmaz"});
    for (field, value) in document.as_object().unwrap() {
        passenger[field] = value.clone();
    }
    passenger
}

fn book(by: &Api, route: &Value, stops: (&str, &str), passengers: &[Value]) -> Answer {
    by.post("/bookings", &journey(route, stops, passengers))
}

const ALL: (&str, &str) = ("İstanbul", "Ankara");
const FIRST: (&str, &str) = ("İstanbul", "İzmit");
const REST: (&str, &str) = ("İzmit", "Ankara");

#[track_caller]
fn refused(answer: &Answer, seat: u16) {
    let problem = answer.problem(409, "passenger_already_booked");
    let detail = text_at(&problem, "detail");
    assert!(detail.contains(&format!("seat {seat}")), "it says whose: {detail}");
}

/// On a database of each kind: with and without a data key, in a file and on a server.
fn one_person_is_booked_once(world: &World) {
    let route = world.some_route();
    let number = |nth: u32| json!({"tcKimlikNo": identity_number(nth)});
    let passport = |country: &str| json!({"passport": {"number": "C01X00T47", "country": country}});
    let World { owner, stranger, nobody, agent, .. } = world;

    for (nth, document) in [(0, number(1)), (10, passport("DE"))] {
        let own = book(owner, &route, ALL, &[passenger(nth + 1, document.clone())]).ok(201);
        for (by, seat) in [(owner, 2), (stranger, 3), (nobody, 4)] {
            let again = [passenger(nth + seat, document.clone())];
            refused(&book(by, &route, FIRST, &again), nth + seat);
            refused(&book(by, &route, REST, &again), nth + seat);
        }
        // A taken seat is refused as taken.
        let taken = book(stranger, &route, ALL, &[passenger(nth + 1, document.clone())]);
        taken.problem(409, "seat_taken");
        book(agent, &route, ALL, &[passenger(nth + 5, document.clone())]).ok(201);
        let sold = agent.get(&format!("/tickets/available-seats/{}", id(&route))).ok(200);
        assert!(!sold.as_array().unwrap().contains(&json!(nth + 5)), "staff sell a second seat");
        // A cancelled ticket does not count; the second seat, which staff sold, does.
        owner.patch(&format!("/bookings/{}/cancel", id(&own)), &json!({})).ok(200);
        refused(&book(owner, &route, ALL, &[passenger(nth + 6, document)]), nth + 6);
    }

    let two = [passenger(31, number(31)), passenger(32, number(31))];
    refused(&book(nobody, &route, ALL, &two), 31);
    let two = [passenger(31, number(31)), passenger(32, number(32))];
    let both = book(nobody, &route, ALL, &two).ok(201);
    let cancelled = json!({"pnrNumber": both["pnrNumber"], "phone": "0532 111 00 22"});
    nobody.patch(&format!("/bookings/{}/cancel", id(&both)), &cancelled).ok(200);
    book(stranger, &route, FIRST, &[passenger(31, number(31))]).ok(201);
    // After the stop where they get off they can be booked again, on any seat.
    book(owner, &route, REST, &[passenger(33, number(31))]).ok(201);
    book(nobody, &route, ALL, &[passenger(34, passport("AT"))]).ok(201);
    // A passenger without a document is not known.
    book(nobody, &route, ALL, &[passenger(35, json!({})), passenger(36, json!({}))]).ok(201);
}

#[test]
fn one_person_is_booked_once_on_a_part_of_the_way() {
    one_person_is_booked_once(&World::new());
}

#[test]
fn one_person_is_booked_once_where_documents_are_encrypted() {
    let key = "k1=c2VhdHdpcmUncyBvd24gdGVzdCBkYXRhIGtleSAgIDE";
    one_person_is_booked_once(&World::with(|launch| launch.setting("DATA_KEY", key)));
}

#[test]
fn one_person_is_booked_once_on_postgres() {
    let database = Database::new();
    one_person_is_booked_once(&World::with(on(&database.url)));
}

/// A suspended ticket occupies no seat, so its passenger can be booked again; then the ticket has
/// to wait.
#[test]
fn a_suspended_ticket_gives_nobody_a_second_seat() {
    let world = World::new();
    let route = world.some_route();
    let first = world.paid(&route, 1);
    world.agent.patch(&format!("/tickets/{}/suspend", id(&first)), &json!({})).ok(200);
    let mut second = booking(&route, 2);
    second["tcKimlikNo"] = json!(identity_number(1));
    let second = world.stranger.post("/tickets", &second).ok(201);
    let confirm = format!("/tickets/{}/confirm", id(&first));
    refused(&world.owner.patch(&confirm, &json!({})), 1);
    world.stranger.patch(&format!("/tickets/{}/cancel", id(&second)), &json!({})).ok(200);
    world.owner.patch(&confirm, &json!({})).ok(200);
}

#[test]
fn of_those_who_race_for_one_person_one_wins() {
    let world = World::new();
    let route = world.some_route();
    let start = Barrier::new(BUYERS.into());
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let buyers = (1..=BUYERS).map(|seat| {
            let (world, route, start) = (&world, &route, &start);
            scope.spawn(move || {
                let by = if seat % 2 == 0 { &world.nobody } else { &world.stranger };
                let document = json!({"tcKimlikNo": identity_number(1)});
                start.wait();
                book(by, route, ALL, &[passenger(seat, document)]).status
            })
        });
        let buyers: Vec<_> = buyers.collect();
        buyers.into_iter().map(|buyer| buyer.join().unwrap()).collect()
    });
    let count = |status| statuses.iter().filter(|one| **one == status).count();
    assert_eq!((count(201), count(409)), (1, usize::from(BUYERS) - 1), "{statuses:?}");
}
