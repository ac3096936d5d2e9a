//! What remains to be done after a change of a viewer's state, once its lock is released.
//!
//! Invariant: none is lost. A member that has left still has its place in the room, and a member
//! waits for its page.

use std::sync::Arc;

use smallvec::SmallVec;

use crate::cursor::member::Member;
use crate::log::shared_log::SharedLog;
use crate::values::counters::CloseReason;

/// To be carried out by the former holder of the lock, without it.
#[derive(Debug, Default)]
#[must_use = "places in rooms are freed and pages read by carrying it out"]
pub(crate) struct Effects {
    /// The task that owns the connection has something to do.
    pub(crate) wake: bool,
    /// The viewer was closed, for this reason.
    pub(crate) closed: Option<CloseReason>,
    /// Its places in their rooms are to be freed.
    pub(crate) left: SmallVec<[Member; 1]>,
    pub(crate) pages: SmallVec<[WantedPage; 1]>,
}

/// A page of older events that a member needs. It asks for one at a time.
#[derive(Debug)]
pub(crate) struct WantedPage {
    pub(crate) log: Arc<SharedLog>,
    pub(crate) channel: u8,
    pub(crate) after: u64,
}

impl WantedPage {
    pub(crate) fn by(member: &Member) -> Self {
        Self {
            log: Arc::clone(&member.log),
            channel: member.view.channel,
            after: member.at.ordinal,
        }
    }
}
