//! The keys that personal values are encrypted with before a driver gets them (contract.md,
//! `SEATWIRE_DATA_KEY`).
//!
//! Invariants: what is sealed can be opened only for the row that it was sealed for; a value that
//! is looked up by its hash has the same hash as long as the key is the same; keys are never shown.
//! This file knows no table: `personal.rs` says what is personal.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac;
use ring::rand::{SecureRandom as _, SystemRandom};

/// Keys at a time: one that encrypts, and those before it until `seatwire rekey` has run.
pub const DATA_KEYS_MAX: usize = 4;

const DATA_KEY_BYTES: usize = 32;

/// Of a key's name, which stands in front of everything that is sealed with it.
const DATA_KEY_ID_BYTES_MAX: usize = 16;

/// Of a hash that is looked up: long enough that no two values have the same.
const LOOKUP_BYTES: usize = 16;

/// No phone and no identity number begins with it, so a hash is never taken for one.
const LOOKUP_MARK: char = '#';

/// Why a setting is not a list of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DataKeysError {
    /// The wrong number of bytes, or not base64.
    #[error("must be 32 bytes in base64, or several as `id=key,id=key`")]
    Key,
    /// A name that cannot be one.
    #[error("the id of a key must be 1 to 16 letters, digits, `-` or `_`")]
    Id,
    /// It would not be clear which of them has sealed a value.
    #[error("two keys have the same id")]
    SameId,
    /// More than [`DATA_KEYS_MAX`].
    #[error("there must be 4 keys at the most; run `seatwire rekey` and drop the old ones")]
    TooMany,
}

/// What was sealed cannot be opened: the key is not among these, or the bytes are not of this row.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unopened {
    /// The name of the key.
    #[error("a personal value is encrypted with the data key `{0}`, which is not given")]
    NoKey(String),
    /// It cannot be known which of the two.
    #[error("a personal value was damaged, or stands in a row that it was not encrypted for")]
    OtherRow,
}

/// The configured keys; none: personal values are stored as they are. A cheap handle.
#[derive(Clone, Default)]
pub struct DataKeys(Arc<Vec<DataKey>>);

struct DataKey {
    id: String,
    seal: LessSafeKey,
    lookup: hmac::Key,
    /// Identifies the key and shows nothing of it.
    check: Vec<u8>,
}

impl fmt::Debug for DataKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|key| &key.id)).finish()
    }
}

impl PartialEq for DataKeys {
    fn eq(&self, other: &Self) -> bool {
        let of = |keys: &Self| keys.0.iter().map(|key| key.check.clone()).collect::<Vec<_>>();
        of(self) == of(other)
    }
}

impl DataKeys {
    /// Reads one key, or several as `id=key,…`: the first encrypts, all decrypt.
    pub fn parse(text: &str) -> Result<Self, DataKeysError> {
        let keys: Vec<DataKey> =
            text.split(',').map(|one| DataKey::parse(one.trim())).collect::<Result<_, _>>()?;
        if keys.len() > DATA_KEYS_MAX {
            return Err(DataKeysError::TooMany);
        }
        let same = |at: usize| keys[..at].iter().any(|other| other.id == keys[at].id);
        if (0..keys.len()).any(same) {
            return Err(DataKeysError::SameId);
        }
        Ok(Self(Arc::new(keys)))
    }

    /// Whether personal values are stored as they are.
    pub fn are_none(&self) -> bool {
        self.0.is_empty()
    }

    /// Each key's name and check value, the key that encrypts first.
    pub fn known_as(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.iter().map(|key| (key.id.as_str(), key.check.as_slice()))
    }

    /// For one row; `None` without a key.
    pub(crate) fn seal(&self, row: &[u8], plain: Vec<u8>) -> Option<Vec<u8>> {
        self.0.first().map(|key| key.seal(row, plain))
    }

