//! Refresh tokens: what a login is gone on with when its short-lived token is over. Each is shown once.
//!
//! The text names its family and brings a secret; only the secret's digest is stored.

use std::fmt;

use booking::{NoRandomness, Source};
use domain::user::FamilyId;
use store::TokenDigest;
use uuid::Uuid;

use super::{digests, random_text};

/// So that a token is told from others by looking at it, also where it was leaked.
const PREFIX: &str = "refresh-";

/// Does not print.
#[derive(Clone)]
pub(crate) struct RefreshText(String);

impl fmt::Debug for RefreshText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefreshText")
    }
}

impl RefreshText {
    pub(crate) fn draw(family: FamilyId, source: &Source) -> Result<Self, NoRandomness> {
        let secret = random_text::draw(source)?;
        Ok(Self(format!("{PREFIX}{}.{secret}", family.0.simple())))
    }

    /// Whatever was sent as one, and its family; `None` if it never was a token.
    pub(crate) fn sent(text: String) -> Option<(Self, FamilyId)> {
        let (family, _) = text.strip_prefix(PREFIX)?.split_once('.')?;
        let family = FamilyId(Uuid::try_parse(family).ok()?);
        Some((Self(text), family))
    }

    pub(crate) fn digest(&self) -> TokenDigest {
        TokenDigest(digests::of_token(&self.0))
    }

    pub(crate) fn into_text(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_names_its_family_and_is_drawn_once() {
        let source = Source::system();
        let family = FamilyId(Uuid::from_u128(7));
        let draw = || RefreshText::draw(family, &source).unwrap();
        let (one, other) = (draw(), draw());
        assert_ne!(one.digest(), other.digest());
        assert!(!format!("{one:?}").contains(&one.0));
        let (sent, named) = RefreshText::sent(one.clone().into_text()).unwrap();
        assert_eq!((sent.digest(), named), (one.digest(), family));
        for other in ["", "refresh-", "refresh-7.x", "bus-abc", "a.b.c"] {
            assert!(RefreshText::sent(other.to_owned()).is_none(), "{other}");
        }
    }
}
