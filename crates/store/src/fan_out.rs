//! The port between nodes: what a node tells the others of what it has committed, and what it hears.
//!
//! It may lose, repeat and reorder everything at any time: nothing is ever right only because
//! something was heard here. [`GroupOrder`](crate::GroupOrder) puts it in order, and reads from the
//! database what is missing. Invariant: nothing here waits, and what waits to be read is bounded.

use std::fmt;

use domain::{BusPosition, RouteId};
use tokio::sync::mpsc;

use crate::{CommittedGroup, Epoch, GroupNumber};

/// What is heard and not read yet, at the most; more is dropped.
pub const HEARD_WAITING_MAX: usize = 1_024;

/// What other nodes tell.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// One has committed this group.
    Group(CommittedGroup),
    /// One has committed a group with this number: it can be read from the database.
    Number(GroupNumber),
    /// A bus is there; only the newest counts.
    Position {
        /// Its departure.
        route_id: RouteId,
        /// Where it is, and since when.
        position: BusPosition,
    },
    /// Something may not have been heard: the connection was lost, and is there again.
    Lost,
}

/// Whether other nodes hear what this one tells, and are heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FanOutState {
    /// There are no others.
    Alone,
    /// They do, and are.
    Up,
    /// Other nodes' groups are found by looking for them only, so later.
    Down,
}

/// The way to other nodes. What they tell comes through the [`Ears`] that an implementation was
/// started with, without what this node has told itself.
pub trait FanOut: fmt::Debug + Send + Sync + 'static {
    /// Tells of a group that this node has committed. Does not wait: what cannot be told is dropped.
    fn group(&self, group: &CommittedGroup);

    /// Tells where a bus is. Does not wait either.
    fn position(&self, route_id: RouteId, position: &BusPosition);

    /// The database has gone back to an older state: what is told from now on is of this epoch, and
    /// what is still on its way is not.
    fn begin_anew(&self, epoch: Epoch);

    /// How it is now.
    fn state(&self) -> FanOutState;
}

/// There are no other nodes.
#[derive(Clone, Copy, Debug, Default)]
pub struct InProcess;

impl FanOut for InProcess {
    fn group(&self, _: &CommittedGroup) {}
    fn position(&self, _: RouteId, _: &BusPosition) {}
    fn begin_anew(&self, _: Epoch) {}

    fn state(&self) -> FanOutState {
        FanOutState::Alone
    }
}

/// The end that an implementation puts into what it hears.
#[derive(Clone, Debug)]
pub struct Ears(mpsc::Sender<Heard>);

/// The end that is read.
#[derive(Debug)]
pub struct HeardStream(mpsc::Receiver<Heard>);

/// Both ends, with room for [`HEARD_WAITING_MAX`].
pub fn heard_stream() -> (Ears, HeardStream) {
    let (ears, heard) = mpsc::channel(HEARD_WAITING_MAX);
    (Ears(ears), HeardStream(heard))
}

impl Ears {
    /// False if it was dropped: whoever reads is too far behind, or gone.
    pub fn hear(&self, heard: Heard) -> bool {
        self.0.try_send(heard).is_ok()
    }
}

impl HeardStream {
    /// The next; `None` when nobody can be heard any more.
    pub async fn next(&mut self) -> Option<Heard> {
        self.0.recv().await
    }
}
