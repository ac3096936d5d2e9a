//! What is kept of a client that may come back, and who may change it.
//!
//! This is the only shape of a session: the engine fills it, a keeper keeps its bytes, and nothing in
//! between has a form of its own. Invariant: of two connections that believe to have a session, the
//! one with the higher [`Generation`] has it, and only what it writes counts.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::values::shared_text;
use crate::values::stay::Stay;

/// Under what a session is kept. What is kept should let nobody take a session over, so it is best a
/// hash of what the client shows.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionKey(pub [u8; 32]);

/// How often a session was taken over: the first connection has the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Generation(pub u64);

/// A session, as one connection has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// Which session.
    pub key: SessionKey,
    /// Which of the connections that had it one after the other.
    pub generation: Generation,
}

/// Whose a session is: only who is let in as the same gets it back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// Nobody's sessions belong to whoever has the key.
    pub user: Option<u128>,
    /// What the client connected to. It is known by name: channels are numbered anew by each process.
    #[serde(with = "shared_text")]
    pub scope: Arc<str>,
}

/// What is kept of a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedSession {
    /// What the client is called; it stays the same.
    pub name: u128,
    /// Whose it is.
    pub owner: Owner,
    /// The store's epoch in which it was written: its places are of this one.
    pub epoch: u32,
    /// The rooms that it is in.
    pub stays: Vec<Stay>,
}

impl Generation {
    /// Of a session that has just begun.
    pub const FIRST: Self = Self(1);

    /// Of whoever takes the session over from the one with this.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl SavedSession {
    /// As a keeper keeps it.
    pub fn to_bytes(&self) -> Vec<u8> {
        match serde_json::to_vec(self) {
            Ok(bytes) => bytes,
            Err(error) => unreachable!("numbers and texts are JSON: {error}"),
        }
    }

    /// `None` if it cannot be understood: another version has written it, and its client begins anew.
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
