//! Thousands of stories in which everything may fail except the promises; and a test that a seed
//! gives one story.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use simulator::{Scenario, Town, run, run_many};

/// More of them: `cargo xtask simulate --seeds N`.
const SEEDS: u64 = 2_000;

/// What happens in the stories: if one of these no longer happens, the simulator proves less than
/// it claims.
const HAPPENS: [&str; 92] = [
    "answers of a life before",
    "answers that were repeated",
    "answers to the office",
    "blocked",
    "booked",
    "booked there and back",
    "booked together",
    "bookings cancelled",
    "bookings paid",
    "callers who hung up",
    "cancelled",
    "cancelled after departure",
    "cards declined",
    "changed",
    "changes of a route told",
    "charges whose answer was lost",
    "clock jumps",
    "commands that failed",
    "confirmed",
    "connections lost",
    "crashes after a commit, before it is answered",
    "crashes after a commit, before it is told",
    "crashes before a commit",
    "cut connections",
    "departures",
    "done for guests",
    "events told",
    "events told after a recovery",
    "failed commits",
    "groups",
    "half-open connections that were replaced",
    "held",
    "holds that became bookings",
    "holds that expired",
    "holds that expired after departure",
    "keys in flight",
    "keys that were used for something else",
    "neighbour rules made",
    "new sessions",
    "pages read for the slow",
    "paid",
    "paid by guests",
    "payments given back",
    "payments that won their seat back",
    "queries that failed",
    "recoveries",
    "recoveries after a crash",
    "recoveries by a position",
    "recoveries by cursors",
    "recoveries with an offset of an earlier session",
    "recoveries without an offset",
    "refunded",
    "refusals",
    "refused a second seat",
    "refused after departure",
    "refused as too late",
    "refused beside a stranger",
    "refused for want of seats",
    "requests in trouble",
    "requests that were repeated",
    "returns before the arrival",
    "returns from the future",
    "returns with a stale since",
    "returns with an offset",
    "returns with an offset, subscribing again",
    "returns with since",
    "returns without a memory",
    "routes taken off the sale or put on it",
    "seats let go",
    "seats taken",
    "seats that staff insisted on",
    "second seats that staff gave",
    "sessions asked to come again",
    "sessions forgotten",
    "sessions given up",
    "sessions not forgotten",
    "sessions of others",
    "sessions that could not be written",
    "sessions that missed too much",
    "sessions unknown",
    "sessions whose snapshot may be lost",
    "sessions whose time was over",
    "snapshots",
    "snapshots instead of events",
    "sold",
    "sold by staff alone",
    "stays that were taken back",
    "subscriptions that were left where they are",
    "suspended",
    "vanished viewers",
    "viewers too far behind",
    "viewers with too much waiting",
];

#[test]
fn every_promise_is_kept_whatever_breaks() {
    let tally = run_many(1, SEEDS, |_| {}).unwrap_or_else(|failure| panic!("{failure}"));
    let missing: Vec<_> = HAPPENS.iter().filter(|what| !tally.contains_key(**what)).collect();
    assert!(missing.is_empty(), "never happened: {missing:?} among {tally:#?}");
    // Most clients that connect again are recovered: else recovery would hardly be tested.
    let count = |what| tally.get(what).copied().unwrap_or_default();
    let lost = count("sessions unknown") + count("sessions whose time was over");
    let recovered = count("recoveries");
    assert!(recovered > lost, "{recovered} recoveries, {lost} sessions lost");
}

#[test]
fn the_same_seed_is_the_same_story() {
    let town = Town::build().unwrap();
    let other_town = Town::build().unwrap();
    for seed in 1..=100 {
        let scenario = Scenario { seed, mutation: None };
        let once = run(&town, scenario).unwrap_or_else(|failure| panic!("{failure}"));
        let again = run(&other_town, scenario).unwrap_or_else(|failure| panic!("{failure}"));
        assert_eq!(once, again, "seed {seed}");
        let next = Scenario { seed: seed + 1, mutation: None };
        let other = run(&town, next).unwrap_or_else(|failure| panic!("{failure}"));
        assert_ne!(once.fingerprint, other.fingerprint, "seed {seed} tells nothing of its own");
    }
}