    pub(crate) fn open(&self, row: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Unopened> {
        let (id, rest) = parted(sealed).ok_or(Unopened::OtherRow)?;
        let key = self.0.iter().find(|key| key.id.as_bytes() == id);
        let key = key.ok_or_else(|| Unopened::NoKey(String::from_utf8_lossy(id).into_owned()))?;
        key.open(row, rest).ok_or(Unopened::OtherRow)
    }

    /// Whether it was sealed with the key that encrypts now.
    pub fn is_sealed_now(&self, sealed: Option<&[u8]>) -> bool {
        match (self.0.first(), sealed) {
            (None, sealed) => sealed.is_none(),
            (Some(_), None) => false,
            (Some(key), Some(sealed)) => {
                parted(sealed).is_some_and(|(id, _)| id == key.id.as_bytes())
            }
        }
    }

    /// What stands in the place of a value that is looked up; `None` without a key.
    pub(crate) fn lookup(&self, column: &str, value: &str) -> Option<String> {
        self.0.first().map(|key| key.lookup(column, value))
    }

    /// The texts under which a value can stand: its hash by each key, and the value itself, where a
    /// row was written before there was a key.
    pub(crate) fn lookups(&self, column: &str, value: &str) -> Vec<String> {
        self.hashes(column, value).chain([value.to_owned()]).collect()
    }

    /// Its hash by each key.
    pub(crate) fn hashes(&self, column: &str, value: &str) -> impl Iterator<Item = String> {
        self.0.iter().map(move |key| key.lookup(column, value))
    }
}

/// The key's id, and what it has sealed.
fn parted(sealed: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = sealed.split_first()?;
    rest.split_at_checked(usize::from(*length))
}

impl DataKey {
    fn parse(text: &str) -> Result<Self, DataKeysError> {
        // Base64 ends with `=`, so the text before the first `=` is an id only if more follows.
        let named = text.split_once('=').filter(|(_, key)| !key.trim_matches('=').is_empty());
        let (id, key) = named.map_or((None, text), |(id, key)| (Some(id), key));
        let decoded = STANDARD
            .decode(key)
            .or_else(|_| STANDARD_NO_PAD.decode(key))
            .or_else(|_| URL_SAFE_NO_PAD.decode(key.trim_end_matches('=')));
        let bytes: [u8; DATA_KEY_BYTES] =
            decoded.ok().and_then(|bytes| bytes.try_into().ok()).ok_or(DataKeysError::Key)?;
        let root = hmac::Key::new(hmac::HMAC_SHA256, &bytes);
        let of = |purpose: &str| hmac::sign(&root, purpose.as_bytes());
        let check = of("seatwire data key check").as_ref()[..LOOKUP_BYTES].to_vec();
        let id = match id {
            Some(id) => id.to_owned(),
            // A key without a name is named after its check value.
            None => check[..4].iter().map(|byte| format!("{byte:02x}")).collect(),
        };
        let is_id = |c: u8| c.is_ascii_alphanumeric() || c == b'-' || c == b'_';
        if !(1..=DATA_KEY_ID_BYTES_MAX).contains(&id.len()) || !id.bytes().all(is_id) {
            return Err(DataKeysError::Id);
        }
        let Ok(seal) = UnboundKey::new(&AES_256_GCM, of("seatwire personal values").as_ref())
        else {
            unreachable!("the digest has as many bytes as the cipher's key")
        };
        let lookup = hmac::Key::new(hmac::HMAC_SHA256, of("seatwire lookups").as_ref());
        Ok(Self { id, seal: LessSafeKey::new(seal), lookup, check })
    }

    fn seal(&self, row: &[u8], mut plain: Vec<u8>) -> Vec<u8> {
        let mut nonce = [0; NONCE_LEN];
        // Random: a counter would start again after a backup is restored. 2^32 values under one key
        // are safe (NIST SP 800-38D, 8.3), which is more than one company sells.
        let drawn = SystemRandom::new().fill(&mut nonce);
        assert!(drawn.is_ok(), "a kernel that has started a program has random bytes");
        let by = Nonce::assume_unique_for_key(nonce);
        let sealed = self.seal.seal_in_place_append_tag(by, self.row(row), &mut plain);
        assert!(sealed.is_ok(), "what is sealed is some hundred bytes");
        let Ok(length) = u8::try_from(self.id.len()) else {
            unreachable!("an id has {DATA_KEY_ID_BYTES_MAX} bytes at the most")
        };
        [&[length], self.id.as_bytes(), &nonce, plain.as_slice()].concat()
    }

    fn open(&self, row: &[u8], rest: &[u8]) -> Option<Vec<u8>> {
        let (nonce, rest) = rest.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut rest = rest.to_vec();
        let length = self.seal.open_in_place(nonce, self.row(row), &mut rest).ok()?.len();
        rest.truncate(length);
        Some(rest)
    }

