//! Random orders of everything that can happen to viewers, checked against what every viewer must
//! have seen: each event of a joined room once, in order, and each packet in its place.
//!
//! The store, the sockets and the scheduling are fakes; the engine is the real one. Logs and pages
//! are tiny, so that falling behind, holes and repairs happen all the time.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on panics")]

mod audit;
mod bounds;
mod ending;
mod fakes;
mod given_up;
mod glimpses;
mod recovering;
mod replaced;
mod row;
mod shown_as;
mod steps;
mod undecided;
mod unfed;
mod world;

use proptest::prelude::*;

use crate::steps::{Step, steps};
use crate::world::World;

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn every_viewer_sees_everything_once_and_in_order(steps in steps(1..80)) {
        run(steps)?;
    }
}

/// The shortest stories that once failed, or could fail.
#[test]
#[rustfmt::skip]
fn small_stories() {
    use crate::steps::Step::*;
    let stories: [&[Step]; 7] = [
        // A confirmation is in the outbox when the next event comes.
        &[Join(0, 0, None), Commit(0), Publish(1), Run(3)],
        // A full socket, then more than the log keeps.
        &[Join(0, 0, None), Run(5), Commit(0), Publish(9), Commit(0), Commit(0), Commit(0),
          Commit(0), Commit(0), Commit(0), Publish(9), Drain(0, 3), Run(9)],
        // A lost event in one room holds the other room's later events back.
        &[Join(0, 0, None), Join(0, 1, None), Run(9), Commit(0), Lose, Commit(0), Commit(1),
          Publish(9), Run(9), Repair, Run(9)],
        // Events that come late, or twice, are given in their place.
        &[Join(0, 0, None), Join(0, 1, None), Run(9), Commit(0), Commit(1), Commit(0), Repeat, Reorder,
          Publish(1), Run(9), Publish(9), Run(9)],
        // A snapshot that is ahead of what was published.
        &[Join(1, 0, None), Run(9), Commit(0), Commit(0), Hold(1, 0), Release(1), Publish(1),
          Run(9)],
        // Events that come while a snapshot is being read.
        &[Join(1, 0, None), Run(9), Drain(1, 99), Hold(1, 0), Commit(0), Publish(1), Run(9),
          Release(1), Run(9)],
        // A start after a while, from before the log's tail, in two rooms.
        &[Commit(0), Commit(1), Commit(0), Commit(1), Commit(0), Commit(0), Commit(0), Publish(9),
          Join(0, 0, Some(7)), Join(0, 1, Some(2)), Run(9)],
    ];
    for story in stories {
        run(story.to_vec()).unwrap();
    }
}

fn run(steps: Vec<Step>) -> Result<(), TestCaseError> {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_time().start_paused(true).build();
    let runtime = runtime.map_err(|error| TestCaseError::fail(error.to_string()))?;
    runtime.block_on(async {
        let mut world = World::new();
        for step in steps {
            world.step(step).await;
        }
        world.settle().await;
        audit::check(&world).map_err(TestCaseError::fail)
    })
}
