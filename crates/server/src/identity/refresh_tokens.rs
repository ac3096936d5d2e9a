//! Refresh tokens: they continue a login when its short-lived token has expired. Each is sent once.
//!
//! The text names its family and carries a secret; only its digest is stored. The next token is
//! derived from the one that was sent and from a key of the server: a client that lost the answer
//! and asks again gets the same one.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use booking::{NoRandomness, Source};
use domain::user::FamilyId;
use ring::hmac;
use store::TokenDigest;
use uuid::Uuid;

use super::{digests, random_text};

/// The key with which the next token is derived. All servers of a database have the same.
pub(crate) struct SuccessorKey(hmac::Key);

impl fmt::Debug for SuccessorKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SuccessorKey")
    }
}

impl SuccessorKey {
    pub(crate) fn new(secret: &str) -> Self {
        let own = digests::key_for("seatwire refresh tokens", secret);
        Self(hmac::Key::new(hmac::HMAC_SHA256, &own))
    }
}

/// So that the token can be told from others at sight, also where it was leaked.
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

    /// The next token of its family: without the key it cannot be computed.
    pub(crate) fn next(&self, family: FamilyId, key: &SuccessorKey) -> Self {
        let secret = hmac::sign(&key.0, self.0.as_bytes());
        let secret = URL_SAFE_NO_PAD.encode(secret.as_ref());
        Self(format!("{PREFIX}{}.{secret}", family.0.simple()))
    }

    /// Any text that was sent as a token, and its family; `None` if it never was one.
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
        let next = |of: &RefreshText, secret| of.next(family, &SuccessorKey::new(secret)).0;
        assert_eq!(next(&one, "a"), next(&one, "a"), "asked again");
        for another in [next(&one, "b"), next(&other, "a"), one.0.clone()] {
            assert_ne!(next(&one, "a"), another);
        }
        assert!(RefreshText::sent(next(&one, "a")).is_some_and(|(_, named)| named == family));
        assert!(!format!("{one:?}").contains(&one.0));
        let (sent, named) = RefreshText::sent(one.clone().into_text()).unwrap();
        assert_eq!((sent.digest(), named), (one.digest(), family));
        for other in ["", "refresh-", "refresh-7.x", "bus-abc", "a.b.c"] {
            assert!(RefreshText::sent(other.to_owned()).is_none(), "{other}");
        }
    }
}
