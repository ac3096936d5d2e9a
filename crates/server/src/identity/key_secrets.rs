//! The secrets of idempotency keys, derived from the server's own: how keys and requests are
//! stored, and how a kept answer is sealed. A reader of the database finds neither keys nor answers
//! in it.
//!
//! When the server's secret changes, what was kept by the previous one still counts: a request is
//! looked for under the digests of both.

use std::fmt;

use booking::{Chance as _, SystemChance};
use domain::UserId;
use ring::hmac;
use store::{Fingerprint, KeyDigests, KeyId};

use super::digests;
use super::seal::{NONCE_LEN, Seal};

pub(crate) struct KeySecrets {
    newest: Derived,
    previous: Option<Derived>,
}

/// From one secret of the server.
struct Derived {
    digests: hmac::Key,
    seal: Seal,
}

impl fmt::Debug for KeySecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeySecrets")
    }
}

impl KeySecrets {
    pub(crate) fn new(secret: &str, previous: Option<&str>) -> Self {
        Self { newest: Derived::new(secret), previous: previous.map(Derived::new) }
    }

    /// A caller's key is tied to the caller's account; a guest's key is tied to none. `request`:
    /// its method, address and body.
    pub(crate) fn digests(
        &self,
        owner: Option<UserId>,
        key: &str,
        request: [&[u8]; 3],
    ) -> (KeyDigests, Option<KeyDigests>) {
        let of = |derived: &Derived| derived.digests(owner, key, request);
        (of(&self.newest), self.previous.as_ref().map(of))
    }

    /// `None`: there is no randomness.
    pub(crate) fn sealed(&self, plain: Vec<u8>) -> Option<Vec<u8>> {
        let mut nonce = [0; NONCE_LEN];
        SystemChance.fill(&mut nonce).ok()?;
        self.newest.seal.sealed(&[], nonce, plain)
    }

    /// `None`: it was sealed with a secret from before the previous one.
    pub(crate) fn opened(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        let opened = |derived: &Derived| derived.seal.opened(&[], sealed);
        opened(&self.newest).or_else(|| self.previous.as_ref().and_then(opened))
    }
}

impl Derived {
    fn new(secret: &str) -> Self {
        let digests = digests::key_for("seatwire idempotency digests", secret);
        Self {
            digests: hmac::Key::new(hmac::HMAC_SHA256, &digests),
            seal: Seal::new("seatwire idempotency answers", secret),
        }
    }

    fn digests(&self, owner: Option<UserId>, key: &str, request: [&[u8]; 3]) -> KeyDigests {
        let owner = owner.map(|id| id.0.into_bytes());
        let owner = owner.as_ref().map_or(&b""[..], |id| id);
        let [method, address, body] = request;
        KeyDigests {
            id: KeyId(self.digest(&[b"key", owner, key.as_bytes()])),
            fingerprint: Fingerprint(self.digest(&[b"request", method, address, body])),
        }
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
        let (secrets, others) = (KeySecrets::new("a", None), KeySecrets::new("b", None));
        let owner = |n| Some(UserId(uuid::Uuid::from_u128(n)));
        let id = |secrets: &KeySecrets, owner, key| secrets.digests(owner, key, [b""; 3]).0.id;
        assert_eq!(id(&secrets, owner(1), "k"), id(&secrets, owner(1), "k"));
        for other in [
            id(&secrets, owner(2), "k"),
            id(&secrets, None, "k"),
            id(&secrets, owner(1), "l"),
            id(&others, owner(1), "k"),
        ] {
            assert_ne!(id(&secrets, owner(1), "k"), other);
        }
        let request =
            |parts: [&str; 3]| secrets.digests(None, "k", parts.map(str::as_bytes)).0.fingerprint;
        assert_eq!(request(["POST", "/a", "b"]), request(["POST", "/a", "b"]));
        for other in [["PUT", "/a", "b"], ["POST", "/ab", ""], ["POST", "/a", "c"]] {
            assert_ne!(request(["POST", "/a", "b"]), request(other));
        }
    }

    #[test]
    fn a_sealed_answer_is_opened_by_the_same_secret_only() {
        let (secrets, others) = (KeySecrets::new("a", None), KeySecrets::new("b", None));
        let sealed = secrets.sealed(b"Ay\xc5\x9fe".to_vec()).unwrap();
        assert!(!sealed.windows(2).any(|bytes| bytes == b"Ay"));
        assert_eq!(secrets.opened(&sealed).as_deref(), Some(&b"Ay\xc5\x9fe"[..]));
        assert_eq!(others.opened(&sealed), None);
        assert_eq!(secrets.opened(&sealed[..5]), None);
        assert_ne!(secrets.sealed(b"x".to_vec()), secrets.sealed(b"x".to_vec()));
    }

    #[test]
    fn what_the_previous_secret_kept_is_found_and_opened() {
        let (before, after) = (KeySecrets::new("a", None), KeySecrets::new("b", Some("a")));
        let of = |secrets: &KeySecrets| secrets.digests(None, "k", [b"POST", b"/a", b"b"]);
        let (digests, previous) = of(&after);
        assert_eq!((of(&before), previous), ((previous.unwrap(), None), Some(of(&before).0)));
        assert_ne!(Some(digests), previous);
        let sealed = before.sealed(b"x".to_vec()).unwrap();
        assert_eq!(after.opened(&sealed).as_deref(), Some(&b"x"[..]));
        assert_eq!(before.opened(&after.sealed(b"x".to_vec()).unwrap()), None);
    }
}
