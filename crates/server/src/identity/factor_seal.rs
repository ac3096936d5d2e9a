//! How secrets of second factors are stored: sealed with a key derived from the server's secret,
//! each for its account alone.
//!
//! The keys change with the server's secret: a secret that the previous key has sealed can still be
//! opened, and is sealed with the new key when it is used.

use std::fmt;

use booking::{NoRandomness, Source};
use domain::UserId;
use store::Sealed;

use super::seal::{NONCE_LEN, Seal};
use super::totp::TotpSecret;

pub(crate) struct FactorSeal {
    /// The newest first: it is used for sealing.
    keys: Vec<Seal>,
}

impl fmt::Debug for FactorSeal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FactorSeal")
    }
}

/// An opened secret.
pub(crate) struct Opened {
    pub(crate) secret: TotpSecret,
    /// Whether the newest key has sealed it.
    pub(crate) is_newest: bool,
}

impl FactorSeal {
    pub(crate) fn new(secret: &str, previous: Option<&str>) -> Self {
        let key = |secret: &str| Seal::new("seatwire second factors", secret);
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
        let sealed = newest.sealed(of.0.as_bytes(), nonce, secret.bytes().to_vec());
        // It fails only for a text of impossible length.
        sealed.map(Sealed).ok_or(NoRandomness)
    }

    /// `None`: it was sealed for another account, or with a secret from before the previous one.
    pub(crate) fn opened(&self, of: UserId, sealed: &Sealed) -> Option<Opened> {
        self.keys.iter().enumerate().find_map(|(index, key)| {
            let plain = key.opened(of.0.as_bytes(), &sealed.0)?;
            Some(Opened { secret: TotpSecret::of(plain), is_newest: index == 0 })
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
