//! What can happen, and how it is drawn at random.

use proptest::collection::SizeRange;
use proptest::prelude::*;

pub(crate) const ROOMS: usize = 3;
/// The first ones have sockets, the last one takes.
pub(crate) const VIEWERS: usize = 4;
pub(crate) const PULLING: usize = VIEWERS - 1;

#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// An event of this room is committed to the store.
    Commit(usize),
    /// This many committed events arrive.
    Publish(usize),
    /// The oldest event on its way is lost, comes twice, or is overtaken.
    Lose,
    Repeat,
    Reorder,
    /// Lost events are read from the store.
    Repair,
    /// This viewer joins this room, at the head or this many events before the store's head.
    Join(usize, usize, Option<u64>),
    Leave(usize, usize),
    /// The application sends a packet.
    Send(usize),
    /// The viewer's events are held back and a snapshot of this room is read.
    Hold(usize, usize),
    /// The snapshot is placed.
    Release(usize),
    /// The hold is given up.
    Drop(usize),
    /// The socket takes this many more bytes.
    Drain(usize, usize),
    /// This many turns for all other tasks.
    Run(usize),
}

pub(crate) fn steps(len: impl Into<SizeRange>) -> impl Strategy<Value = Vec<Step>> {
    let room = || 0..ROOMS;
    let viewer = || 0..VIEWERS;
    let step = prop_oneof![
        8 => room().prop_map(Step::Commit),
        8 => (1usize..6).prop_map(Step::Publish),
        2 => Just(Step::Lose),
        1 => Just(Step::Repeat),
        2 => Just(Step::Reorder),
        2 => Just(Step::Repair),
        3 => (viewer(), room()).prop_map(|(viewer, room)| Step::Join(viewer, room, None)),
        2 => (viewer(), room(), 0u64..12)
            .prop_map(|(viewer, room, back)| Step::Join(viewer, room, Some(back))),
        1 => (viewer(), room()).prop_map(|(viewer, room)| Step::Leave(viewer, room)),
        2 => viewer().prop_map(Step::Send),
        2 => (viewer(), room()).prop_map(|(viewer, room)| Step::Hold(viewer, room)),
        2 => viewer().prop_map(Step::Release),
        1 => viewer().prop_map(Step::Drop),
        4 => (viewer(), 1usize..40).prop_map(|(viewer, bytes)| Step::Drain(viewer, bytes)),
        5 => (0usize..12).prop_map(Step::Run),
    ];
    prop::collection::vec(step, len)
}
