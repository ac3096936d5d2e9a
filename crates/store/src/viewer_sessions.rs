//! The part of the port for viewers that may come back, to any node. What is kept of them is not its
//! business; who may change it is.
//!
//! A session has a generation: it rises when a connection takes the session over, and what is written
//! under an earlier one is refused. A session is of the node that took it last, and nodes have a lease:
//! a node that dies says nothing, and its sessions count as left when its lease ends. Nodes, leases and
//! sessions are written outside of any decision.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use uuid::Uuid;

use crate::error::{Command, Query};
use crate::{SessionKey, StoreError};

/// Sessions that one sweep takes at the most.
pub const SESSIONS_SWEPT_MAX: usize = 256;

/// One start of one process: its incarnation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NodeId(pub Uuid);

/// A session, as one of those who had it one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeldSession {
    /// Which session.
    pub key: SessionKey,
    /// Which of them.
    pub generation: u64,
}

/// What is kept of a session, and which generation has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptSession {
    /// Who has it.
    pub generation: u64,
    /// What was saved.
    pub data: Vec<u8>,
}

/// Why a session is not kept as it was to be.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// Another generation has it, or it was forgotten.
    #[error("the session is another's by now")]
    Superseded,
    /// The commit was interrupted: it may be kept. To save it again tells.
    #[error("it is not known whether the session was kept")]
    Unknown(#[source] StoreError),
    /// It was not kept.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Sessions of viewers. Times are the database's. `now` is for a database that has no clock of its own.
#[async_trait]
pub trait ViewerSessions: Send + Sync + 'static {
    /// Says that a node lives, from now on for so long; what time it is. A node that was not known is
    /// from now on: before that it can keep no session.
    async fn renew_viewer_node(
        &self,
        node: NodeId,
        lease: Duration,
        now: Timestamp,
    ) -> Query<Timestamp>;

    /// Keeps a session in place of what this generation has kept; `is_new`: or of nothing.
    async fn save_viewer_session(
        &self,
        node: NodeId,
        held: HeldSession,
        data: Vec<u8>,
        is_new: bool,
    ) -> Result<(), SaveError>;

    /// What is kept under this key.
    async fn viewer_session(&self, key: SessionKey) -> Query<Option<KeptSession>>;

    /// Takes a session over from this generation, for the next one and for a node; what is kept of it.
    /// `None` if this generation does not have it any more: of several who try, one succeeds.
    async fn claim_viewer_session(&self, node: NodeId, from: HeldSession)
    -> Query<Option<Vec<u8>>>;

    /// Their clients have left. Passes over what another generation has.
    async fn leave_viewer_sessions(&self, left: Vec<HeldSession>, now: Timestamp) -> Command<()>;

    /// Passes over what is unknown, and what another generation has.
    async fn forget_viewer_sessions(&self, held: Vec<HeldSession>) -> Command<()>;

    /// Forgets sessions that were left before this, or whose node's lease was over, at most
    /// [`SESSIONS_SWEPT_MAX`] of each; then nodes whose lease was over and that have none. How many
    /// sessions. What somebody else is sweeping is passed over.
    async fn sweep_viewer_sessions(&self, left_before: Timestamp) -> Query<usize>;
}
