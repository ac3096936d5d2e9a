//! Where sessions are kept while their clients are away: the port, and what goes through it.

use std::fmt;
use std::hash::Hash;

use async_trait::async_trait;

use crate::stay::Stay;

/// Where sessions are kept.
///
/// A keeper decides nothing: when a session is written, found or forgotten is said by
/// [`Recovery`](super::Recovery).
#[async_trait]
pub trait Keeper: Send + Sync + Sized + 'static {
    /// Under what a session is kept. What is kept should let nobody take a session over, so best a
    /// hash of what the client shows.
    type Key: Copy + Eq + Hash + Send + Sync;
    /// Whose a session is: only who is let in as the same gets it back.
    type Owner: Clone + PartialEq + Send + Sync;
    /// What the client is called; it stays the same.
    type Name: Clone + Send + Sync;

    /// Keeps a session in place of what was kept under this key. If sessions are to outlive the
    /// process, it must be safe when this returns.
    async fn save(&self, key: Self::Key, session: &KeptSession<Self>) -> Result<(), KeeperError>;
    /// What is kept under a key.
    async fn find(&self, key: Self::Key) -> Result<Option<KeptSession<Self>>, KeeperError>;
    /// Forgets sessions. What cannot be forgotten now is not asked for again.
    async fn forget(&self, keys: &[Self::Key]) -> Result<(), KeeperError>;
    /// Everything that is kept, when the process starts.
    async fn keys(&self) -> Result<Vec<Self::Key>, KeeperError>;
}

/// What is kept of a client.
pub struct KeptSession<K: Keeper> {
    /// Whose it is.
    pub owner: K::Owner,
    /// What it is called.
    pub name: K::Name,
    /// The rooms that it is in.
    pub stays: Vec<Stay>,
}

impl<K: Keeper> fmt::Debug for KeptSession<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeptSession").field("stays", &self.stays).finish_non_exhaustive()
    }
}

/// The keeper could not do its work.
#[derive(Debug, thiserror::Error)]
#[error("sessions cannot be kept")]
pub struct KeeperError(#[source] Box<dyn std::error::Error + Send + Sync>);

impl KeeperError {
    /// Wraps the cause.
    pub fn new(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}
