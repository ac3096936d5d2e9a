//! The part of the port for viewers whose sessions may be recovered at any node. It does not know
//! what a session holds; it decides who may change it.
//!
//! A session has a generation: it rises when a connection takes the session over, and what is
//! written under an earlier one is refused. A session belongs to the node that took it last, and
//! nodes have a lease: a node that dies sends nothing, and its sessions count as left when its
//! lease ends. Nodes, leases and sessions are written outside of any decision.

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

/// A session, as one of its generations has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeldSession {
    /// Which session.
    pub key: SessionKey,
    /// Which generation.
    pub generation: u64,
}

/// A stored session, and the generation that has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptSession {
    /// The generation that has it.
    pub generation: u64,
    /// What was saved.
    pub data: Vec<u8>,
}

/// Why a session was not kept.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// Another generation has it, or it was forgotten.
    #[error("the session is another's by now")]
    Superseded,
    /// The commit was interrupted: it may be kept. A second save shows whether it was.
    #[error("it is not known whether the session was kept")]
    Unknown(#[source] StoreError),
    /// It was not kept.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Sessions of viewers. Times are the database's. `now` is for a database that has no clock of its
/// own.
#[async_trait]
pub trait ViewerSessions: Send + Sync + 'static {
    /// Says that a node lives for this long from now on; returns the time. It also makes an unknown
    /// node known: before that a node can keep no session.
    async fn renew_viewer_node(
        &self,
        node: NodeId,
        lease: Duration,
        now: Timestamp,
    ) -> Query<Timestamp>;

    /// Keeps a session in place of what this generation has kept; `is_new`: there may be nothing
    /// yet.
    async fn save_viewer_session(
        &self,
        node: NodeId,
        held: HeldSession,
        data: Vec<u8>,
        is_new: bool,
    ) -> Result<(), SaveError>;

    /// The session that is kept under this key.
    async fn viewer_session(&self, key: SessionKey) -> Query<Option<KeptSession>>;

    /// Takes a session over from this generation, for the next one and for a node; returns what is
    /// kept. `None` if this generation does not have it any more: when several try, one succeeds.
    async fn claim_viewer_session(&self, node: NodeId, from: HeldSession)
    -> Query<Option<Vec<u8>>>;

    /// Their clients have left. Skips sessions that another generation has.
    async fn leave_viewer_sessions(&self, left: Vec<HeldSession>, now: Timestamp) -> Command<()>;

    /// Skips sessions that are unknown or that another generation has.
    async fn forget_viewer_sessions(&self, held: Vec<HeldSession>) -> Command<()>;

    /// Forgets sessions that were left before this, or whose node's lease was over, at most
    /// [`SESSIONS_SWEPT_MAX`] of each; then nodes whose lease was over and that have none. Returns
    /// how many sessions. It skips those that another node is sweeping.
    async fn sweep_viewer_sessions(&self, left_before: Timestamp) -> Query<usize>;
}
