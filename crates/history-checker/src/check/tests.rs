//! Histories that must be accepted, and those that must not: each of these has a small fault, made
//! on purpose.

mod failovers;

use std::collections::HashMap;

use super::{Report, check, was_right};
use crate::event::{Event, Kind};
use crate::history::{Asked, History, Operation, Outcome, Times};
use crate::legs::Legs;

const LEGS: Legs = Legs(0b011);
const OTHER: Legs = Legs(0b110);

fn event(kind: Kind, seat: usize, ticket: &str) -> Event {
    let ticket = (kind != Kind::Available).then(|| ticket.to_owned());
    Event { kind, seat, legs: LEGS, ticket }
}

fn operation((asked, answered): (u64, u64), what: Asked, outcome: Outcome) -> Operation {
    let answered = (outcome != Outcome::Unknown).then_some(answered);
    let times = Times { asked, answered };
    Operation { by: "somebody".to_owned(), times, asked: what, outcome }
}

fn done(ticket: &str) -> Outcome {
    Outcome::Done { ticket: ticket.to_owned() }
}

fn book(times: (u64, u64), seat: usize, outcome: Outcome) -> Operation {
    operation(times, Asked::Book { seat, legs: LEGS }, outcome)
}

fn cancel(times: (u64, u64), ticket: &str, outcome: Outcome) -> Operation {
    operation(times, Asked::Cancel { ticket: ticket.to_owned() }, outcome)
}

fn read(times: (u64, u64), seq: u64, taken: &[(usize, Legs)]) -> Operation {
    let taken = taken.iter().copied().collect::<HashMap<_, _>>();
    operation(times, Asked::Read, Outcome::Map { seq, taken })
}

fn judged(events: &[Event], operations: Vec<Operation>) -> Report {
    check(events, &History { operations, losses: Vec::new() })
}

#[track_caller]
fn accepted(events: &[Event], operations: Vec<Operation>) {
    let report = judged(events, operations);
    assert_eq!(report.violations, []);
}

#[track_caller]
fn refused(events: &[Event], operations: Vec<Operation>, why: &str) {
    let violations = judged(events, operations).violations;
    let [violation] = &violations[..] else { panic!("not one violation: {violations:?}") };
    assert!(violation.0.contains(why), "{violation}");
}

/// One seat that is booked, cancelled, and booked by another.
fn twice_sold_in_a_row() -> [Event; 4] {
    [
        event(Kind::Reserved, 1, "a"),
        event(Kind::Cancelled, 1, "a"),
        event(Kind::Available, 1, "a"),
        event(Kind::Reserved, 1, "b"),
    ]
}

#[test]
fn one_thing_after_the_other_is_accepted() {
    let operations = vec![
        book((0, 10), 1, done("a")),
        book((5, 20), 1, Outcome::SeatTaken),
        cancel((30, 40), "a", done("a")),
        book((35, 50), 1, done("b")),
        read((60, 70), 4, &[(1, LEGS)]),
        read((41, 45), 3, &[]),
    ];
    let report = judged(&twice_sold_in_a_row(), operations);
    assert_eq!(report.violations, []);
    assert_eq!((report.changes, report.refusals, report.maps), (3, 1, 2));
}

#[test]
fn a_seat_that_is_sold_twice_is_refused() {
    let events = [event(Kind::Reserved, 1, "a"), event(Kind::Reserved, 1, "b")];
    let operations = vec![book((0, 10), 1, done("a")), book((0, 10), 1, done("b"))];
    refused(&events, operations, "is not possible");
}

#[test]
fn other_legs_of_one_seat_are_another_register() {
    let mut other = event(Kind::Reserved, 1, "b");
    other.legs = Legs(0b100);
    let asked = Asked::Book { seat: 1, legs: Legs(0b100) };
    let operations = vec![book((0, 9), 1, done("a")), operation((0, 9), asked, done("b"))];
    accepted(&[event(Kind::Reserved, 1, "a"), other], operations);
}

#[test]
fn legs_that_overlap_are_not_free() {
    let mut other = event(Kind::Reserved, 1, "b");
    other.legs = OTHER;
    let asked = Asked::Book { seat: 1, legs: OTHER };
    let operations = vec![book((0, 9), 1, done("a")), operation((0, 9), asked, done("b"))];
    refused(&[event(Kind::Reserved, 1, "a"), other], operations, "is not possible");
}

#[test]
fn what_was_acknowledged_and_is_gone_is_refused() {
    refused(&[], vec![book((0, 10), 1, done("a"))], "acknowledged, and not there");
    let events = [event(Kind::Confirmed, 1, "a")];
    let operations = vec![book((0, 10), 1, done("a")), cancel((20, 30), "a", done("a"))];
    refused(&events, operations, "acknowledged, and not there");
}

