//! Negative controls: each fault is found within a few seeds, and recognised correctly.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use simulator::{Failure, Mutation, Scenario, Town, run};

/// Seeds in which a fault has to be found at least once.
const SEEDS: u64 = 400;

fn caught(mutation: Mutation) -> Failure {
    let town = Town::build().unwrap();
    let failure = (1..=SEEDS)
        .find_map(|seed| run(&town, Scenario { seed, mutation: Some(mutation) }).err())
        .unwrap_or_else(|| panic!("{mutation:?} was seen in none of {SEEDS} seeds"));
    // The same seed without the fault passes, so the fault was what was found.
    let sound = run(&town, Scenario { seed: failure.seed, mutation: None });
    sound.unwrap_or_else(|failure| panic!("{failure}"));
    *failure
}

fn caught_as(mutation: Mutation, words: &[&str]) {
    let failure = caught(mutation);
    let fault = failure.fault.to_string();
    assert!(words.iter().any(|word| fault.contains(word)), "seen as something else:\n{failure}");
    let report = failure.to_string();
    let again = format!("cargo xtask simulate --seed {} --seeds 1", failure.seed);
    assert!(report.contains(&again), "the report does not say how to see it again:\n{report}");
}

#[test]
fn publishing_before_the_commit_is_seen() {
    caught_as(Mutation::TellBeforeCommit, &["it was never committed", "it was EventRow"]);
}

#[test]
fn telling_a_change_of_a_route_before_its_commit_is_seen() {
    // By an event, or by a snapshot, which has another change at its place.
    let words = ["it was never committed", "it follows", "does not come to rest"];
    caught_as(Mutation::TellChangesBeforeCommit, &words);
}

#[test]
fn a_change_of_a_route_that_is_lost_is_seen() {
    // By the next event, by a snapshot, or by the place that a viewer is given in the room.
    let words = ["it follows", "a snapshot stood out of place", "without being asked", "sees"];
    caught_as(Mutation::SkipChanges, &words);
}

#[test]
fn a_change_of_a_route_out_of_its_place_is_seen() {
    let words = ["it follows", "a snapshot stood out of place", "sees", "without being asked"];
    caught_as(Mutation::MisplaceChanges, &words);
}

#[test]
fn skipping_an_event_is_seen() {
    // By the next event, or by the next snapshot, which includes more than was sent.
    caught_as(Mutation::SkipAnEvent, &["it follows", "a snapshot stood out of place"]);
}

#[test]
fn telling_an_event_twice_is_seen() {
    caught_as(Mutation::TellTwice, &["it follows"]);
}

#[test]
fn forgetting_at_a_crash_is_seen() {
    caught_as(Mutation::ForgetAtCrash, &["a crash has taken back", "a crash has changed"]);
}

#[test]
fn a_snapshot_out_of_place_is_seen() {
    caught_as(Mutation::MisplaceSnapshots, &["a snapshot stood out of place"]);
}

#[test]
fn a_hold_that_ends_twice_is_seen() {
    // By its second end, or by the table's content before that comes.
    let words = [
        "cannot happen to a CANCELLED ticket",
        "status: Cancelled, booked_at",
        "was never the map",
    ];
    caught_as(Mutation::EndHoldsTwice, &words);
}

#[test]
fn a_leg_that_is_sold_twice_is_seen() {
    caught_as(Mutation::SellTwice, &["sold twice"]);
}

#[test]
fn money_that_does_not_come_back_is_seen() {
    caught_as(Mutation::KeepTheMoney, &["they differ"]);
}

#[test]
fn selling_by_another_timetable_is_seen() {
    let words = ["which was over at", "when the sale had closed", "when the bus had left"];
    caught_as(Mutation::LeaveLate, &words);
}

#[test]
fn a_session_that_is_confirmed_before_it_is_written_is_seen() {
    // By a session that is unknown after a crash, or by the events when an older one is recovered.
    let words = ["written down, and is not known", "it follows", "without being asked", "sees"];
    caught_as(Mutation::ConfirmBeforeWriting, &words);
}

#[test]
fn an_offset_that_is_taken_too_far_is_seen() {
    // By the next event, or by the place that a viewer is given in a room.
    let words = ["it follows", "does not come to rest", "without being asked"];
    caught_as(Mutation::TakeOffsetsTooFar, &words);
}

#[test]
fn a_way_back_that_is_dropped_is_seen() {
    caught_as(Mutation::LoseTheReturn, &["is not all there"]);
}

#[test]
fn a_key_that_is_not_written_down_is_seen() {
    caught_as(Mutation::ForgetKeys, &["what stood under key", "has acted twice", "and kept is"]);
}

#[test]
fn another_answer_under_a_key_is_seen() {
    caught_as(Mutation::KeepOtherAnswers, &["what stood under key", "has answered", "and kept is"]);
}

#[test]
fn a_neighbour_rule_that_is_not_kept_is_seen() {
    caught_as(Mutation::ForgetTheRule, &["a stranger sits beside another"]);
}

#[test]
fn a_passenger_with_two_seats_is_seen() {
    let words = ["has two seats on a part of the way", "had another seat all the time"];
    caught_as(Mutation::SpellPassports, &words);
}

#[test]
fn a_share_that_is_miscounted_is_seen() {
    caught_as(Mutation::MiscountShares, &["not the price", "are not what was taken"]);
}

#[test]
fn a_payment_that_is_noted_as_anothers_is_seen() {
    caught_as(Mutation::MixUpPayers, &["paid, User"]);
}

#[test]
fn a_group_that_is_not_what_was_told_is_seen() {
    // By its own row, by the next start, or by the next group, which continues another one.
    let words = ["the chain goes on with", "the chain ended at", "follows GroupHead"];
    caught_as(Mutation::BreakTheChain, &words);
}
