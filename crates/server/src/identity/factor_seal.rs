//! How secrets of second factors are kept: sealed with a key made of the server's secret, each for its
//! account alone.
//!
//! Keys rotate with the server's secret: what the one before it has sealed is opened too, and sealed anew
//! when it is used.

use std::fmt;

use booking::{NoRandomness, Source};
use domain::UserId;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use store::Sealed;

use super::digests;
use super::totp::TotpSecret;

pub(crate) struct FactorSeal {
    /// The newest first: it seals.
    keys: Vec<LessSafeKey>,
}

impl fmt::Debug for FactorSeal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FactorSeal")
    }
}

/// What was opened.
pub(crate) struct Opened {
    pub(crate) secret: TotpSecret,
    /// By the newest key.
    pub(crate) is_newest: bool,
}

impl FactorSeal {
    pub(crate) fn new(secret: &str, previous: Option<&str>) -> Self {
        let key = |secret: &str| {
            let key = digests::key_for("seatwire second factors", secret);
            let Ok(key) = UnboundKey::new(&AES_256_GCM, &key) else {
                unreachable!("the digest has as many bytes as the cipher's key")
            };
            LessSafeKey::new(key)
        };
        Self { keys: std::iter::once(secret).chain(previous).map(key).collect() }
    }

    pub(crate) fn sealed(
        &self,
        of: UserId,
        secret: &TotpSecret,
        source: &Source,
    ) -> Result<Sealed, NoRandomness> {
        let [newest, ..] = self.keys.as_slice() else {
            unreachable!("there is a key from the start on")
        };
        let mut nonce = [0; NONCE_LEN];
        source.fill(&mut nonce)?;
        let mut text = secret.bytes().to_vec();
        let by = Nonce::assume_unique_for_key(nonce);
        let aad = Aad::from(of.0.into_bytes());
        // Only a text beyond all lengths is refused.
        newest.seal_in_place_append_tag(by, aad, &mut text).map_err(|_| NoRandomness)?;
        Ok(Sealed([nonce.as_slice(), &text].concat()))
    }

    /// `None`: it was sealed for another account, or with a secret from before the previous one.
    pub(crate) fn opened(&self, of: UserId, sealed: &Sealed) -> Option<Opened> {
        let (nonce, text) = sealed.0.split_at_checked(NONCE_LEN)?;
        self.keys.iter().enumerate().find_map(|(index, key)| {
            let by = Nonce::try_assume_unique_for_key(nonce).ok()?;
            let mut text = text.to_vec();
            let plain = key.open_in_place(by, Aad::from(of.0.into_bytes()), &mut text).ok()?;
            Some(Opened { secret: TotpSecret::of(plain.to_vec()), is_newest: index == 0 })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_its_accounts_and_outlives_one_change_of_the_servers() {
        let source = Source::system();
        let [one, other] = [1, 2].map(|id| UserId(uuid::Uuid::from_u128(id)));
        let secret = TotpSecret::draw(&source).unwrap();
        let old = FactorSeal::new("old", None);
        let sealed = old.sealed(one, &secret, &source).unwrap();
        assert!(!sealed.0.windows(4).any(|part| part == &secret.bytes()[..4]));
        assert!(old.opened(one, &sealed).unwrap().is_newest);
        assert!(old.opened(other, &sealed).is_none(), "rows cannot be exchanged");
        let rotated = FactorSeal::new("new", Some("old"));
        let opened = rotated.opened(one, &sealed).unwrap();
        assert!(!opened.is_newest && opened.secret.bytes() == secret.bytes());
        let anew = rotated.sealed(one, &opened.secret, &source).unwrap();
        let newest = FactorSeal::new("new", None);
        assert!(newest.opened(one, &anew).is_some() && newest.opened(one, &sealed).is_none());
        assert!(newest.opened(one, &Sealed(vec![1; 5])).is_none());
    }
}
