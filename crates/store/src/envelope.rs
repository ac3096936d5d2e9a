//! A write on its way into the store, and what comes back: the one door for every change of the
//! inventory.

use domain::{Actor, Asked, Command, Payment};
use jiff::Timestamp;

use crate::TicketView;

/// A command with who asks for it and when.
#[derive(Clone, Debug)]
pub struct Envelope {
    pub command: Command,
    pub actor: Actor,
    pub now: Timestamp,
}

impl Envelope {
    pub fn new(command: Command, actor: impl Into<Actor>, now: Timestamp) -> Self {
        Self { command, actor: actor.into(), now }
    }

    pub(crate) fn asked(&self) -> Asked<'_> {
        Asked { actor: &self.actor, now: self.now }
    }
}

/// What a command left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The ticket that the command made or changed, as it stands now.
    pub view: TicketView,
    /// The payment that the command wrote, as it stands now.
    pub payment: Option<Payment>,
    /// Whether anything was written at all.
    pub changed: bool,
}
