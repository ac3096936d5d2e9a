//! Refresh tokens: they continue a login when its short-lived token has expired. Each is sent once.
//!
//! The text names its family and carries a secret; only its digest is stored. The next token is
//! derived from the one that was sent and from a key of the server: a client that lost the answer
//! and asks again gets the same one.
//!
//! Every access token names the family, so anybody who has seen an old one can invent texts for it.
//! A secret therefore ends with a mark that only the server can make. A text without it was never a
//! token of ours, and its sender may not end the login.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use booking::{NoRandomness, Source};
use domain::user::FamilyId;
use ring::hmac;
use store::TokenDigest;
use uuid::Uuid;

use super::digests;

/// Bytes that are drawn at random, or derived from the token before.
const DRAWN_BYTES: usize = 16;
/// Bytes of the mark behind them: too many to be guessed.
const MARK_BYTES: usize = 16;

/// The keys with which the next token is derived, and with which a token of ours is known. All
/// servers of a database have the same.
pub(crate) struct SuccessorKey {
    newest: Derived,
    previous: Option<Derived>,
}

/// From one secret of the server.
struct Derived {
    next: hmac::Key,
    mark: hmac::Key,
}

impl fmt::Debug for SuccessorKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SuccessorKey")
    }
}

impl SuccessorKey {
    /// `previous`: the secret before this one.
    pub(crate) fn new(secret: &str, previous: Option<&str>) -> Self {
        Self { newest: Derived::new(secret), previous: previous.map(Derived::new) }
    }
}

impl Derived {
    fn new(secret: &str) -> Self {
        let key = |purpose| hmac::Key::new(hmac::HMAC_SHA256, &digests::key_for(purpose, secret));
        Self { next: key("seatwire refresh tokens"), mark: key("seatwire marks of refresh tokens") }
    }
}

/// The mark of a token's drawn bytes. It starts with the mark's bytes; the rest is not sent.
fn mark(key: &hmac::Key, family: FamilyId, drawn: &[u8]) -> hmac::Tag {
    let mut marked = family.0.as_bytes().to_vec();
    marked.extend_from_slice(drawn);
    hmac::sign(key, &marked)
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
    pub(crate) fn draw(
        family: FamilyId,
        key: &SuccessorKey,
        source: &Source,
    ) -> Result<Self, NoRandomness> {
        let mut drawn = [0; DRAWN_BYTES];
        source.fill(&mut drawn)?;
        Ok(Self::of(family, &key.newest, &drawn))
    }

    /// The next token of its family: without the key it cannot be computed.
    pub(crate) fn next(&self, family: FamilyId, key: &SuccessorKey) -> Self {
        self.next_by(family, &key.newest)
    }

    /// The same, as a server told it whose secret was the one before this.
    pub(crate) fn next_before(&self, family: FamilyId, key: &SuccessorKey) -> Option<Self> {
        key.previous.as_ref().map(|previous| self.next_by(family, previous))
    }

    fn next_by(&self, family: FamilyId, key: &Derived) -> Self {
        let drawn = hmac::sign(&key.next, self.0.as_bytes());
        Self::of(family, key, &drawn.as_ref()[..DRAWN_BYTES])
    }

    fn of(family: FamilyId, key: &Derived, drawn: &[u8]) -> Self {
        let mut secret = drawn.to_vec();
        secret.extend_from_slice(&mark(&key.mark, family, drawn).as_ref()[..MARK_BYTES]);
        let secret = URL_SAFE_NO_PAD.encode(secret);
        Self(format!("{PREFIX}{}.{secret}", family.0.simple()))
    }

    /// Whether this server made the text, with its secret or the one before. A token that an earlier
    /// version made has no mark: whether it is the present one, the store knows.
    pub(crate) fn was_made_here(&self, family: FamilyId, key: &SuccessorKey) -> bool {
        let secret = self.0.rsplit_once('.').map(|(_, secret)| URL_SAFE_NO_PAD.decode(secret));
        let Some(Ok(secret)) = secret else { return false };
        if secret.len() != DRAWN_BYTES + MARK_BYTES {
            return false;
        }
        let (drawn, shown) = secret.split_at(DRAWN_BYTES);
        std::iter::once(&key.newest).chain(&key.previous).any(|Derived { mark: key, .. }| {
            // Digests are compared in place of the marks: `verify` takes as long wherever two differ.
            let mark = hmac::sign(key, &mark(key, family, drawn).as_ref()[..MARK_BYTES]);
            hmac::verify(key, shown, mark.as_ref()).is_ok()
        })
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
        let key = |secret| SuccessorKey::new(secret, None);
        let draw = || RefreshText::draw(family, &key("a"), &source).unwrap();
        let (one, other) = (draw(), draw());
        assert_ne!(one.digest(), other.digest());
        let next = |of: &RefreshText, secret| of.next(family, &key(secret)).0;
        assert_eq!(next(&one, "a"), next(&one, "a"), "asked again");
        for another in [next(&one, "b"), next(&other, "a"), one.0.clone()] {
            assert_ne!(next(&one, "a"), another);
        }
        let rotated = SuccessorKey::new("b", Some("a"));
        let told = one.next_before(family, &rotated).map(RefreshText::into_text);
        assert_eq!(told, Some(next(&one, "a")), "as before the change of the secret");
        assert_eq!(one.next(family, &rotated).0, next(&one, "b"));
        assert!(one.next_before(family, &key("a")).is_none());
        assert!(RefreshText::sent(next(&one, "a")).is_some_and(|(_, named)| named == family));
        assert!(!format!("{one:?}").contains(&one.0));
        let (sent, named) = RefreshText::sent(one.clone().into_text()).unwrap();
        assert_eq!((sent.digest(), named), (one.digest(), family));
        for other in ["", "refresh-", "refresh-7.x", "bus-abc", "a.b.c"] {
            assert!(RefreshText::sent(other.to_owned()).is_none(), "{other}");
        }
    }

    #[test]
    fn a_text_that_was_made_here_is_known_however_old_it_is() {
        let family = FamilyId(Uuid::from_u128(7));
        let key = SuccessorKey::new("a", None);
        let first = RefreshText::draw(family, &key, &Source::system()).unwrap();
        let second = first.next(family, &key);
        for text in [&first, &second] {
            assert!(text.was_made_here(family, &key), "{}", text.0);
            let rotated = SuccessorKey::new("b", Some("a"));
            assert!(text.was_made_here(family, &rotated), "with the secret before");
            assert!(!text.was_made_here(family, &SuccessorKey::new("b", None)));
            assert!(!text.was_made_here(FamilyId(Uuid::from_u128(8)), &key), "of another login");
        }
        let secret = first.0.rsplit_once('.').unwrap().1;
        let other = |secret: &str| RefreshText(format!("{PREFIX}{}.{secret}", family.0.simple()));
        assert!(other(secret).was_made_here(family, &key), "the control");
        let mut bytes = URL_SAFE_NO_PAD.decode(secret).unwrap();
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        let changed = URL_SAFE_NO_PAD.encode(&bytes);
        let shorter = URL_SAFE_NO_PAD.encode(&bytes[..last]);
        // As long as one of an earlier version.
        let older = URL_SAFE_NO_PAD.encode([7; 24]);
        for wrong in [changed.as_str(), &shorter, &older, "", "x", "=", "AAAA"] {
            assert!(!other(wrong).was_made_here(family, &key), "{wrong}");
        }
    }
}
