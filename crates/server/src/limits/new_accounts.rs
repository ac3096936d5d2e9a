//! New accounts under one e-mail address: each further one has to wait longer.
//!
//! Each gets a letter at once. Pauses between letters belong to an account, and end with it: who
//! erases an account and registers again could fill a mailbox that belongs to somebody else.

use std::fmt;
use std::time::Instant;

use parking_lot::Mutex;

use super::growing_wait::{Counts, Terms, TooEarly};

const TERMS: Terms =
    Terms { free: 3, wait_seconds_max: 86_400, forgotten_after_seconds: 7 * 86_400 };

/// Addresses that are kept, at some 300 bytes each at the most. The oldest of those that came only
/// once make room.
const ADDRESSES_MAX: usize = 8_192;

pub(crate) struct NewAccounts(Mutex<Counts<String>>);

impl Default for NewAccounts {
    fn default() -> Self {
        Self(Mutex::new(Counts::new(TERMS, ADDRESSES_MAX)))
    }
}

impl fmt::Debug for NewAccounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewAccounts").finish_non_exhaustive()
    }
}

impl NewAccounts {
    /// Whether an account may be made under this address now.
    pub(crate) fn admit(&self, address: &str, now: Instant) -> Result<(), TooEarly> {
        self.0.lock().admit(&address.to_owned(), now)
    }

    /// One was made.
    pub(crate) fn one_more(&self, address: String, now: Instant) {
        self.0.lock().one_more(address, now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::growing_wait::at;

    #[test]
    fn an_address_is_free_a_few_times_and_others_are_not_concerned() {
        let accounts = NewAccounts::default();
        for _ in 0..=TERMS.free {
            assert_eq!(accounts.admit("ayse@firma.example", at(0)), Ok(()));
            accounts.one_more("ayse@firma.example".to_owned(), at(0));
        }
        let early = accounts.admit("ayse@firma.example", at(0)).unwrap_err();
        assert_eq!(early.retry_after_seconds, 1);
        assert_eq!(accounts.admit("can@firma.example", at(0)), Ok(()));
        assert_eq!(accounts.admit("ayse@firma.example", at(1)), Ok(()));
        accounts.one_more("ayse@firma.example".to_owned(), at(1));
        let early = accounts.admit("ayse@firma.example", at(1)).unwrap_err();
        assert_eq!(early.retry_after_seconds, 2);
    }
}
