//! The difficult cases, one by one. Every client is recovered each time that it connects again.

use super::Step::{self, *};
use super::run;

fn check(story: &[Step], recovered: usize) {
    // The other client connects again once, at the end.
    assert_eq!(run(story.to_vec()).unwrap(), recovered, "{story:?}");
}

#[test]
#[rustfmt::skip]
fn no_event_yet_so_no_offset() {
    check(&[Return(0, 0, None), Subscribe(0, 0, None), Drain(0, 99), Cut(0), Commit(0), Publish(0, 9),
        Return(0, 0, None)], 1);
}

#[test]
#[rustfmt::skip]
fn what_was_written_was_not_received() {
    check(&[Return(0, 0, None), Subscribe(0, 0, None), Drain(0, 13), Commit(0), Commit(0), Publish(0, 9),
        Run(9), Drain(0, 3), Cut(0), Return(0, 0, None)], 1);
}

/// One position cannot express both.
#[test]
#[rustfmt::skip]
fn back_in_one_room_while_ahead_in_another() {
    check(&[Commit(1), Commit(1), Commit(1), Publish(0, 9), Return(0, 0, None), Subscribe(0, 0, None),
        Commit(0), Publish(0, 9), Run(9), Drain(0, 99), Subscribe(0, 1, Some(3)), Run(9), Drain(0, 25),
        Cut(0), Return(0, 0, None), Run(9), Drain(0, 30), Cut(0)], 2);
}

/// And a start before it.
#[test]
#[rustfmt::skip]
fn an_old_offset_in_a_session_that_was_not_recovered() {
    check(&[Return(0, 0, None), Subscribe(0, 0, None), Commit(0), Commit(0), Publish(0, 9), Run(9),
        Drain(0, 99), Cut(0), Forget(0), Return(0, 0, None), Subscribe(0, 0, Some(2)), Drain(0, 4),
        Cut(0)], 1);
}

/// It asks to resume from what it knew, before it saw what recovery sent to it.
#[test]
#[rustfmt::skip]
fn a_client_that_asks_too_early() {
    check(&[Return(0, 0, None), Subscribe(0, 0, None), Commit(0), Publish(0, 9), Run(9), Drain(0, 99),
        Cut(0), Commit(0), Publish(0, 9), Return(0, 0, Some(0)), Run(9)], 1);
}

#[test]
#[rustfmt::skip]
fn the_process_dies_between_the_commit_and_the_telling() {
    check(&[Return(0, 0, None), Subscribe(0, 0, None), Run(9), Drain(0, 99), Commit(0), Crash(0)], 1);
}

/// At 6, it leaves, joins again since 2, and has no event of that when its connection breaks: the 6
/// that it sends is from its stay before.
#[test]
#[rustfmt::skip]
fn a_room_that_was_left_and_entered_again_further_back() {
    for node in [0, 1] {
        check(&[Return(0, 0, None), Subscribe(0, 0, None), Commit(0), Commit(0), Commit(0), Commit(0),
            Commit(0), Commit(0), Publish(0, 9), Run(9), Drain(0, 99), Leave(0, 0), Run(9), Drain(0, 99),
            Subscribe(0, 0, Some(4)), Drain(0, 5), Cut(0), Return(0, node, None)], 1);
    }
}

/// The same, where the 6 is from a session that was not recovered.
#[test]
#[rustfmt::skip]
fn an_old_offset_and_a_start_before_it_on_another_node() {
    for node in [0, 1] {
        check(&[Return(0, 0, None), Subscribe(0, 0, None), Commit(0), Commit(0), Commit(0), Commit(0),
            Commit(0), Commit(0), Publish(0, 9), Run(9), Drain(0, 99), Cut(0), Forget(0),
            Return(0, node, None), Subscribe(0, 0, Some(4)), Drain(0, 5), Cut(0),
            Return(0, 1 - node, None)], 1);
    }
}

/// The other node has the room's first two events, and its client the first four.
#[test]
#[rustfmt::skip]
fn a_node_that_is_behind_what_its_client_got_on_another() {
    check(&[Return(1, 1, None), Subscribe(1, 0, None), Run(9), Drain(1, 99), Return(0, 0, None),
        Subscribe(0, 0, None), Commit(0), Commit(0), Commit(0), Commit(0), Publish(0, 9), Publish(1, 2),
        Run(9), Drain(0, 99), Drain(1, 99), Cut(0), Return(0, 1, None), Run(9), Drain(0, 99),
        Publish(1, 9), Run(9), Drain(0, 99), Commit(0), Publish(1, 9), Run(9)], 1);
}

/// The same with a start at the head, after a session that was not recovered: the place that it
/// subscribes at is older than what it knows, and the answer shows it.
#[test]
#[rustfmt::skip]
fn a_new_session_on_a_node_that_is_behind() {
    check(&[Return(1, 1, None), Subscribe(1, 0, None), Run(9), Drain(1, 99), Return(0, 0, None),
        Subscribe(0, 0, None), Commit(0), Commit(0), Commit(0), Commit(0), Publish(0, 9), Publish(1, 2),
        Run(9), Drain(0, 99), Cut(0), Forget(0), Return(0, 1, None), Subscribe(0, 0, None), Drain(0, 5),
        Publish(1, 9), Run(9), Drain(0, 20), Cut(0), Return(0, 0, None)], 1);
}

/// The event of one room is lost on its way, a later one of another arrives. If it were given at
/// once, the position of the later one would say that the client has the lost one too.
#[test]
#[rustfmt::skip]
fn an_event_that_is_lost_holds_back_the_later_ones_of_other_rooms() {
    check(&[Return(0, 0, None), Subscribe(0, 0, None), Subscribe(0, 1, None), Run(9), Drain(0, 99),
        Commit(0), Lose(0), Commit(1), Publish(0, 9), Run(9), Drain(0, 99), Cut(0),
        Return(0, 1, None)], 1);
}
