//! Wrong pairs of booking code and phone number: each makes the next attempt wait longer.
//!
//! Counted by network, so that one caller cannot try codes, and by code, so that many callers cannot
//! try one code's phone numbers. Nobody is made to sleep: who comes too early is told when to come
//! back. An attempt counts as wrong from the moment it begins, or a thousand at once would all be the
//! first.
//!
//! A stranger must not lock the owner of a code out. So whoever is told to wait for a code gets a place:
//! when the wait is over, its next attempt is let through whatever others have tried meanwhile. No wait
//! is longer than [`WAIT_SECONDS_MAX`].

use std::fmt;

use domain::Pnr;
use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use quick_cache::unsync::Cache;

use crate::network::Network;

/// The longest wait.
pub(crate) const WAIT_SECONDS_MAX: i64 = 60;

/// Wrong attempts that cost no wait yet. People mistype; many of them share an address.
const NETWORK_FREE: u32 = 10;
const CODE_FREE: u32 = 3;

/// After so long without a wrong attempt those before it are forgotten.
const FORGOTTEN_AFTER_SECONDS: i64 = 600;

/// Kept at a time, at some 100 bytes each. The oldest that came once only make room.
const NETWORKS_MAX: usize = 8_192;
const CODES_MAX: usize = 8_192;
const PLACES_MAX: usize = 8_192;

pub(crate) struct WrongPairs {
    known: Mutex<Known>,
}

struct Known {
    networks: Cache<Network, Wrong>,
    codes: Cache<Pnr, Wrong>,
    /// From when on an attempt at a code is let through, for those who were told to wait for it.
    places: Cache<(Pnr, Network), Timestamp>,
}

#[derive(Clone, Copy, Debug)]
struct Wrong {
    count: u32,
    last: Timestamp,
}

/// The attempt was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooEarly {
    /// At least 1.
    pub(crate) retry_after_seconds: u16,
}

impl TooEarly {
    fn wait(until: Timestamp, now: Timestamp) -> Self {
        // Rounded up: who comes back then is not too early again.
        let seconds = (until.duration_since(now).as_millis() + 999) / 1_000;
        Self { retry_after_seconds: u16::try_from(seconds.max(1)).unwrap_or(u16::MAX) }
    }
}

impl Default for WrongPairs {
    fn default() -> Self {
        Self {
            known: Mutex::new(Known {
                networks: Cache::new(NETWORKS_MAX),
                codes: Cache::new(CODES_MAX),
                places: Cache::new(PLACES_MAX),
            }),
        }
    }
}

impl fmt::Debug for WrongPairs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WrongPairs").finish_non_exhaustive()
    }
}

impl WrongPairs {
    /// Begins an attempt, counted as wrong until [`Self::was_right`]. What cannot be a code counts for
    /// the network alone.
    pub(crate) fn begin(
        &self,
        network: Network,
        code: Option<&Pnr>,
        now: Timestamp,
    ) -> Result<(), TooEarly> {
        let mut known = self.known.lock();
        let by_network = known.networks.get(&network).copied().unwrap_or(Wrong::none(now));
        let until = by_network.wait_until(NETWORK_FREE);
        if until > now {
            return Err(TooEarly::wait(until, now));
        }
        if let Some(code) = code {
            let by_code = known.codes.get(code).copied().unwrap_or(Wrong::none(now));
            let until = by_code.wait_until(CODE_FREE);
            if until > now {
                known.take_place(code, network, until, now)?;
            }
            known.codes.insert(code.clone(), by_code.one_more(now));
        }
        known.networks.insert(network, by_network.one_more(now));
        Ok(())
    }

    /// The pair was right: this attempt does not count, and the code begins anew.
    pub(crate) fn was_right(&self, network: Network, code: &Pnr) {
        let mut known = self.known.lock();
        known.codes.remove(code);
        known.one_less(network);
    }

    /// The pair was not looked at: this attempt does not count, and those before it still do.
    pub(crate) fn take_back(&self, network: Network, code: &Pnr) {
        let mut known = self.known.lock();
        if let Some(wrong) = known.codes.get(code).copied() {
            known.codes.insert(code.clone(), wrong.one_less());
        }
        known.one_less(network);
    }
}

impl Known {
    fn one_less(&mut self, network: Network) {
        if let Some(wrong) = self.networks.get(&network).copied() {
            self.networks.insert(network, wrong.one_less());
        }
    }

    /// `Ok` when the caller has waited for this code already: then its place is used up.
    fn take_place(
        &mut self,
        code: &Pnr,
        network: Network,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), TooEarly> {
        let place = (code.clone(), network);
        match self.places.get(&place).copied() {
            Some(from) if from <= now => {
                self.places.remove(&place);
                Ok(())
            }
            Some(from) => Err(TooEarly::wait(from, now)),
            None => {
                self.places.insert(place, until);
                Err(TooEarly::wait(until, now))
            }
        }
    }
}

impl Wrong {
    fn none(now: Timestamp) -> Self {
        Self { count: 0, last: now }
    }

