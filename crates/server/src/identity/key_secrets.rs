//! The secrets of idempotency keys, derived from the server's own: how keys and requests are
//! stored, and how a kept answer is sealed. A reader of the database finds neither keys nor answers
//! in it.
//!
//! After a change of the server's secret all keys are forgotten.

use std::fmt;

use booking::{Chance as _, SystemChance};
use domain::UserId;
use ring::hmac;
use store::{Fingerprint, KeyId};

use super::digests;
use super::seal::{NONCE_LEN, Seal};

pub(crate) struct KeySecrets {
    digests: hmac::Key,
    seal: Seal,
}

impl fmt::Debug for KeySecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeySecrets")
    }
}

impl KeySecrets {
    pub(crate) fn new(secret: &str) -> Self {
        let digests = digests::key_for("seatwire idempotency digests", secret);
        Self {
            digests: hmac::Key::new(hmac::HMAC_SHA256, &digests),
            seal: Seal::new("seatwire idempotency answers", secret),
        }
    }

    /// A caller's key is tied to the caller's account; a guest's key is tied to none.
    pub(crate) fn id(&self, owner: Option<UserId>, key: &str) -> KeyId {
        let owner = owner.map(|id| id.0.into_bytes());
        let owner = owner.as_ref().map_or(&b""[..], |id| id);
        KeyId(self.digest(&[b"key", owner, key.as_bytes()]))
    }

    pub(crate) fn fingerprint(&self, method: &str, address: &str, body: &[u8]) -> Fingerprint {
        let parts = [b"request", method.as_bytes(), address.as_bytes(), body];
        Fingerprint(self.digest(&parts))
    }

    /// `None`: there is no randomness.
    pub(crate) fn sealed(&self, plain: Vec<u8>) -> Option<Vec<u8>> {
        let mut nonce = [0; NONCE_LEN];
        SystemChance.fill(&mut nonce).ok()?;
        self.seal.sealed(&[], nonce, plain)
    }

    /// `None`: it was sealed with another secret.
    pub(crate) fn opened(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        self.seal.opened(&[], sealed)
    }

    /// Each part after its length, so that two lists of parts are never the same text.
    fn digest(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.digests);
        for part in parts {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let mut digest = [0; 32];
        digest.copy_from_slice(context.sign().as_ref());
        digest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_its_owners_and_a_request_is_all_of_it() {
        let (secrets, others) = (KeySecrets::new("a"), KeySecrets::new("b"));
        let owner = |n| Some(UserId(uuid::Uuid::from_u128(n)));
        assert_eq!(secrets.id(owner(1), "k"), secrets.id(owner(1), "k"));
        for other in [
            secrets.id(owner(2), "k"),
            secrets.id(None, "k"),
            secrets.id(owner(1), "l"),
            others.id(owner(1), "k"),
        ] {
            assert_ne!(secrets.id(owner(1), "k"), other);
        }
        let request =
            |method, address, body: &str| secrets.fingerprint(method, address, body.as_bytes());
        assert_eq!(request("POST", "/a", "b"), request("POST", "/a", "b"));
        for other in
            [request("PUT", "/a", "b"), request("POST", "/ab", ""), request("POST", "/a", "c")]
        {
            assert_ne!(request("POST", "/a", "b"), other);
        }
    }

    #[test]
    fn a_sealed_answer_is_opened_by_the_same_secret_only() {
        let (secrets, others) = (KeySecrets::new("a"), KeySecrets::new("b"));
        let sealed = secrets.sealed(b"Ay\xc5\x9fe".to_vec()).unwrap();
        assert!(!sealed.windows(2).any(|bytes| bytes == b"Ay"));
        assert_eq!(secrets.opened(&sealed).as_deref(), Some(&b"Ay\xc5\x9fe"[..]));
        assert_eq!(others.opened(&sealed), None);
        assert_eq!(secrets.opened(&sealed[..5]), None);
        assert_ne!(secrets.sealed(b"x".to_vec()), secrets.sealed(b"x".to_vec()));
    }
}