#[test]
fn an_order_against_real_time_is_refused() {
    let events = [event(Kind::Reserved, 1, "a"), event(Kind::Reserved, 2, "b")];
    let at = |a, b| vec![book(a, 1, done("a")), book(b, 2, done("b"))];
    accepted(&events, at((0, 10), (11, 20)));
    accepted(&events, at((5, 15), (0, 10)));
    refused(&events, at((21, 30), (0, 20)), "answered before the other was asked");
}

#[test]
fn a_refusal_of_a_seat_that_was_free_is_refused() {
    let events = [event(Kind::Reserved, 2, "a")];
    let other = book((0, 10), 2, done("a"));
    refused(&events, vec![other.clone(), book((20, 30), 1, Outcome::SeatTaken)], "was free");
    accepted(&events, vec![other, book((20, 30), 2, Outcome::SeatTaken)]);
}

#[test]
fn a_refusal_behind_the_end_of_the_hold_is_refused() {
    let events = &twice_sold_in_a_row()[..3];
    let known = [book((0, 10), 1, done("a")), cancel((20, 30), "a", done("a"))];
    let with = |times| [&known[..], &[book(times, 1, Outcome::SeatTaken)]].concat();
    accepted(events, with((25, 50)));
    refused(events, with((40, 50)), "was free");
}

#[test]
fn a_refusal_before_the_seat_was_asked_for_is_refused() {
    let events = [event(Kind::Reserved, 1, "a")];
    let operations = |times| vec![book((20, 30), 1, done("a")), book(times, 1, Outcome::SeatTaken)];
    accepted(&events, operations((0, 20)));
    refused(&events, operations((0, 10)), "was free");
}

#[test]
fn a_map_older_than_the_question_is_refused() {
    let events = [event(Kind::Reserved, 1, "a")];
    let with = |map| vec![book((0, 10), 1, done("a")), map];
    refused(&events, with(read((20, 30), 0, &[])), "a map of another time");
    accepted(&events, with(read((5, 30), 0, &[])));
    refused(&events, with(read((20, 30), 1, &[(1, OTHER)])), "the map was");
}

#[test]
fn a_map_from_the_future_is_refused() {
    let events = [event(Kind::Reserved, 1, "a")];
    let operations = vec![read((0, 10), 1, &[(1, LEGS)]), book((20, 30), 1, done("a"))];
    refused(&events, operations, "a map of another time");
}

#[test]
fn what_was_not_answered_may_have_happened_late_or_not_at_all() {
    let unknown = book((0, 10), 1, Outcome::Unknown);
    accepted(&[], vec![unknown.clone()]);
    let events = [event(Kind::Reserved, 2, "b"), event(Kind::Reserved, 1, "a")];
    accepted(&events, vec![unknown.clone(), book((20, 30), 2, done("b"))]);
    // Not before its request, and not twice.
    let early = [event(Kind::Reserved, 1, "a"), event(Kind::Reserved, 2, "b")];
    let later = book((40, 50), 1, Outcome::Unknown);
    refused(&early, vec![later, book((20, 30), 2, done("b"))], "nobody asked for event 1");
    let twice = [&twice_sold_in_a_row()[..]].concat();
    refused(&twice, vec![unknown], "nobody asked for event 4");
}

/// A family is refused when one of its seats is taken; with a way back, when that is so on one of
/// the two routes.
#[test]
fn several_seats_are_refused_rightly_if_one_of_them_was_taken() {
    let events = [event(Kind::Reserved, 2, "a")];
    let known = book((0, 10), 2, done("a"));
    let family = |seats: [usize; 2]| {
        let seats = seats.map(|seat| (seat, LEGS)).to_vec();
        operation((20, 30), Asked::BookTogether { seats }, Outcome::SeatTaken)
    };
    accepted(&events, vec![known.clone(), family([1, 2])]);
    refused(&events, vec![known.clone(), family([3, 4])], "was free");
    let history = History { operations: vec![known], losses: Vec::new() };
    assert!(was_right(&events, &history, &family([1, 2])));
    assert!(!was_right(&events, &history, &family([3, 4])));
}

#[test]
fn what_nobody_asked_for_is_refused() {
    refused(&[event(Kind::Reserved, 1, "a")], vec![], "nobody asked for event 1");
    let events = [event(Kind::Reserved, 1, "a"), event(Kind::Confirmed, 1, "a")];
    refused(&events, vec![book((0, 10), 1, done("a"))], "nobody asked for event 2");
}

