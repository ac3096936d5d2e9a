//! What a device on a bus shows: a secret that says nothing, and gives nothing but to say where the bus is.
//!
//! Only its digest is stored.

use store::TokenDigest;

use super::digests;

/// So that a token is told from an account's by looking at it, also where it was leaked.
const PREFIX: &str = "bus-";

/// As many as nobody ever tries.
pub(crate) const SECRET_BYTES: usize = 32;

/// The token that stands for this secret, and what is stored of it.
pub(crate) fn token(secret: [u8; SECRET_BYTES]) -> (String, TokenDigest) {
    let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    let token = format!("{PREFIX}{hex}");
    let digest = of(&token);
    (token, digest)
}

/// `None` if it is no token of a bus at all.
pub(crate) fn digest(token: &str) -> Option<TokenDigest> {
    token.starts_with(PREFIX).then(|| of(token))
}

fn of(token: &str) -> TokenDigest {
    TokenDigest(digests::of_token(token))
}
