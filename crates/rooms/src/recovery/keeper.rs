//! Where sessions are kept while their clients are away, for all nodes: the port.

use std::time::Duration;

use async_trait::async_trait;

use super::session::{Generation, Held, SavedSession, SessionKey};

/// Milliseconds since 1970, by the clock that all nodes share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeeperTime(pub i64);

/// Where sessions are kept, as one node sees it. A node is one start of a process.
///
/// A keeper decides only which connection has a session: [`Recovery`](super::Recovery) decides when
/// one is saved, found or forgotten.
#[async_trait]
pub trait Keeper: Send + Sync + 'static {
    /// Keeps a session in place of the kept one, if this generation has it; `is_new` if certainly
    /// none was kept. If sessions have to outlive the process, this one must be durable when this
    /// returns. To save it again changes nothing.
    async fn save(
        &self,
        held: Held,
        session: &SavedSession,
        is_new: bool,
    ) -> Result<(), KeeperError>;

    /// The session under a key, and the generation that has it.
    async fn find(
        &self,
        key: SessionKey,
    ) -> Result<Option<(Generation, SavedSession)>, KeeperError>;

    /// Takes a session over from the generation that was found, for the next one, here; returns the
    /// session as it is kept at this moment. `None`: another connection was faster, or it was
    /// forgotten.
    async fn claim(&self, found: Held) -> Result<Option<SavedSession>, KeeperError>;

    /// The clients of these have left, and their window begins. Sessions that a later generation
    /// has are skipped.
    async fn leave(&self, left: &[Held]) -> Result<(), KeeperError>;

    /// Forgets sessions, but not those that a later generation has.
    async fn forget(&self, held: &[Held]) -> Result<(), KeeperError>;

    /// Reports that this node lives, for this long; returns the time. The sessions of a node whose
    /// lease is over count as left at the end of the lease.
    async fn renew(&self, lease: Duration) -> Result<KeeperTime, KeeperError>;

    /// Forgets sessions that were left before this, or whose node's lease was over; returns whether
    /// there may be more of them.
    async fn sweep(&self, left_before: KeeperTime) -> Result<bool, KeeperError>;
}

/// The keeper could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum KeeperError {
    /// Another connection has the session, perhaps on another node, or it was forgotten.
    #[error("the session is another connection's by now")]
    Superseded,
    /// It may have been done, or not: it has to be tried again.
    #[error("it is not known whether the session is kept")]
    Unknown(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It was not done.
    #[error("sessions cannot be kept")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl KeeperError {
    /// It was not done, for this cause.
    pub fn new(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Failed(cause.into())
    }

    /// It may have been done.
    pub fn unknown(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Unknown(cause.into())
    }
}
