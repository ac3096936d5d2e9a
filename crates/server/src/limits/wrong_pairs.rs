//! Wrong pairs of booking code and phone number: each makes the next attempt wait longer.
//!
//! Counted by network, so that one caller cannot try codes, and by code, so that many callers
//! cannot try one code's phone numbers. The guests behind a carrier's shared address are counted
//! together.
//!
//! A stranger must not lock the owner of a code out. So a caller that has to wait for a code gets a
//! place, and no wait is longer than [`WAIT_SECONDS_MAX`].

use std::fmt;
use std::time::Instant;

use domain::Pnr;
use parking_lot::Mutex;

use super::growing_wait::{self, Counts, CountsAttempts, Places, Terms, TooEarly};
use crate::network::Network;

/// The longest wait.
pub(crate) const WAIT_SECONDS_MAX: u64 = 60;

const FORGOTTEN_AFTER_SECONDS: u64 = 600;

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
    networks: Counts<Network>,
    codes: Counts<Pnr>,
    /// Of callers that have to wait for a code.
    places: Places<(Pnr, Network)>,
}

pub(crate) type Attempt<'a> = growing_wait::Attempt<'a, WrongPairs>;

impl Default for WrongPairs {
    fn default() -> Self {
        Self {
            known: Mutex::new(Known {
                networks: Counts::new(NETWORK, NETWORKS_MAX),
                codes: Counts::new(CODE, CODES_MAX),
                places: Places::new(PLACES_MAX),
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
        now: Instant,
    ) -> Result<Attempt<'_>, TooEarly> {
        let mut known = self.known.lock();
        known.networks.admit(&network, now)?;
        // Who misreads a code is told which one was meant: all that look alike are one to guess.
        let code = code.map(Pnr::look_alike);
        if let Some(code) = &code {
            if let Some(until) = known.codes.wait_until(code, now) {
                known.places.take((code.clone(), network), until, now)?;
            }
            known.codes.one_more(code.clone(), now);
        }
        known.networks.one_more(network, now);
        Ok(Attempt::begun(self, (code, network)))
    }
}

impl CountsAttempts for WrongPairs {
    /// Without a code: what was sent cannot be one.
    type By = (Option<Pnr>, Network);

    /// It does not count, and the count of the code starts again.
    fn forgive(&self, (code, network): &Self::By) {
        let mut known = self.known.lock();
        if let Some(code) = code {
            known.codes.forget(code);
        }
        known.networks.one_less(network);
    }

    fn take_back(&self, (code, network): &Self::By) {
        let mut known = self.known.lock();
        if let Some(code) = code {
            known.codes.one_less(code);
        }
        known.networks.one_less(network);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::growing_wait::at;

    fn network(last: u8) -> Network {
        Network::of(([10, 0, 0, last], 1).into())
    }

    fn code(text: &str) -> Pnr {
        Pnr::parse(text).unwrap()
    }

    fn begin<'a>(
        pairs: &'a WrongPairs,
        from: u8,
        pnr: &str,
        now: u64,
    ) -> Result<Attempt<'a>, TooEarly> {
        pairs.begin(network(from), Some(&code(pnr)), at(now))
    }

    /// The wait after a wrong attempt, or 0 if it was let through.
    fn wait(pairs: &WrongPairs, from: u8, pnr: &str, now: u64) -> u16 {
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
            now += u64::from(seconds);
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
    fn the_codes_that_can_be_misread_as_one_are_counted_together() {
        let pairs = WrongPairs::default();
        let spellings = ["VV00O0I1A", "VV0000I1A", "VV00OOI1A", "VV0000IIA", "VV00001IA"];
        let waits: Vec<u16> =
            (1..).zip(spellings).map(|(by, pnr)| wait(&pairs, by, pnr, 0)).collect();
        assert_eq!(waits[..4], [0; 4]);
        assert!(waits[4] > 0, "each from a network of its own");
        assert_eq!(wait(&pairs, 6, "VV00O0I2A", 0), 0, "another code");
    }

    #[test]
    fn a_right_pair_costs_nothing() {
        let pairs = WrongPairs::default();
        for now in 0..1_000 {
            begin(&pairs, 1, "VV00AAAAA", now).ok().unwrap().was_right();
        }
    }

    /// Who reads the time first need not be counted first.
    #[test]
    fn a_right_pair_never_waits_in_whatever_order_callers_come() {
        let pairs = WrongPairs::default();
        for now in [5, 4, 3_600, 0, 7, 6, 0_u64] {
            let [first, second] = [(1, now), (1, now.saturating_sub(1))];
            for (from, now) in [first, second] {
                begin(&pairs, from, "VV00AAAAA", now).ok().unwrap().was_right();
            }
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
        assert!((1..=WAIT_SECONDS_MAX).contains(&u64::from(waited)), "{waited}");
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
