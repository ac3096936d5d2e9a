//! Where sessions are kept while their clients are away: the port, and what goes through it.
//!
//! A keeper decides nothing: when a session is written, found or forgotten is said by
//! [`rooms::recovery`]. It never sees the secret by which a client comes back.

use std::fmt;

use async_trait::async_trait;
use rooms::Stay;
pub use rooms::recovery::KeeperError;
use sha2::{Digest as _, Sha256};

use crate::sid::Sid;

/// Under what a session is kept: a hash, so that what is kept lets nobody take a session over.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionKey(pub [u8; 32]);

/// What is kept of a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedSession {
    /// The socket's id; it stays the same.
    pub sid: Sid,
    /// See [`Recoverable::owner`](crate::Recoverable::owner).
    pub owner: Option<u128>,
    /// The name of its namespace.
    pub namespace: Box<str>,
    /// The rooms that it is in.
    pub stays: Vec<Stay>,
}

/// Where sessions are kept.
#[async_trait]
pub trait SessionKeeper: Send + Sync + 'static {
    /// Keeps a session in place of what was kept under this key. If sessions are to outlive the
    /// process, it must be safe when this returns.
    async fn save(&self, key: SessionKey, session: &SavedSession) -> Result<(), KeeperError>;
    /// What is kept under a key.
    async fn find(&self, key: SessionKey) -> Result<Option<SavedSession>, KeeperError>;
    /// Forgets sessions. What cannot be forgotten now is not asked for again.
    async fn forget(&self, keys: &[SessionKey]) -> Result<(), KeeperError>;
    /// Everything that is kept, when the process starts.
    async fn keys(&self) -> Result<Vec<SessionKey>, KeeperError>;
}

impl SessionKey {
    pub(crate) fn of(pid: Sid) -> Self {
        Self(Sha256::digest(pid.bytes()).into())
    }
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionKey({:02x}{:02x}…)", self.0[0], self.0[1])
    }
}
