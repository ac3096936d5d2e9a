//! What is kept of a client that may be recovered, and which connection may change it.
//!
//! This is the only shape of a session: the engine fills it, a keeper keeps its bytes, and nothing
//! in between has a form of its own. Invariant: if two connections believe that they have a
//! session, the one with the higher [`Generation`] has it, and only its writes count.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::values::shared_text;
use crate::values::stay::Stay;

/// The key of a session. Stored keys should let no one take a session over, so it is best a hash of
/// the client's secret.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionKey(pub [u8; 32]);

/// How often a session was taken over: the first connection has the first generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Generation(pub u64);

/// A session, as one connection has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// Which session.
    pub key: SessionKey,
    /// Which of its connections, in the order in which they had it.
    pub generation: Generation,
}

/// The owner of a session: it decides which clients can recover it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// A session without a user is of a client that was not known, or that changed its user. Any
    /// client with its key can recover it, and it stays without one.
    pub user: Option<u128>,
    /// What the client connected to. It is stored by name, because each process gives channels new
    /// numbers.
    #[serde(with = "shared_text")]
    pub scope: Arc<str>,
}

impl Owner {
    /// Whether a client with this owner can recover the session: a stranger with its key who is
    /// another user cannot.
    pub fn admits(&self, client: &Self) -> bool {
        self.scope == client.scope && (self.user.is_none() || self.user == client.user)
    }
}

/// The session of a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedSession {
    /// The client's name; it stays the same.
    pub name: u128,
    /// Its owner.
    pub owner: Owner,
    /// The store's epoch in which it was saved: its places belong to this epoch.
    pub epoch: u32,
    /// The rooms that it is in.
    pub stays: Vec<Stay>,
}

impl Generation {
    /// The generation of a session that has just begun.
    pub const FIRST: Self = Self(1);

    /// The generation of the connection that takes the session over from this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl SavedSession {
    /// The bytes that a keeper keeps.
    pub fn to_bytes(&self) -> Vec<u8> {
        match serde_json::to_vec(self) {
            Ok(bytes) => bytes,
            Err(error) => unreachable!("numbers and texts are JSON: {error}"),
        }
    }

    /// `None` if it cannot be read: another version has written it, and its client begins anew.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionKey({:02x}{:02x}…)", self.0[0], self.0[1])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_read_as_it_was_written() {
        let stay = Stay {
            room: "route:1".into(),
            ticket: u64::MAX,
            start: 7,
            joined_at: 9,
            from_snapshot: true,
        };
        for user in [None, Some(u128::MAX)] {
            let owner = Owner { user, scope: "/seats".into() };
            let session =
                SavedSession { name: u128::MAX, owner, epoch: 7, stays: vec![stay.clone()] };
            assert_eq!(SavedSession::from_bytes(&session.to_bytes()), Some(session));
        }
    }

    #[test]
    fn what_another_version_wrote_is_none() {
        for bytes in [&b""[..], b"{}", b"\xff", br#"{"sid":"a","owner":null,"stays":[]}"#] {
            assert_eq!(SavedSession::from_bytes(bytes), None);
        }
    }
}
