//! Several callers' requests about one route, with their answers, compared with the store's order
//! in the end.

use std::sync::Mutex;
use std::time::Instant;

use history_checker::{Asked, Event, History, Kind, Legs, Operation, Outcome, Times, check};
use serde_json::{Value, json};

use super::api::{Answer, Api};
use super::event_reader::watch;
use super::world::{booking, id, text_at};

pub struct Record {
    pub(super) route: Value,
    pub(super) legs: Legs,
    began: Instant,
    operations: Mutex<Vec<Operation>>,
}

impl Record {
    /// For a route whose tickets are all from its first stop to its last.
    pub fn of(route: &Value) -> Self {
        Self::since(route, Instant::now())
    }

    /// For another route, with the same clock.
    pub(super) fn beside(&self, route: &Value) -> Self {
        Self::since(route, self.began)
    }

    fn since(route: &Value, began: Instant) -> Self {
        let stops = route["stops"].as_array().expect("stops").len();
        let legs = Legs::between(0, u32::try_from(stops - 1).expect("few"));
        Self { route: route.clone(), legs, began, operations: Mutex::new(Vec::new()) }
    }

    pub(super) fn micros(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_micros()).expect("a short test")
    }

    fn note(&self, by: &str, asked_at: u64, asked: Asked, outcome: Outcome) {
        let times = Times { asked: asked_at, answered: Some(self.micros()) };
        self.add(Operation { by: by.to_owned(), times, asked, outcome });
    }

    pub(super) fn add(&self, operation: Operation) {
        self.operations.lock().expect("nobody panicked").push(operation);
    }

    /// The ticket, unless the seat is taken.
    pub fn book(&self, by: &str, api: &Api, seat: u16) -> Option<String> {
        let asked_at = self.micros();
        let answer = api.post("/tickets", &booking(&self.route, seat));
        let ticket = (answer.status == 201).then(|| id(&answer.json()).to_owned());
        let outcome = self.outcome(answer, ticket.as_deref());
        let asked = Asked::Book { seat: seat.into(), legs: self.legs };
        self.note(by, asked_at, asked, outcome);
        ticket
    }

    pub fn cancel(&self, by: &str, api: &Api, ticket: &str) {
        let asked_at = self.micros();
        api.patch(&format!("/tickets/{ticket}/cancel"), &json!({})).ok(200);
        let done = Outcome::Done { ticket: ticket.to_owned() };
        self.note(by, asked_at, Asked::Cancel { ticket: ticket.to_owned() }, done);
    }

    pub fn read(&self, by: &str, api: &Api) {
        let asked_at = self.micros();
        let bus = api.get(&format!("/routes/{}", id(&self.route))).ok(200);
        let seats = bus["tickets"].as_array().expect("seats").iter();
        let taken =
            seats.filter(|seat| matches!(text_at(seat, "status"), "RESERVED" | "CONFIRMED"));
        let seat = |ticket: &Value| {
            let number = ticket["seatNumber"].as_u64().expect("a seat");
            (usize::try_from(number).expect("few"), legs_of(ticket))
        };
        let (seq, taken) = (bus["seq"].as_u64().expect("a number"), taken.map(seat).collect());
        self.note(by, asked_at, Asked::Read, Outcome::Map { seq, taken });
    }

    fn outcome(&self, answer: Answer, ticket: Option<&str>) -> Outcome {
        match ticket {
            Some(ticket) => Outcome::Done { ticket: ticket.to_owned() },
            None => {
                answer.problem(409, "seat_taken");
                Outcome::SeatTaken
            }
        }
    }

    /// Checks that all answers are possible, as one change after another. Returns how much was
    /// checked.
    pub fn judged_as_one_history(self, api: &Api) -> (usize, usize, usize) {
        let (events, history) = self.told(api);
        judged(&events, &history)
    }

    /// The store's events, in its order, and the requests.
    pub(super) fn told(self, api: &Api) -> (Vec<Event>, History) {
        let count = api.get(&format!("/routes/{}", id(&self.route))).ok(200)["seq"].as_u64();
        let mut stream = watch(api, id(&self.route), Some(0));
        assert_eq!(stream.next().name, "subscribed");
        let events = (0..count.expect("a number")).map(|_| event(&stream.seat_update())).collect();
        let operations = self.operations.into_inner().expect("nobody panicked");
        (events, History { operations, losses: Vec::new() })
    }
}

pub(super) fn judged(events: &[Event], history: &History) -> (usize, usize, usize) {
    let report = check(events, history);
    assert_eq!(report.violations, []);
    (report.changes, report.refusals, report.maps)
}

fn event(update: &Value) -> Event {
    let kind = match text_at(update, "eventType") {
        "seat_reserved" => Kind::Reserved,
        "seat_confirmed" => Kind::Confirmed,
        "seat_suspended" => Kind::Suspended,
        "seat_cancelled" => Kind::Cancelled,
        "seat_available" => Kind::Available,
        other => panic!("{other}"),
    };
    let seat = usize::try_from(update["seatNumber"].as_u64().expect("a seat")).expect("few");
    let ticket = update["ticketId"].as_str().map(str::to_owned);
    Event { kind, seat, legs: legs_of(update), ticket }
}

fn legs_of(value: &Value) -> Legs {
    let stop = |name: &str| u32::try_from(value[name].as_u64().expect("a stop")).expect("few");
    Legs::between(stop("fromStopIndex"), stop("toStopIndex"))
}
