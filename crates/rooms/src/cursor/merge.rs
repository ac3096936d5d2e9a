//! The order in which a viewer gets the events of several rooms: by position, oldest first.
//!
//! A pure function of each room's known events. It stops as soon as a room's next event is missing
//! here but exists or may exist: any event after that point could be too early.

use std::sync::Arc;

use crate::cursor::run::{End, Run};
use crate::log::entry::Entry;

/// Walks the runs in the order of positions; yields the index of the run with each entry.
pub(crate) fn merge(runs: &[Run]) -> Merge<'_> {
    Merge { runs, at: vec![0; runs.len()] }
}

#[derive(Debug)]
pub(crate) struct Merge<'a> {
    runs: &'a [Run],
    at: Vec<usize>,
}

impl<'a> Iterator for Merge<'a> {
    type Item = (usize, &'a Arc<Entry>);

    fn next(&mut self) -> Option<Self::Item> {
        let mut best: Option<(usize, &Arc<Entry>)> = None;
        for (index, run) in self.runs.iter().enumerate() {
            match run.entries.get(self.at[index]) {
                Some(entry) if best.is_some_and(|(_, found)| found.position <= entry.position) => {}
                Some(entry) => best = Some((index, entry)),
                None if run.end == End::Complete => {}
                None => return None,
            }
        }
        let (index, _) = best?;
        self.at[index] += 1;
        best
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::gauge::Gauge;
    use crate::values::event::{Audience, Encoding, Event, Message};
    use crate::values::frame::Frame;
    use crate::values::offset::Offset;
    use crate::values::place::Place;
    use proptest::prelude::*;

    struct Empty;

    impl Message for Empty {
        fn encode(&self, _: Encoding, _: Audience, _: &Offset) -> Frame {
            Frame::bare("")
        }
    }

    fn run(positions: &[u64], end: End) -> Run {
        let gauge = Arc::new(Gauge::default());
        let entries = positions.iter().map(|&position| {
            let message = Arc::new(Empty);
            Entry::new(
                Event {
                    room: "r".into(),
                    place: Place::counted(position),
                    is_counted: true,
                    position,
                    owner: None,
                    message,
                    known_at: None,
                },
                &gauge,
            )
        });
        Run { entries: entries.collect(), end }
    }

    fn positions(runs: &[Run]) -> Vec<u64> {
        merge(runs).map(|(_, entry)| entry.position).collect()
    }

    #[test]
    fn complete_runs_are_interleaved() {
        let runs = [run(&[1, 4, 5], End::Complete), run(&[2, 3, 9], End::Complete)];
        assert_eq!(positions(&runs), [1, 2, 3, 4, 5, 9]);
    }

    #[test]
    fn an_unfinished_run_stops_the_merge_behind_its_last_entry() {
        for end in [End::More, End::Page, End::Hole] {
            assert_eq!(
                positions(&[run(&[1, 4], end), run(&[2, 3, 9], End::Complete)]),
                [1, 2, 3, 4]
            );
            assert!(positions(&[run(&[], end), run(&[2], End::Complete)]).is_empty());
        }
    }

    proptest! {
        #[test]
        fn the_merge_is_the_sorted_union(sets in prop::collection::vec(
            prop::collection::btree_set(0u64..1000, 0..20), 0..5)) {
            let mut seen = std::collections::BTreeSet::new();
            let runs: Vec<Run> = sets.iter().map(|set| {
                let own: Vec<u64> = set.iter().copied().filter(|p| seen.insert(*p)).collect();
                run(&own, End::Complete)
            }).collect();
            prop_assert_eq!(positions(&runs), seen.into_iter().collect::<Vec<_>>());
        }
    }
}
