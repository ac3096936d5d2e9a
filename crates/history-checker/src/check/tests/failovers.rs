//! What a failover lost is named, and explains what came after it; nothing else may be lost.

use super::{LEGS, book, cancel, done, event, operation, refused};
use crate::check::check;
use crate::event::{Event, Kind};
use crate::history::{Asked, History, Operation, Outcome};

/// For operations acknowledged while the standby did not follow, the loss is named; for any other
/// it is a violation.
#[test]
fn what_a_failover_lost_is_named_and_nothing_else_may_be_lost() {
    let events = [event(Kind::Reserved, 1, "a"), event(Kind::Reserved, 2, "c")];
    let operations = vec![
        book((0, 10), 1, done("a")),
        book((20, 30), 2, done("b")),
        cancel((22, 32), "a", done("a")),
        book((23, 33), 2, Outcome::SeatTaken),
        book((50, 60), 2, done("c")),
    ];
    let during =
        |loss| check(&events, &History { operations: operations.clone(), losses: vec![loss] });
    let report = during((15, 40));
    assert_eq!((report.violations.len(), report.lost.len()), (0, 2), "{report:?}");
    assert!(report.lost.iter().any(|lost| lost.contains("\"b\"")), "{report:?}");
    assert_eq!(during((45, 60)).violations.len(), 3);
}

#[test]
fn a_ticket_whose_cancellation_was_lost_may_run_out_later() {
    let events = [
        event(Kind::Reserved, 1, "a"),
        event(Kind::Reserved, 2, "b"),
        event(Kind::Cancelled, 1, "a"),
        event(Kind::Available, 1, "a"),
    ];
    let operations = vec![
        book((0, 10), 1, done("a")),
        cancel((20, 30), "a", done("a")),
        book((50, 60), 2, done("b")),
    ];
    let lost = History { operations: operations.clone(), losses: vec![(15, 40)] };
    assert_eq!(check(&events, &lost).violations, []);
    refused(&events, operations, "answered before the other was asked");
}

/// The payment was begun before what was lost, so the servers themselves end it once more.
#[test]
fn a_payment_whose_end_was_lost_is_ended_again_later() {
    let events = [
        event(Kind::Reserved, 1, "a"),
        event(Kind::Reserved, 2, "b"),
        event(Kind::Confirmed, 1, "a"),
    ];
    let (_, confirm, _) = changes_of_a();
    let operations = vec![
        book((0, 10), 1, done("a")),
        operation((20, 30), confirm, done("a")),
        book((50, 60), 2, done("b")),
    ];
    let lost = History { operations: operations.clone(), losses: vec![(15, 40)] };
    assert_eq!(check(&events, &lost).violations, []);
    refused(&events, operations, "answered before the other was asked");
}

/// A failover loses the confirmation of a suspended ticket: so it is suspended again, holds no
/// seat, and the move that follows makes no event.
#[test]
fn a_ticket_whose_confirmation_was_lost_moves_without_an_event() {
    let (suspend, confirm, to_seat_2) = changes_of_a();
    let mut operations = vec![
        book((0, 10), 1, done("a")),
        operation((20, 30), suspend, done("a")),
        operation((50, 60), confirm.clone(), done("a")),
        operation((80, 90), to_seat_2, done("a")),
    ];
    let mut events = vec![event(Kind::Confirmed, 1, "a"), event(Kind::Suspended, 1, "a")];
    one_is_lost(&events, &operations);
    // The event is of the second confirmation, although the lost one fits too.
    operations.push(operation((100, 110), confirm, done("a")));
    events.push(event(Kind::Confirmed, 2, "a"));
    one_is_lost(&events, &operations);
}

/// A failover loses a move: so the ticket has its old seat again, and a move to that seat makes no
/// event.
#[test]
fn a_ticket_whose_move_was_lost_moves_back_without_an_event() {
    let (suspend, _, to_seat_2) = changes_of_a();
    let to_seat_1 = Asked::Move { ticket: "a".to_owned(), seat: 1, legs: LEGS };
    let mut operations = vec![
        book((0, 10), 1, done("a")),
        operation((50, 60), to_seat_2, done("a")),
        operation((80, 90), to_seat_1, done("a")),
    ];
    let mut events = vec![event(Kind::Confirmed, 1, "a")];
    one_is_lost(&events, &operations);
    operations.push(operation((100, 110), suspend, done("a")));
    events.push(event(Kind::Suspended, 1, "a"));
    one_is_lost(&events, &operations);
}

/// It suspends, confirms, and moves to seat 2.
fn changes_of_a() -> (Asked, Asked, Asked) {
    let ticket = || "a".to_owned();
    (
        Asked::Suspend { ticket: ticket() },
        Asked::Confirm { ticket: ticket(), seat: 1, legs: LEGS },
        Asked::Move { ticket: ticket(), seat: 2, legs: LEGS },
    )
}

/// A failover from 40 to 70 explains these; without it, they are wrong.
#[track_caller]
fn one_is_lost(events: &[Event], operations: &[Operation]) {
    let history = |losses| History { operations: operations.to_vec(), losses };
    let report = check(events, &history(vec![(40, 70)]));
    assert_eq!((report.violations.len(), report.lost.len()), (0, 1), "{report:?}");
    assert_ne!(check(events, &history(vec![])).violations, []);
}
