//! Why the bearer of a token is not known.

use super::tokens::{BadToken, Holder};

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unidentified {
    #[error("the token is not valid or has expired")]
    BadToken,
    #[error("the account of this token is gone")]
    Gone,
    #[error("the account of this token is disabled")]
    Disabled,
    #[error("this token was ended: log in again")]
    Revoked,
    /// It cannot be known: the identity provider does not answer with its keys.
    #[error("the keys of the identity provider cannot be read right now")]
    NoKeys,
    /// The token is good; the store does not answer about its account, and has not answered lately.
    #[error("the account of this token cannot be looked up right now")]
    Unknown(Holder),
}

impl From<BadToken> for Unidentified {
    fn from(_: BadToken) -> Self {
        Self::BadToken
    }
}
