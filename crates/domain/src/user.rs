//! People who can log in.

use jiff::Timestamp;
use uuid::Uuid;

use crate::{Role, UserId};

/// How often all tokens of an account were ended: a token issued before the last time is not valid
/// any more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenGeneration(pub u32);

impl TokenGeneration {
    pub fn next(self) -> Self {
        Self(self.0.wrapping_add(1))
    }
}

/// The tokens of one login, each refreshed from the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FamilyId(pub Uuid);

/// What tells one token from all others (`jti`, RFC 7519, section 4.1.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenId(pub Uuid);

/// Where the person of an account shows who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// Here, with a password.
    Own,
    /// At the company's identity provider, which also decides the role. The account has no
    /// password, and gets none.
    Provider,
}

impl Origin {
    pub const ALL: [Self; 2] = [Self::Own, Self::Provider];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Own => "OWN",
            Self::Provider => "PROVIDER",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|origin| origin.as_str() == text)
    }
}

/// Without the password hash: that leaves the store only to be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    /// In the form of [`email`]; unique, except that one of the provider's may show an address that
    /// another account had before.
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    pub phone: Option<String>,
    pub role: Role,
    /// Since when the account cannot log in and its tokens are refused; `None` while it is in use.
    pub disabled_at: Option<Timestamp>,
    /// Made by the demo, with a password that is printed in the README.
    pub is_demo: bool,
    /// It never changes.
    pub origin: Origin,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

pub use crate::email::{EMAIL_BYTES_MAX, EmailError, email};

/// In characters. Long enough to matter, short enough that hashing one costs little.
pub const PASSWORD_CHARS_MIN: usize = 8;
pub const PASSWORD_CHARS_MAX: usize = 128;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must have between 8 and 128 characters")]
pub struct PasswordError;

pub fn password(text: &str) -> Result<(), PasswordError> {
    let chars = text.chars().count();
    if (PASSWORD_CHARS_MIN..=PASSWORD_CHARS_MAX).contains(&chars) {
        Ok(())
    } else {
        Err(PasswordError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_counted_in_characters() {
        assert!(password("çğıöşü12").is_ok());
        assert!(password("short").is_err());
        assert!(password(&"x".repeat(129)).is_err());
    }
}
