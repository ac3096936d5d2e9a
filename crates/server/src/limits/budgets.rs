//! Where budgets are kept: in a fixed amount of memory, and no caller gains by being forgotten.
//!
//! A budget is one number, the moment at which it is full again (GCRA's theoretical arrival time).
//! It has one of a few places that the caller's hash allows. When a newcomer finds them all taken,
//! it takes the one that is full first *and begins with that one's debt*. So a caller that lost its
//! place owes at least as much when it returns: a flood of addresses makes no budget fresh.
//! Strangers pay the price, only during such a flood, and it is the smallest debt of eight callers.

use std::hash::{BuildHasher as _, Hash, RandomState};
use std::marker::PhantomData;
use std::sync::OnceLock;

use governor::nanos::Nanos;
use governor::state::StateStore;
use parking_lot::Mutex;

/// Callers of one class that can have a debt at one time: 128 KiB, allocated for the first one.
const BUDGETS_MAX: usize = 8_192;
/// Places on one shelf, under one lock: two callers use it at the same time once in a thousand
/// times.
const PLACES: usize = 8;
const SHELVES: usize = BUDGETS_MAX / PLACES;

#[derive(Debug)]
pub(super) struct Budgets<K> {
    /// Drawn at the start, so that no caller can choose with whom it shares a shelf.
    hashes: RandomState,
    shelves: OnceLock<Box<[Mutex<[Budget; PLACES]>]>>,
    of: PhantomData<fn(K)>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Budget {
    /// The caller's hash; that two callers have the same one is too rare to matter.
    caller: u64,
    /// When it is full again, in nanoseconds since the start; 0 for a free place.
    made_good: u64,
}

impl<K> Default for Budgets<K> {
    fn default() -> Self {
        Self { hashes: RandomState::new(), shelves: OnceLock::new(), of: PhantomData }
    }
}

impl<K: Hash> StateStore for Budgets<K> {
    type Key = K;

    fn measure_and_replace<T, F, E>(&self, key: &K, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let shelves = self.shelves.get_or_init(|| (0..SHELVES).map(|_| Mutex::default()).collect());
        let caller = self.hashes.hash_one(key);
        // The upper half chooses the shelf, the whole hash tells callers on it apart.
        let shelf = usize::try_from(caller >> 32).unwrap_or_default() % SHELVES;
        let mut places = shelves[shelf].lock();
        let own = places.iter().position(|budget| budget.caller == caller);
        let Some(place) = own.or_else(|| {
            let first = places.iter().enumerate().min_by_key(|(_, budget)| budget.made_good);
            first.map(|(place, _)| place)
        }) else {
            unreachable!("a shelf has places")
        };
        // A budget that was full again long ago has no debt.
        let (answer, made_good) = decide(Some(Nanos::from(places[place].made_good)))?;
        places[place] = Budget { caller, made_good: made_good.into() };
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use governor::clock::FakeRelativeClock;
    use governor::middleware::NoOpMiddleware;
    use governor::{Quota, RateLimiter};
    use std::num::NonZeroU32;
    use std::time::Duration;

    type Limiter = RateLimiter<u32, Budgets<u32>, FakeRelativeClock, NoOpMiddleware<Nanos>>;

    fn ten_a_minute() -> (Limiter, FakeRelativeClock) {
        let clock = FakeRelativeClock::default();
        let quota = Quota::per_minute(NonZeroU32::new(10).unwrap());
        (RateLimiter::new(quota, Budgets::default(), clock.clone()), clock)
    }

    fn served(limiter: &Limiter, caller: u32, times: u32) -> u32 {
        (0..times).map(|_| u32::from(limiter.check_key(&caller).is_ok())).sum()
    }

    #[test]
    fn everybody_has_a_budget_of_their_own() {
        let (limiter, clock) = ten_a_minute();
        for caller in 0..100 {
            assert_eq!(served(&limiter, caller, 15), 10, "{caller}");
        }
        clock.advance(Duration::from_secs(6));
        assert_eq!(served(&limiter, 3, 5), 1);
    }

    /// The attacker has a hundred thousand addresses, and hopes to be forgotten.
    #[test]
    fn a_flood_of_addresses_makes_nobodys_budget_fresh() {
        let (limiter, _) = ten_a_minute();
        assert_eq!(served(&limiter, 0, 20), 10);
        for address in 1..100_000 {
            drop(limiter.check_key(&address));
        }
        assert_eq!(served(&limiter, 0, 20), 0, "it was put out, and owes as much as before");
        // Altogether they were served no more than all places allow.
        let (limiter, clock) = ten_a_minute();
        let got: u32 = (0..100_000).map(|address| served(&limiter, address, 20)).sum();
        assert!(got <= 10 * u32::try_from(BUDGETS_MAX).unwrap(), "{got}");
        clock.advance(Duration::from_secs(120));
        let after: u32 = (0..100).map(|address| served(&limiter, address, 1)).sum();
        assert_eq!(after, 100, "what is made good is forgotten");
    }
}
