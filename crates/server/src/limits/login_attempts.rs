//! Wrong passwords: each makes the next attempt wait longer.
//!
//! Counted by account and network together, for an attacker who guesses at one account; by network
//! alone, for one who tries one password on many accounts; and by account alone, for one with many
//! networks. An address without an account is counted like one with an account: the answers reveal
//! nothing.
//!
//! A stranger must not lock an account's owner out. So the count of the account alone does not
//! affect networks from which its owner has logged in before, and others wait no longer than
//! [`ACCOUNT`] says: a caller that has to wait gets a place.

use std::fmt;
use std::time::Instant;

use parking_lot::Mutex;
use quick_cache::unsync::Cache;
use ring::digest::{SHA256, digest};

use super::growing_wait::{self, Counts, CountsAttempts, Places, Terms, TooEarly};
use crate::network::Network;

const HOUR_SECONDS: u64 = 3_600;

const PAIR: Terms = Terms { free: 5, wait_seconds_max: 900, forgotten_after_seconds: HOUR_SECONDS };
/// Many people share an address, and many of them mistype.
const NETWORK: Terms =
    Terms { free: 20, wait_seconds_max: 60, forgotten_after_seconds: HOUR_SECONDS };
const ACCOUNT: Terms =
    Terms { free: 20, wait_seconds_max: 60, forgotten_after_seconds: HOUR_SECONDS };

/// Entries that are kept, at some 60 bytes each. The oldest of those that came only once make room.
const PAIRS_MAX: usize = 16_384;
const NETWORKS_MAX: usize = 8_192;
const ACCOUNTS_MAX: usize = 8_192;
const PLACES_MAX: usize = 8_192;
const FAMILIAR_MAX: usize = 32_768;

/// A digest of the e-mail address that was sent, known or not, so that its length costs nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct AccountKey([u8; 16]);

#[derive(Default)]
pub(crate) struct LoginAttempts {
    known: Mutex<Known>,
}

type Pair = (AccountKey, Network);

struct Known {
    pairs: Counts<Pair>,
    networks: Counts<Network>,
    accounts: Counts<AccountKey>,
    /// Of callers that have to wait for the account.
    places: Places<Pair>,
    /// The account's owner has logged in from here before.
    familiar: Cache<Pair, ()>,
}

pub(crate) type Attempt<'a> = growing_wait::Attempt<'a, LoginAttempts>;

impl Default for Known {
    fn default() -> Self {
        Self {
            pairs: Counts::new(PAIR, PAIRS_MAX),
            networks: Counts::new(NETWORK, NETWORKS_MAX),
            accounts: Counts::new(ACCOUNT, ACCOUNTS_MAX),
            places: Places::new(PLACES_MAX),
            familiar: Cache::new(FAMILIAR_MAX),
        }
    }
}

impl fmt::Debug for LoginAttempts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoginAttempts").finish_non_exhaustive()
    }
}

impl AccountKey {
    fn of(email: &str) -> Self {
        let mut key = [0; 16];
        key.copy_from_slice(&digest(&SHA256, email.as_bytes()).as_ref()[..16]);
        Self(key)
    }
}

impl LoginAttempts {
    /// Begins an attempt, counted as wrong until it is over.
    pub(crate) fn begin(
        &self,
        email: &str,
        network: Network,
        now: Instant,
    ) -> Result<Attempt<'_>, TooEarly> {
        let account = AccountKey::of(email);
        let pair = (account, network);
        let mut known = self.known.lock();
        let is_familiar = known.familiar.get(&pair).is_some();
        known.pairs.admit(&pair, now)?;
        if !is_familiar {
            known.networks.admit(&network, now)?;
            // Checked last: a place is used up by the attempt for which it was kept.
            if let Some(until) = known.accounts.wait_until(&account, now) {
                known.places.take(pair, until, now)?;
            }
            known.accounts.one_more(account, now);
        }
        known.pairs.one_more(pair, now);
        known.networks.one_more(network, now);
        Ok(Attempt::begun(self, pair))
    }
}

impl CountsAttempts for LoginAttempts {
    type By = Pair;

    /// Earlier wrong attempts from here are forgotten. Those of others are not.
    fn forgive(&self, pair: &Pair) {
        let mut known = self.known.lock();
        known.pairs.forget(pair);
        known.one_less_elsewhere(pair);
        known.familiar.insert(*pair, ());
    }

    fn take_back(&self, pair: &Pair) {
        let mut known = self.known.lock();
        known.pairs.one_less(pair);
        known.one_less_elsewhere(pair);
    }
}