    fn one_more(self, now: Timestamp) -> Self {
        let quiet = now.duration_since(self.last);
        let forgotten = quiet > SignedDuration::from_secs(FORGOTTEN_AFTER_SECONDS);
        let before = if forgotten { 0 } else { self.count };
        Self { count: before.saturating_add(1), last: now }
    }

    fn one_less(self) -> Self {
        Self { count: self.count.saturating_sub(1), ..self }
    }

    /// Doubles with every wrong attempt beyond the free ones: 1 s, 2 s, 4 s, …
    fn wait_until(self, free: u32) -> Timestamp {
        let Some(beyond) = self.count.checked_sub(free + 1) else { return self.last };
        let seconds = 1_i64.checked_shl(beyond).filter(|seconds| *seconds > 0);
        let seconds = seconds.unwrap_or(WAIT_SECONDS_MAX).min(WAIT_SECONDS_MAX);
        self.last + SignedDuration::from_secs(seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(last: u8) -> Network {
        Network::of(([10, 0, 0, last], 1).into())
    }

    fn code(text: &str) -> Pnr {
        Pnr::parse(text).unwrap()
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + seconds).unwrap()
    }

    fn wait(pairs: &WrongPairs, from: u8, pnr: &str, now: i64) -> u16 {
        match pairs.begin(network(from), Some(&code(pnr)), at(now)) {
            Ok(()) => 0,
            Err(early) => early.retry_after_seconds,
        }
    }

    #[test]
    fn a_network_that_tries_codes_waits_twice_as_long_each_time() {
        let pairs = WrongPairs::default();
        for free in 0..=NETWORK_FREE {
            assert_eq!(wait(&pairs, 1, &format!("VV00AAA{:02}", free), 0), 0);
        }
        let mut now = 0;
        for seconds in [1, 2, 4, 8, 16, 32, 60, 60] {
            assert_eq!(wait(&pairs, 1, "VV00BBBBB", now), seconds);
            now += i64::from(seconds);
            let pnr = format!("VV00C{:04}", now);
            assert_eq!(wait(&pairs, 1, &pnr, now), 0, "at {now}");
        }
        assert_eq!(wait(&pairs, 2, "VV00BBBBB", now), 0, "another network");
        now += FORGOTTEN_AFTER_SECONDS + 1;
        for _ in 0..2 {
            assert_eq!(wait(&pairs, 1, "VV00DDDDD", now), 0, "forgotten");
        }
    }

    #[test]
    fn a_right_pair_costs_nothing() {
        let pairs = WrongPairs::default();
        for now in 0..1_000 {
            assert_eq!(wait(&pairs, 1, "VV00AAAAA", now), 0);
            pairs.was_right(network(1), &code("VV00AAAAA"));
        }
    }

    #[test]
    fn an_attempt_that_was_not_made_neither_counts_nor_makes_up_for_others() {
        let pairs = WrongPairs::default();
        for _ in 0..1_000 {
            assert_eq!(wait(&pairs, 1, "VV00AAAAA", 0), 0);
            pairs.take_back(network(1), &code("VV00AAAAA"));
        }
        let mut tried = 0;
        while wait(&pairs, 1, "VV00AAAAA", 0) == 0 {
            tried += 1;
            if wait(&pairs, 1, "VV00AAAAA", 0) == 0 {
                pairs.take_back(network(1), &code("VV00AAAAA"));
            }
            assert!(tried <= CODE_FREE + 1, "guessing costs nothing");
        }
    }

    /// Strangers, as many as like, try the code every moment: the owner waits once.
    #[test]
    fn the_owner_of_a_code_is_not_locked_out() {
        let pairs = WrongPairs::default();
        let mut tried = 0;
        for now in 0..600 {
            for stranger in 1..=50 {
                tried += u32::from(wait(&pairs, stranger, "VV00AAAAA", now) == 0);
            }
        }
        let waited = wait(&pairs, 99, "VV00AAAAA", 600);
        assert!((1..=WAIT_SECONDS_MAX).contains(&i64::from(waited)), "{waited}");
        for now in 600..=660 {
            for stranger in 1..=50 {
                wait(&pairs, stranger, "VV00AAAAA", now);
            }
        }
        assert_eq!(wait(&pairs, 99, "VV00AAAAA", 600 + WAIT_SECONDS_MAX), 0);
        // Fifty networks have had one attempt a minute each, and not one a second.
        assert!(tried < 50 * 15, "{tried}");
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let pairs = WrongPairs::default();
        for number in 0..30_000_u32 {
            let address = std::net::Ipv4Addr::from_bits(number).octets();
            let code = code(&format!("VV00{number:05}"));
            assert_eq!(pairs.begin(Network::of((address, 1).into()), Some(&code), at(0)), Ok(()));
        }
        let known = pairs.known.lock();
        assert!(known.networks.len() <= NETWORKS_MAX && known.codes.len() <= CODES_MAX);
    }
}
