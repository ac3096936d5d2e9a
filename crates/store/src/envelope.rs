//! A write on its way into the store.
//!
//! Every change of what is stored goes this way. So the caller, the request, the version and the
//! key are passed, kept and checked in one place.

use std::fmt;
use std::sync::Arc;

use domain::{Account, Actor, Asked, Expected, FairUse, NeighbourTerms};
use jiff::Timestamp;

use crate::{Answers, Key, Write};

/// A write, with who asks for it and when.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// What is to be written.
    pub write: Write,
    /// Who asks, and what goes with the request.
    pub sender: Sender,
    /// The sender's moment; a driver may have a better clock.
    pub now: Timestamp,
    /// The caller's limits; `None`: there are none.
    pub fair_use: Option<FairUse>,
    /// Who may sit beside whom.
    pub neighbours: NeighbourTerms,
}

/// Who asks, and what goes with the request.
#[derive(Clone, Debug)]
pub struct Sender {
    /// Who asks.
    pub actor: Actor,
    /// Whose request the program finishes by itself, if it is a caller's: the audit says that they
    /// did it.
    pub behalf: Option<Actor>,
    /// As it stands in the log and in the answer; none for what the program does by itself.
    pub request_id: Option<String>,
    /// The write is refused unless it is made on one of these versions.
    pub expected: Option<Expected>,
    /// A repeat of the write gets the first answer.
    pub key: Option<Key>,
    /// The answer for the request whose payment this write settles, if it had a key; `None`: its
    /// key is free again.
    pub settled: Option<SettledAnswers>,
}

/// Does not print.
#[derive(Clone)]
pub struct SettledAnswers(pub Arc<dyn Answers>);

impl fmt::Debug for SettledAnswers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SettledAnswers")
    }
}

impl From<Actor> for Sender {
    fn from(actor: Actor) -> Self {
        Self { actor, behalf: None, request_id: None, expected: None, key: None, settled: None }
    }
}

impl From<Account> for Sender {
    fn from(account: Account) -> Self {
        Actor::from(account).into()
    }
}

impl Envelope {
    /// An envelope whose sender has no limits.
    pub fn new(write: impl Into<Write>, sender: impl Into<Sender>, now: Timestamp) -> Self {
        let neighbours = NeighbourTerms::default();
        Self { write: write.into(), sender: sender.into(), now, fair_use: None, neighbours }
    }

    pub(crate) fn asked(&self) -> Asked<'_> {
        let Self { sender, now, fair_use, neighbours, .. } = self;
        Asked { actor: &sender.actor, now: *now, fair_use: *fair_use, neighbours: *neighbours }
    }
}
