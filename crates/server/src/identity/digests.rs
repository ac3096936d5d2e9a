//! Digests of tokens, so that what is stored or cached of a token gives no access; and keys derived
//! from the server's secret, one for each purpose, so that one key reveals nothing about another.

use ring::digest::{SHA256, SHA256_OUTPUT_LEN, digest};
use ring::hmac;

pub(super) type Digest = [u8; SHA256_OUTPUT_LEN];

/// A token is drawn at random, or signed: a plain digest is enough, because there is nothing to
/// guess.
pub(super) fn of_token(token: &str) -> Digest {
    whole(digest(&SHA256, token.as_bytes()).as_ref())
}

/// After a restart with the same secret the key is the same.
pub(super) fn key_for(purpose: &str, secret: &str) -> Digest {
    let secret = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    whole(hmac::sign(&secret, purpose.as_bytes()).as_ref())
}

fn whole(bytes: &[u8]) -> Digest {
    let mut digest = Digest::default();
    digest.copy_from_slice(bytes);
    digest
}
