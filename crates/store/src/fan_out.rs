//! The port between nodes: what a node sends the others about its commits, and what it receives.
//!
//! It may lose, repeat and reorder everything at any time: nothing may depend on a message that
//! arrives here. [`GroupOrder`](crate::GroupOrder) puts the groups in order, and asks the database
//! for what is missing. Invariant: nothing here waits, and what waits to be read is bounded.

use std::fmt;

use domain::{BusPosition, RouteId};
use tokio::sync::mpsc;

use crate::{CommittedGroup, Epoch, GroupNumber};

/// The most messages that were received and not read yet; more are dropped.
pub const HEARD_WAITING_MAX: usize = 1_024;

/// What other nodes send.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// A node has committed this group.
    Group(CommittedGroup),
    /// A node has committed a group with this number: it can be read from the database.
    Number(GroupNumber),
    /// A bus is there; only the newest counts.
    Position {
        /// Its departure.
        route_id: RouteId,
        /// Where it is, and since when.
        position: BusPosition,
    },
    /// Messages may be missing: the connection was lost, and is there again.
    Lost,
}

/// Whether messages to and from other nodes arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FanOutState {
    /// There are no others.
    Alone,
    /// Messages arrive, both ways.
    Up,
    /// Other nodes' groups are found only by asking the database, so later.
    Down,
}

/// The way to other nodes. Their messages come through the [`Ears`] that an implementation was
/// started with, without this node's own messages.
pub trait FanOut: fmt::Debug + Send + Sync + 'static {
    /// Sends a group that this node has committed. Does not wait: what cannot be sent is dropped.
    fn group(&self, group: &CommittedGroup);

    /// Sends where a bus is. Does not wait either.
    fn position(&self, route_id: RouteId, position: &BusPosition);

    /// The database has gone back to an older state: messages from now on are of this epoch, and
    /// those still on their way are not.
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

/// The end into which an implementation puts what it receives.
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
    /// False if it was dropped: the reader is too far behind, or gone.
    pub fn hear(&self, heard: Heard) -> bool {
        self.0.try_send(heard).is_ok()
    }
}

impl HeardStream {
    /// The next message; `None` when no more can come.
    pub async fn next(&mut self) -> Option<Heard> {
        self.0.recv().await
    }
}