    /// Sealed for this row and under this key's name: neither can be exchanged.
    fn row(&self, row: &[u8]) -> Aad<Vec<u8>> {
        Aad::from([self.id.as_bytes(), b"|", row].concat())
    }

    fn lookup(&self, column: &str, value: &str) -> String {
        let digest = hmac::sign(&self.lookup, format!("{column}|{value}").as_bytes());
        format!("{LOOKUP_MARK}{}", URL_SAFE_NO_PAD.encode(&digest.as_ref()[..LOOKUP_BYTES]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> String {
        STANDARD.encode([byte; DATA_KEY_BYTES])
    }

    #[test]
    fn keys_are_read_with_and_without_names() {
        let ids = |text: &str| {
            let keys = DataKeys::parse(text)?;
            let ids = keys.known_as().map(|(id, _)| id.to_owned());
            Ok::<_, DataKeysError>(ids.collect::<Vec<_>>())
        };
        let named = format!("b={}, a={}", key(2), key(1));
        assert_eq!(ids(&named), Ok(vec!["b".to_owned(), "a".to_owned()]));
        let bare = ids(&key(1)).unwrap();
        assert_eq!(ids(key(1).trim_end_matches('=')), Ok(bare.clone()), "without padding");
        assert_ne!(ids(&key(2)).unwrap(), bare, "each is called by itself");
        for (text, error) in [
            (String::new(), DataKeysError::Key),
            ("a=".to_owned() + &STANDARD.encode([0; 31]), DataKeysError::Key),
            (format!("={}", key(1)), DataKeysError::Id),
            (format!("a b={}", key(1)), DataKeysError::Id),
            (format!("a={},a={}", key(1), key(2)), DataKeysError::SameId),
            ([key(1), key(2), key(3), key(4), key(5)].join(","), DataKeysError::TooMany),
        ] {
            assert_eq!(DataKeys::parse(&text).unwrap_err(), error, "{text}");
        }
        let shown = format!("{:?}", DataKeys::parse(&named).unwrap());
        assert_eq!(shown, r#"["b", "a"]"#);
    }

    #[test]
    fn what_is_sealed_opens_for_its_row_and_with_its_key_only() {
        let old = DataKeys::parse(&format!("a={}", key(1))).unwrap();
        let both = DataKeys::parse(&format!("b={},a={}", key(2), key(1))).unwrap();
        let impostor = DataKeys::parse(&format!("a={}", key(3))).unwrap();
        let sealed = old.seal(b"row 1", b"Ay\xc5\x9fe".to_vec()).unwrap();
        assert!(!sealed.windows(2).any(|bytes| bytes == b"Ay"));
        assert_ne!(old.seal(b"row 1", b"Ay\xc5\x9fe".to_vec()).unwrap(), sealed);
        for keys in [&old, &both] {
            assert_eq!(keys.open(b"row 1", &sealed).unwrap(), b"Ay\xc5\x9fe");
            assert_eq!(keys.open(b"row 2", &sealed), Err(Unopened::OtherRow));
        }
        assert_eq!(impostor.open(b"row 1", &sealed), Err(Unopened::OtherRow));
        let none = DataKeys::default().open(b"row 1", &sealed);
        assert_eq!(none, Err(Unopened::NoKey("a".to_owned())));
        for length in 0..sealed.len() {
            assert!(old.open(b"row 1", &sealed[..length]).is_err(), "{length}");
        }
        assert!(old.is_sealed_now(Some(&sealed)) && !both.is_sealed_now(Some(&sealed)));
        assert!(!old.is_sealed_now(None) && DataKeys::default().is_sealed_now(None));
    }

    #[test]
    fn a_value_is_found_under_every_key_and_in_no_other_column() {
        let old = DataKeys::parse(&format!("a={}", key(1))).unwrap();
        let both = DataKeys::parse(&format!("b={},a={}", key(2), key(1))).unwrap();
        let stored = old.lookup("phone", "5321234567").unwrap();
        assert!(both.lookups("phone", "5321234567").contains(&stored));
        assert!(both.lookups("phone", "5321234567").contains(&"5321234567".to_owned()));
        assert_ne!(old.lookup("identity_number", "5321234567").unwrap(), stored);
        assert_eq!(DataKeys::default().lookup("phone", "5321234567"), None);
    }
}
