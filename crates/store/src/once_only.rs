//! Work that is to be done once though several nodes look for it: a short claim decides which node
//! does it.
//!
//! A claim only saves work: what is done is an ordinary command through the door, decided again, so
//! that doing it twice changes nothing. A node that dies with a claim holds up that piece until the
//! claim ends, and nothing else. No node is elected.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use uuid::Uuid;

use crate::error::Query;
use crate::{Letter, NodeId};

/// Claims that have ended and are forgotten by the next one, at the most.
pub const CLAIMS_FORGOTTEN_AT_ONCE_MAX: usize = 256;

/// What kind of work it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Work {
    /// A reservation whose time is over.
    TicketHold,
    /// Held seats whose time is over.
    SeatHold,
    /// A payment that a crash or a silent provider left unfinished.
    Payment,
    /// Events that have been kept long enough.
    EventPruning,
    /// Rows of the audit that have been kept long enough.
    AuditPruning,
}

impl Work {
    /// As it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TicketHold => "ticket_hold",
            Self::SeatHold => "seat_hold",
            Self::Payment => "payment",
            Self::EventPruning => "event_pruning",
            Self::AuditPruning => "audit_pruning",
        }
    }
}

/// Who does what.
#[async_trait]
pub trait OnceOnly: Send + Sync + 'static {
    /// Claims pieces of work for a node for this long; returns those that it has now. It skips
    /// those that another node has, and claims its own again. By the database's clock; `now` is for
    /// a database that has none.
    async fn claim_work(
        &self,
        node: NodeId,
        pieces: (Work, Vec<Uuid>),
        claimed_for: Duration,
        now: Timestamp,
    ) -> Query<Vec<Uuid>>;

    /// Takes letters that are due, the longest due first. They are due again after this long, and
    /// no other node gets them before. By the database's clock, as above. It skips letters that
    /// another node is taking at the moment.
    async fn claim_letters(
        &self,
        letters_max: usize,
        claimed_for: Duration,
        now: Timestamp,
    ) -> Query<Vec<Letter>>;
}

/// Claims of a database that only one process has: they end with it.
#[derive(Debug, Default)]
pub struct ClaimsInMemory(BTreeMap<(Work, Uuid), (NodeId, Timestamp)>);

impl ClaimsInMemory {
    /// See [`OnceOnly::claim_work`].
    pub fn claim(
        &mut self,
        node: NodeId,
        (work, pieces): (Work, Vec<Uuid>),
        claimed_for: Duration,
        now: Timestamp,
    ) -> Vec<Uuid> {
        self.0.retain(|_, (_, until)| *until > now);
        let until = now.checked_add(claimed_for).unwrap_or(Timestamp::MAX);
        let mut own = pieces;
        own.retain(|piece| {
            let (holder, ends) = self.0.entry((work, *piece)).or_insert((node, until));
            let is_own = *holder == node;
            if is_own {
                *ends = until;
            }
            is_own
        });
        own
    }
}