#[test]
fn only_a_reservation_ends_by_itself() {
    let ended = |first| {
        let events = [event(first, 1, "a"), event(Kind::Cancelled, 1, "a")];
        judged(&events, vec![book((0, 10), 1, done("a"))]).violations.len()
    };
    assert_eq!((ended(Kind::Reserved), ended(Kind::Confirmed)), (0, 1));
}

#[test]
fn a_ticket_that_moves_gives_its_seat_back_first() {
    let moved = [
        event(Kind::Reserved, 1, "a"),
        event(Kind::Available, 1, "a"),
        event(Kind::Reserved, 2, "a"),
        event(Kind::Reserved, 1, "b"),
    ];
    let asked = Asked::Move { ticket: "a".to_owned(), seat: 2, legs: LEGS };
    let operations = vec![
        book((0, 10), 1, done("a")),
        operation((20, 30), asked, done("a")),
        book((40, 50), 1, done("b")),
    ];
    accepted(&moved, operations);
}

#[test]
fn a_ticket_that_is_suspended_moves_without_an_event() {
    let events = [event(Kind::Confirmed, 1, "a"), event(Kind::Suspended, 1, "a")];
    let suspend = Asked::Suspend { ticket: "a".to_owned() };
    let moved = Asked::Move { ticket: "a".to_owned(), seat: 2, legs: LEGS };
    let known = [book((0, 10), 1, done("a")), operation((20, 30), suspend, done("a"))];
    let with = |more: Operation| [&known[..], &[more]].concat();
    accepted(&events, with(operation((40, 50), moved.clone(), done("a"))));
    // A move of a ticket that holds a seat makes an event.
    let held = vec![known[0].clone(), operation((40, 50), moved, done("a"))];
    refused(&events[..1], held, "acknowledged, and not there");
}

/// Random runs of a store that does one operation after the other, with late answers, are all
/// accepted. The same runs with two events swapped, one event missing, or a map changed are
/// refused.
#[test]
fn random_histories_are_accepted_and_their_mutations_refused() {
    let mut refusals = 0;
    for seed in 0..300 {
        let mut dice = fastrand::Rng::with_seed(seed);
        let (events, operations) = played(&mut dice);
        let report = judged(&events, operations.clone());
        assert_eq!(report.violations, [], "seed {seed}: {events:?} {operations:?}");
        let mut shorter = events.clone();
        if let Some(last) = shorter.pop() {
            // The last event of a ticket cannot be missing where its operation was acknowledged.
            let known = matches!(last.kind, Kind::Reserved);
            assert!(!known || !judged(&shorter, operations.clone()).violations.is_empty());
        }
        let mut wrong = operations;
        for one in &mut wrong {
            if let Outcome::Map { taken, .. } = &mut one.outcome {
                taken.entry(7).or_insert(Legs(0)).0 ^= 0b1000;
                refusals += 1;
                break;
            }
        }
        let changed = wrong.iter().any(|one| matches!(one.outcome, Outcome::Map { .. }));
        assert_eq!(judged(&events, wrong).violations.is_empty(), !changed, "seed {seed}");
    }
    assert!(refusals > 200, "{refusals}");
}

/// A store that does one operation every ten ticks, with requests sent before and answers coming
/// after.
fn played(dice: &mut fastrand::Rng) -> (Vec<Event>, Vec<Operation>) {
    let (mut events, mut operations) = (Vec::new(), Vec::new());
    let mut held: HashMap<usize, String> = HashMap::new();
    for step in 0..60_u64 {
        let now = 1_000 + step * 10;
        let times = (now - dice.u64(0..40), now + dice.u64(0..40));
        let seat = dice.usize(1..5);
        match (dice.u8(..10), held.get(&seat).cloned()) {
            (0..2, _) => {
                let taken: Vec<_> = held.keys().map(|seat| (*seat, LEGS)).collect();
                operations.push(read(times, events.len() as u64, &taken));
            }
            (2..8, None) => {
                let ticket = format!("t{step}");
                events.push(event(Kind::Reserved, seat, &ticket));
                operations.push(book(times, seat, done(&ticket)));
                held.insert(seat, ticket);
            }
            (2..8, Some(_)) => operations.push(book(times, seat, Outcome::SeatTaken)),
            (_, Some(ticket)) => {
                events.push(event(Kind::Cancelled, seat, &ticket));
                events.push(event(Kind::Available, seat, &ticket));
                // The requests about one ticket are sent one after the other.
                operations.push(cancel((now, now + 9), &ticket, done(&ticket)));
                held.remove(&seat);
            }
            (_, None) => {}
        }
    }
    (events, operations)
}
