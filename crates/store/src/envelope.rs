//! A write on its way into the store, and what comes back: the one door for every change of the
//! inventory.

use domain::{Actor, Asked, Block, Command, FairUse, Hold, Payment};
use jiff::Timestamp;

use crate::TicketView;

/// A command with who asks for it and when.
#[derive(Clone, Debug)]
pub struct Envelope {
    pub command: Command,
    pub actor: Actor,
    pub now: Timestamp,
    /// What whoever asks is held to; None: nothing is limited.
    pub fair_use: Option<FairUse>,
}

impl Envelope {
    pub fn new(command: Command, actor: impl Into<Actor>, now: Timestamp) -> Self {
        Self { command, actor: actor.into(), now, fair_use: None }
    }

    pub(crate) fn asked(&self) -> Asked<'_> {
        Asked { actor: &self.actor, now: self.now, fair_use: self.fair_use }
    }
}

/// What a command left behind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The tickets that the command was about, made or changed, as they stand now.
    pub tickets: Vec<TicketView>,
    /// The payments that the command wrote, as they stand now.
    pub payments: Vec<Payment>,
    /// The hold that the command was about, as it stands now.
    pub hold: Option<Hold>,
    /// The block that the command was about, as it stands now.
    pub block: Option<Block>,
    /// Whether anything was written at all.
    pub changed: bool,
}

impl Answer {
    /// Of a command on one ticket.
    pub fn ticket(&self) -> &TicketView {
        let Some(view) = self.tickets.first() else {
            unreachable!("a command on a ticket is answered with that ticket")
        };
        view
    }

    /// Of a command on one ticket.
    pub fn into_ticket(self) -> TicketView {
        let Some(view) = self.tickets.into_iter().next() else {
            unreachable!("a command on a ticket is answered with that ticket")
        };
        view
    }
}
