//! One letter, and how it is kept until it is sent.
//!
//! It contains a secret (its token), so it is not printed, and what is stored of it is sealed.

use std::fmt;

use serde::{Deserialize, Serialize};
use store::Sealed;

use crate::identity::key_secrets::KeySecrets;

/// Does not print.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Letter {
    pub(super) to: String,
    pub(super) subject: String,
    pub(super) body: String,
}

impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Letter")
    }
}

impl Letter {
    /// `None`: there is no randomness.
    pub(super) fn sealed(&self, secrets: &KeySecrets) -> Option<Sealed> {
        let plain = serde_json::to_vec(self).ok()?;
        secrets.sealed(plain).map(Sealed)
    }

    /// `None`: it was sealed with another secret of the server.
    pub(super) fn opened(sealed: &Sealed, secrets: &KeySecrets) -> Option<Self> {
        serde_json::from_slice(&secrets.opened(&sealed.0)?).ok()
    }
}
