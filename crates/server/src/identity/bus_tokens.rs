//! The token of a device on a bus: a secret without any content, which only allows reporting where
//! the bus is.
//!
//! Only its digest is stored.

use quick_cache::sync::Cache;
use store::TokenDigest;

use super::digests;

/// So that the token can be told from an account's at sight, also where it was leaked.
const PREFIX: &str = "bus-";

/// Too many to be guessed.
pub(crate) const SECRET_BYTES: usize = 32;

/// The token for this secret, and what is stored of the token.
pub(crate) fn token(secret: [u8; SECRET_BYTES]) -> (String, TokenDigest) {
    let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    let token = format!("{PREFIX}{hex}");
    let digest = of(&token);
    (token, digest)
}

/// `None` if it cannot be a bus token: nobody is asked about it.
pub(crate) fn digest(token: &str) -> Option<TokenDigest> {
    let secret = token.strip_prefix(PREFIX)?;
    let is_one = secret.len() == 2 * SECRET_BYTES && secret.bytes().all(|b| b.is_ascii_hexdigit());
    is_one.then(|| of(token))
}

/// Tokens that were good when the store was asked last. It is asked each time all the same: another
/// server may have given the bus a new one.
#[derive(Debug)]
pub(crate) struct KnownBusTokens(Cache<TokenDigest, ()>);

/// At some hundred bytes each.
const KNOWN_MAX: usize = 4_096;

impl Default for KnownBusTokens {
    fn default() -> Self {
        Self(Cache::new(KNOWN_MAX))
    }
}

impl KnownBusTokens {
    pub(crate) fn has(&self, token: TokenDigest) -> bool {
        self.0.get(&token).is_some()
    }

    pub(crate) fn note(&self, token: TokenDigest, is_good: bool) {
        if !is_good {
            self.0.remove(&token);
        } else if !self.has(token) {
            self.0.insert(token, ());
        }
    }
}

fn of(token: &str) -> TokenDigest {
    TokenDigest(digests::of_token(token))
}