impl Known {
    fn one_less_elsewhere(&mut self, pair: &Pair) {
        let (account, network) = pair;
        self.networks.one_less(network);
        // An attempt from a familiar network was not counted here.
        if self.familiar.get(pair).is_none() {
            self.accounts.one_less(account);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::growing_wait::at;

    fn network(number: u32) -> Network {
        Network::of((std::net::Ipv4Addr::from_bits(number), 1).into())
    }

    /// The wait in the refusal; 0: the attempt was let through, and was wrong.
    fn wait(attempts: &LoginAttempts, email: &str, from: u32, now: u64) -> u16 {
        match attempts.begin(email, network(from), at(now)) {
            Ok(attempt) => {
                attempt.was_wrong();
                0
            }
            Err(early) => early.retry_after_seconds,
        }
    }

    fn logs_in(attempts: &LoginAttempts, email: &str, from: u32, now: u64) {
        attempts.begin(email, network(from), at(now)).ok().unwrap().was_right();
    }

    #[test]
    fn a_guesser_at_one_account_waits_twice_as_long_each_time() {
        let attempts = LoginAttempts::default();
        for _ in 0..=PAIR.free {
            assert_eq!(wait(&attempts, "a", 1, 0), 0);
        }
        let mut now = 0;
        for seconds in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
            assert_eq!(wait(&attempts, "a", 1, now), seconds);
            assert_eq!(wait(&attempts, "a", 2, now), 0, "another network");
            assert_eq!(wait(&attempts, "b", 3, now), 0, "another account");
            logs_in(&attempts, "a", 2, now);
            logs_in(&attempts, "b", 3, now);
            now += u64::from(seconds);
            assert_eq!(wait(&attempts, "a", 1, now), 0, "at {now}");
        }
        now += HOUR_SECONDS + 1;
        assert_eq!(wait(&attempts, "a", 1, now), 0, "forgotten");
        assert_eq!(wait(&attempts, "a", 1, now), 0);
    }

    #[test]
    fn right_passwords_cost_nothing_and_begin_anew() {
        let attempts = LoginAttempts::default();
        for now in 0..1_000 {
            for _ in 0..3 {
                assert_eq!(wait(&attempts, "a", 1, now), 0);
            }
            logs_in(&attempts, "a", 1, now);
        }
        for now in 0..1_000 {
            drop(attempts.begin("b", network(2), at(now)).ok().unwrap());
        }
    }

    #[test]
    fn an_attempt_that_was_not_made_makes_up_for_no_other() {
        let attempts = LoginAttempts::default();
        let mut tried = 0;
        while wait(&attempts, "a", 1, 0) == 0 {
            tried += 1;
            drop(attempts.begin("a", network(1), at(0)));
            assert!(tried <= PAIR.free + 1, "guessing costs nothing");
        }
    }

    #[test]
    fn one_password_for_many_accounts_is_slowed_down_too() {
        let attempts = LoginAttempts::default();
        logs_in(&attempts, "clerk", 1, 0);
        let tried = (0..1_000).take_while(|n| wait(&attempts, &format!("u{n}"), 1, 0) == 0).count();
        assert_eq!(tried, 21);
        assert_eq!(
            wait(&attempts, "clerk", 1, 0),
            0,
            "who has logged in from there before is free"
        );
    }

    /// Any number of strangers try the account without a pause: its owner waits once from a new
    /// network, and not at all from a known one.
    #[test]
    fn the_owner_of_an_account_is_not_locked_out() {
        let attempts = LoginAttempts::default();
        logs_in(&attempts, "a", 1_000, 0);
        let mut tried = 0;
        for now in 0..600 {
            for stranger in 1..=50 {
                tried += u32::from(wait(&attempts, "a", stranger, now) == 0);
            }
            logs_in(&attempts, "a", 1_000, now);
        }
        let waited = wait(&attempts, "a", 2_000, 600);
        assert!((1..=ACCOUNT.wait_seconds_max).contains(&u64::from(waited)), "{waited}");
        for now in 600..=660 {
            for stranger in 1..=50 {
                wait(&attempts, "a", stranger, now);
            }
        }
        logs_in(&attempts, "a", 2_000, 600 + ACCOUNT.wait_seconds_max);
        assert!(tried < 50 * 15, "{tried}");
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let attempts = LoginAttempts::default();
        for number in 0..40_000_u32 {
            logs_in(&attempts, &format!("u{number}"), number, 0);
            assert_eq!(wait(&attempts, &format!("v{number}"), number, 0), 0);
        }
        let known = attempts.known.lock();
        assert!(known.pairs.len() <= PAIRS_MAX && known.networks.len() <= NETWORKS_MAX);
        assert!(known.accounts.len() <= ACCOUNTS_MAX && known.familiar.len() <= FAMILIAR_MAX);
    }
}
