//! Wrong pairs of booking code and phone number: each makes the next attempt wait longer.
//!
//! Counted by network, so that one caller cannot try codes, and by code, so that many callers
//! cannot try one code's phone numbers. No request is kept waiting: one that comes too early is
//! refused with the time to wait. An attempt counts as wrong from the moment it begins, or a
//! thousand at once would all be the first. An attempt whose pair was not checked (the store
//! failed, the caller disconnected) does not count: an outage must not turn away the guests behind
//! a carrier's shared address.
//!
//! A stranger must not lock the owner of a code out. So a caller that has to wait for a code gets a
//! place: after the wait its next attempt is let through, whatever others have tried meanwhile. No
//! wait is longer than [`WAIT_SECONDS_MAX`].

use std::fmt;

use domain::Pnr;
use jiff::Timestamp;
use parking_lot::Mutex;
use quick_cache::unsync::Cache;

use crate::growing_wait::{Terms, TooEarly, Wrong};
use crate::network::Network;

/// The longest wait.
pub(crate) const WAIT_SECONDS_MAX: i64 = 60;

const FORGOTTEN_AFTER_SECONDS: i64 = 600;

/// Many people share an address, and many of them mistype.
const NETWORK: Terms = Terms {
    free: 10,
    wait_seconds_max: WAIT_SECONDS_MAX,
    forgotten_after_seconds: FORGOTTEN_AFTER_SECONDS,
};
const CODE: Terms = Terms { free: 3, ..NETWORK };

/// Entries that are kept, at some 100 bytes each. The oldest of those that came only once make
/// room.
const NETWORKS_MAX: usize = 8_192;
const CODES_MAX: usize = 8_192;
const PLACES_MAX: usize = 8_192;

pub(crate) struct WrongPairs {
    known: Mutex<Known>,
}

struct Known {
    networks: Cache<Network, Wrong>,
    codes: Cache<Pnr, Wrong>,
    /// From when an attempt at a code is let through, for callers that have to wait for it.
    places: Cache<(Pnr, Network), Timestamp>,
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
    /// Begins an attempt, counted as wrong until it is over. A text that cannot be a code counts
    /// only for the network.
    pub(crate) fn begin(
        &self,
        network: Network,
        code: Option<&Pnr>,
        now: Timestamp,
    ) -> Result<Attempt<'_>, TooEarly> {
        let mut known = self.known.lock();
        let by_network = known.networks.get(&network).copied().unwrap_or(Wrong::none(now));
        let until = by_network.wait_until(NETWORK);
        if until > now {
            return Err(TooEarly::wait(until, now));
        }
        if let Some(code) = code {
            let by_code = known.codes.get(code).copied().unwrap_or(Wrong::none(now));
            let until = by_code.wait_until(CODE);
            if until > now {
                known.take_place(code, network, until, now)?;
            }
            known.codes.insert(code.clone(), by_code.one_more(CODE, now));
        }
        known.networks.insert(network, by_network.one_more(NETWORK, now));
        Ok(Attempt { pairs: self, network, code: code.cloned(), is_over: false })
    }
}

/// An attempt that has begun. If it is dropped, it was not made: it does not count, and earlier
/// ones still do.
#[must_use = "dropped, it does not count"]
pub(crate) struct Attempt<'a> {
    pairs: &'a WrongPairs,
    network: Network,
    /// `None`: what was sent cannot be a code.
    code: Option<Pnr>,
    is_over: bool,
}

impl Attempt<'_> {
    /// This attempt does not count, and the count of the code starts again.
    pub(crate) fn was_right(mut self) {
        self.is_over = true;
        let mut known = self.pairs.known.lock();
        if let Some(code) = &self.code {
            known.codes.remove(code);
        }
        known.one_less(self.network);
    }

    pub(crate) fn was_wrong(mut self) {
        self.is_over = true;
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        let mut known = self.pairs.known.lock();
        if let Some(code) = &self.code
            && let Some(wrong) = known.codes.get(code).copied()
        {
            known.codes.insert(code.clone(), wrong.one_less());
        }
        known.one_less(self.network);
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

    fn begin<'a>(
        pairs: &'a WrongPairs,
        from: u8,
        pnr: &str,
        now: i64,
    ) -> Result<Attempt<'a>, TooEarly> {
        pairs.begin(network(from), Some(&code(pnr)), at(now))
    }

    /// The wait after a wrong attempt, or 0 if it was let through.
    fn wait(pairs: &WrongPairs, from: u8, pnr: &str, now: i64) -> u16 {
        match begin(pairs, from, pnr, now) {
            Ok(attempt) => {
                attempt.was_wrong();
                0
            }
            Err(early) => early.retry_after_seconds,
        }
    }

    #[test]
    fn a_network_that_tries_codes_waits_twice_as_long_each_time() {
        let pairs = WrongPairs::default();
        for free in 0..=NETWORK.free {
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
            begin(&pairs, 1, "VV00AAAAA", now).ok().unwrap().was_right();
        }
    }

    #[test]
    fn an_attempt_that_was_not_made_neither_counts_nor_makes_up_for_others() {
        let pairs = WrongPairs::default();
        for _ in 0..1_000 {
            drop(begin(&pairs, 1, "VV00AAAAA", 0).ok().unwrap());
        }
        let mut tried = 0;
        while wait(&pairs, 1, "VV00AAAAA", 0) == 0 {
            tried += 1;
            drop(begin(&pairs, 1, "VV00AAAAA", 0));
            assert!(tried <= CODE.free + 1, "guessing costs nothing");
        }
    }

    /// Any number of strangers try the code without a pause: the owner waits once.
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
        // Each of the fifty networks has had one attempt a minute, not one a second.
        assert!(tried < 50 * 15, "{tried}");
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let pairs = WrongPairs::default();
        for number in 0..30_000_u32 {
            let address = std::net::Ipv4Addr::from_bits(number).octets();
            let code = code(&format!("VV00{number:05}"));
            let attempt = pairs.begin(Network::of((address, 1).into()), Some(&code), at(0));
            attempt.ok().unwrap().was_wrong();
        }
        let known = pairs.known.lock();
        assert!(known.networks.len() <= NETWORKS_MAX && known.codes.len() <= CODES_MAX);
    }
}
