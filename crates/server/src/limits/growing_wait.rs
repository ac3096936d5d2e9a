//! Attempts at what must not be guessed: each wrong one in a row doubles the wait before the next
//! one. No request is kept waiting: one that comes too early is refused with the time to wait.
//!
//! An attempt counts as wrong from the moment it begins, or a thousand at once would all be the
//! first. One that was not made after all (the store failed, the caller disconnected) does not
//! count: an outage must turn nobody away.
//!
//! Time is the process's own, which never goes back: the clock of a machine or of a database may,
//! and whoever has done nothing wrong must not wait for that. Two callers may still come in another
//! order than the one in which they read it.
//!
//! What an attempt is counted by, and for whom it does not count, is decided by the files that use
//! this one: [`super::login_attempts`] and [`super::wrong_pairs`].

use std::hash::Hash;
use std::time::{Duration, Instant};

use quick_cache::unsync::Cache;

/// So many seconds after one moment, for tests that go by time.
#[cfg(test)]
pub(crate) fn at(seconds: u64) -> Instant {
    static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    *START + Duration::from_secs(seconds)
}

/// How a count of wrong attempts becomes a wait.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    /// Attempts without a wait: people mistype.
    pub(crate) free: u32,
    /// The longest wait.
    pub(crate) wait_seconds_max: u64,
    /// After this time without a wrong attempt the earlier ones are forgotten.
    pub(crate) forgotten_after_seconds: u64,
}

#[derive(Clone, Copy, Debug)]
struct Wrong {
    count: u32,
    last: Instant,
}

/// The attempt was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooEarly {
    /// At least 1.
    pub(crate) retry_after_seconds: u16,
}

impl TooEarly {
    pub(crate) fn wait(until: Instant, now: Instant) -> Self {
        // Rounded up, so that a retry after that time is not too early again.
        let seconds = until.duration_since(now).as_millis().div_ceil(1_000);
        Self { retry_after_seconds: u16::try_from(seconds.max(1)).unwrap_or(u16::MAX) }
    }
}

/// The wrong attempts of each key. When there are too many keys, the oldest of those that came only
/// once make room.
pub(crate) struct Counts<K> {
    terms: Terms,
    wrong: Cache<K, Wrong>,
}

impl<K: Clone + Eq + Hash> Counts<K> {
    pub(crate) fn new(terms: Terms, keys_max: usize) -> Self {
        Self { terms, wrong: Cache::new(keys_max) }
    }

    /// When the next attempt may come, if there is a wait before it.
    pub(crate) fn wait_until(&self, key: &K, now: Instant) -> Option<Instant> {
        let until = self.wrong.get(key)?.wait_until(self.terms)?;
        (until > now).then_some(until)
    }

    /// Lets an attempt through once its wait is over.
    pub(crate) fn admit(&self, key: &K, now: Instant) -> Result<(), TooEarly> {
        self.wait_until(key, now).map_or(Ok(()), |until| Err(TooEarly::wait(until, now)))
    }

    pub(crate) fn one_more(&mut self, key: K, now: Instant) {
        let before = self.wrong.get(&key).copied().unwrap_or(Wrong { count: 0, last: now });
        self.wrong.insert(key, before.one_more(self.terms, now));
    }

    pub(crate) fn one_less(&mut self, key: &K) {
        if let Some(wrong) = self.wrong.get(key).copied() {
            self.wrong.insert(key.clone(), wrong.one_less());
        }
    }

    /// The next attempt is the first one again.
    pub(crate) fn forget(&mut self, key: &K) {
        self.wrong.remove(key);
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.wrong.len()
    }
}

/// Places of callers that have to wait because of others, so that strangers lock nobody out: after
/// the wait the next attempt from there is let through, whatever others have tried meanwhile.
pub(crate) struct Places<K>(Cache<K, Instant>);

impl<K: Eq + Hash> Places<K> {
    pub(crate) fn new(places_max: usize) -> Self {
        Self(Cache::new(places_max))
    }

    /// `Ok` when the caller has waited already: then its place is used up.
    pub(crate) fn take(&mut self, place: K, until: Instant, now: Instant) -> Result<(), TooEarly> {
        let kept = self.0.get(&place).copied();
        match kept {
            Some(from) if from <= now => {
                self.0.remove(&place);
                Ok(())
            }
            Some(from) => Err(TooEarly::wait(from, now)),
            None => {
                self.0.insert(place, until);
                Err(TooEarly::wait(until, now))
            }
        }
    }
}

/// Counts attempts of one kind.
pub(crate) trait CountsAttempts {
    /// What an attempt is counted by.
    type By;

    /// It was right after all.
    fn forgive(&self, by: &Self::By);

    /// It was not made after all. Earlier ones still count.
    fn take_back(&self, by: &Self::By);
}

/// An attempt that was let through, and counted. If it is dropped, it was not made.
#[must_use = "dropped, it does not count"]
pub(crate) struct Attempt<'a, C: CountsAttempts> {
    counts: &'a C,
    by: C::By,
    is_over: bool,
}

impl<'a, C: CountsAttempts> Attempt<'a, C> {
    pub(crate) fn begun(counts: &'a C, by: C::By) -> Self {
        Self { counts, by, is_over: false }
    }

    pub(crate) fn was_right(mut self) {
        self.is_over = true;
        self.counts.forgive(&self.by);
    }

    pub(crate) fn was_wrong(mut self) {
        self.is_over = true;
    }
}

impl<C: CountsAttempts> Drop for Attempt<'_, C> {
    fn drop(&mut self) {
        if !self.is_over {
            self.counts.take_back(&self.by);
        }
    }
}

impl Wrong {
    fn one_more(self, terms: Terms, now: Instant) -> Self {
        let quiet = now.saturating_duration_since(self.last);
        let forgotten = quiet > Duration::from_secs(terms.forgotten_after_seconds);
        let before = if forgotten { 0 } else { self.count };
        Self { count: before.saturating_add(1), last: self.last.max(now) }
    }

    fn one_less(self) -> Self {
        Self { count: self.count.saturating_sub(1), ..self }
    }

    /// Doubles with every wrong attempt beyond the free ones: 1 s, 2 s, 4 s, …
    fn wait_until(self, terms: Terms) -> Option<Instant> {
        let beyond = self.count.checked_sub(terms.free + 1)?;
        let seconds = 1_u64.checked_shl(beyond).unwrap_or(u64::MAX).min(terms.wait_seconds_max);
        Some(self.last + Duration::from_secs(seconds))
    }
}
