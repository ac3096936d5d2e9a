//! Whether the configured data keys are those of a database, before anything is read with them.
//!
//! A database knows the name of each key that something in it may be encrypted with, and a check
//! value that says whether a given key is that one. Invariant: nothing is sealed with a key that
//! the database does not know, and no key is forgotten while something is sealed with it.

use crate::DataKeys;

/// A row of `data_keys`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownDataKey {
    /// What the key is called.
    pub id: String,
    /// Shows whether a key is this one.
    pub check: Vec<u8>,
    /// The one that servers encrypt with.
    pub is_current: bool,
}

/// What has to be written before the first value is sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDataKey {
    /// What the key is called.
    pub id: String,
    /// Shows whether a key is this one.
    pub check: Vec<u8>,
}

/// Why a database is not opened with these keys.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DataKeysRefused {
    /// A key that something may be encrypted with is not given.
    #[error(
        "the database has personal values that are encrypted with the data key `{0}`, which is not \
         among the given ones (SEATWIRE_DATA_KEY)"
    )]
    Missing(String),
    /// A key of the same name is given, but it is another key.
    #[error(
        "the given data key `{0}` is not the one of that name that the database's personal values are \
         encrypted with (SEATWIRE_DATA_KEY)"
    )]
    Other(String),
}

impl DataKeys {
    /// Compares them with those that the database knows. The result has to be written: the key that
    /// encrypts now, if the database does not know it as such.
    pub fn check(&self, known: &[KnownDataKey]) -> Result<Option<NewDataKey>, DataKeysRefused> {
        for key in known {
            match self.known_as().find(|(id, _)| *id == key.id) {
                None => return Err(DataKeysRefused::Missing(key.id.clone())),
                Some((_, check)) if check != key.check => {
                    return Err(DataKeysRefused::Other(key.id.clone()));
                }
                Some(_) => {}
            }
        }
        let Some((id, check)) = self.known_as().next() else { return Ok(None) };
        let is_current = known.iter().any(|key| key.is_current && key.id == id);
        Ok((!is_current).then(|| NewDataKey { id: id.to_owned(), check: check.to_vec() }))
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    fn keys(named: &[(&str, u8)]) -> DataKeys {
        let texts = named.iter().map(|(id, byte)| format!("{id}={}", STANDARD.encode([*byte; 32])));
        DataKeys::parse(&texts.collect::<Vec<_>>().join(",")).unwrap()
    }

    fn known(named: &[(&str, u8)]) -> Vec<KnownDataKey> {
        let of = |(at, one): (usize, &(&str, u8))| {
            let new = keys(&[*one]).check(&[]).unwrap().unwrap();
            KnownDataKey { id: new.id, check: new.check, is_current: at == 0 }
        };
        named.iter().enumerate().map(of).collect()
    }

    #[test]
    fn a_key_is_known_by_name_and_value() {
        let (a, b) = (("a", 1), ("b", 2));
        assert_eq!(DataKeys::default().check(&[]), Ok(None));
        assert!(keys(&[a]).check(&[]).unwrap().is_some(), "the first of a database");
        assert_eq!(keys(&[a]).check(&known(&[a])), Ok(None));
        assert!(keys(&[b, a]).check(&known(&[a])).unwrap().is_some(), "a new one encrypts");
        assert!(keys(&[a, b]).check(&known(&[b, a])).unwrap().is_some(), "back again");
        let missing = Err(DataKeysRefused::Missing("a".to_owned()));
        assert_eq!(DataKeys::default().check(&known(&[a])), missing);
        assert_eq!(keys(&[b]).check(&known(&[a])), missing);
        let other = Err(DataKeysRefused::Other("a".to_owned()));
        assert_eq!(keys(&[("a", 3)]).check(&known(&[a])), other);
    }
}
