//! Seats that are taken and freed unpaid, again and again: each time costs a durable write, and two
//! events for every viewer. So a caller that has cancelled many bookings in an hour, or held seats
//! many times, cannot do so again until an hour after the first of them.
//!
//! What frees a seat is never refused: one that is not wanted must become free. So holds are
//! counted when they are taken. Staff are not counted.
//!
//! A deed counts from the moment it begins, so that of many at once no more are let in, and is
//! taken back where it was refused. Whoever disconnects before the answer has done it all the same.
//! Time is the process's own, which never goes back.

use std::time::{Duration, Instant};

use parking_lot::Mutex;
use quick_cache::unsync::Cache;

use super::growing_wait::TooEarly;
use super::rates::CallerKey;

/// For one account, in an hour.
const UNPAID_CANCELLED_PER_HOUR_MAX: u32 = 60;

/// For all guests behind one address: many share one.
const UNPAID_CANCELLED_BY_GUESTS_PER_HOUR_MAX: u32 = 300;

/// For one account, in an hour: five in each minute, as somebody tries seats on the map.
const HOLDS_PER_HOUR_MAX: u32 = 300;

const HOLDS_BY_GUESTS_PER_HOUR_MAX: u32 = 1_500;

const WINDOW: Duration = Duration::from_secs(3_600);

/// Entries that are kept, at some 60 bytes each. The oldest of those that came only once make room.
const CALLERS_MAX: usize = 16_384;

/// What is done again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Deed {
    /// A booking is cancelled that was not paid.
    Cancel,
    /// Seats are held.
    Hold,
}

impl Deed {
    const fn per_hour_max(self, caller: CallerKey) -> u32 {
        match (self, caller) {
            (Self::Cancel, CallerKey::User(_)) => UNPAID_CANCELLED_PER_HOUR_MAX,
            (Self::Cancel, CallerKey::Address(_)) => UNPAID_CANCELLED_BY_GUESTS_PER_HOUR_MAX,
            (Self::Hold, CallerKey::User(_)) => HOLDS_PER_HOUR_MAX,
            (Self::Hold, CallerKey::Address(_)) => HOLDS_BY_GUESTS_PER_HOUR_MAX,
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Window {
    since: Instant,
    count: u32,
}

pub(crate) struct Churn(Mutex<Windows>);

impl Default for Churn {
    fn default() -> Self {
        Self(Mutex::new(Cache::new(CALLERS_MAX)))
    }
}

impl std::fmt::Debug for Churn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Churn")
    }
}

impl Churn {
    /// `Ok` if some of the budget is left; otherwise when there will be some again.
    pub(crate) fn is_left(
        &self,
        deed: Deed,
        caller: CallerKey,
        now: Instant,
    ) -> Result<(), TooEarly> {
        is_left(&self.0.lock(), (deed, caller), now)
    }

    /// Begins a deed for which the budget must not be used up.
    pub(crate) fn begin_within(
        &self,
        deed: Deed,
        caller: CallerKey,
        now: Instant,
    ) -> Result<Begun<'_>, TooEarly> {
        let mut windows = self.0.lock();
        is_left(&windows, (deed, caller), now)?;
        let since = one_more(&mut windows, (deed, caller), now);
        Ok(Begun { churn: self, of: (deed, caller), since })
    }

    /// Begins a deed that is never refused.
    pub(crate) fn begin(&self, deed: Deed, caller: CallerKey, now: Instant) -> Begun<'_> {
        let since = one_more(&mut self.0.lock(), (deed, caller), now);
        Begun { churn: self, of: (deed, caller), since }
    }
}

type Windows = Cache<(Deed, CallerKey), Window>;

fn is_left(windows: &Windows, of: (Deed, CallerKey), now: Instant) -> Result<(), TooEarly> {
    let (deed, caller) = of;
    match windows.get(&of) {
        Some(window)
            if window.count >= deed.per_hour_max(caller) && now < window.since + WINDOW =>
        {
            Err(TooEarly::wait(window.since + WINDOW, now))
        }
        _ => Ok(()),
    }
}

/// Returns since when the hour runs in which it counts.
fn one_more(windows: &mut Windows, of: (Deed, CallerKey), now: Instant) -> Instant {
    let running = windows.get(&of).copied().filter(|window| now < window.since + WINDOW);
    let Window { since, count } = running.unwrap_or(Window { since: now, count: 0 });
    windows.insert(of, Window { since, count: count.saturating_add(1) });
    since
}

/// A deed that has begun. It counts unless it is taken back.
#[derive(Debug)]
pub(crate) struct Begun<'a> {
    churn: &'a Churn,
    of: (Deed, CallerKey),
    since: Instant,
}

impl Begun<'_> {
    /// It was not done.
    pub(crate) fn take_back(self) {
        let Self { churn, of, since } = self;
        let mut windows = churn.0.lock();
        // Another hour may have begun.
        let counted = windows.get(&of).copied().filter(|window| window.since == since);
        if let Some(Window { count, .. }) = counted {
            windows.insert(of, Window { since, count: count.saturating_sub(1) });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::growing_wait::at;
    use crate::network::Network;
    use domain::UserId;

    #[test]
    fn an_hours_budget_is_spent_once_and_comes_back() {
        let churn = Churn::default();
        let user = |number| CallerKey::User(UserId(uuid::Uuid::from_u128(number)));
        let guests = CallerKey::Address(Network::of(([10, 0, 0, 1], 1).into()));
        for second in 0..u64::from(UNPAID_CANCELLED_PER_HOUR_MAX) {
            for caller in [user(1), guests] {
                assert_eq!(churn.is_left(Deed::Cancel, caller, at(second)), Ok(()));
                let _ = churn.begin(Deed::Cancel, caller, at(second));
            }
        }
        let refused = churn.is_left(Deed::Cancel, user(1), at(100));
        assert_eq!(refused, Err(TooEarly { retry_after_seconds: 3_500 }));
        for other in [user(2), guests] {
            assert_eq!(churn.is_left(Deed::Cancel, other, at(100)), Ok(()));
        }
        let _ = churn.begin(Deed::Cancel, user(1), at(3_599));
        assert!(churn.is_left(Deed::Cancel, user(1), at(3_599)).is_err());
        assert_eq!(churn.is_left(Deed::Cancel, user(1), at(3_600)), Ok(()));
        let _ = churn.begin(Deed::Cancel, user(1), at(3_600));
        assert_eq!(churn.is_left(Deed::Cancel, user(1), at(3_600)), Ok(()), "a new hour");
    }

    #[test]
    fn each_deed_has_a_budget_of_its_own() {
        let churn = Churn::default();
        let user = CallerKey::User(UserId(uuid::Uuid::from_u128(1)));
        let guests = CallerKey::Address(Network::of(([10, 0, 0, 1], 1).into()));
        for (caller, most) in [(user, HOLDS_PER_HOUR_MAX), (guests, HOLDS_BY_GUESTS_PER_HOUR_MAX)] {
            for _ in 0..most {
                assert_eq!(churn.is_left(Deed::Hold, caller, at(0)), Ok(()));
                let _ = churn.begin(Deed::Hold, caller, at(0));
            }
            assert!(churn.is_left(Deed::Hold, caller, at(1)).is_err());
            assert_eq!(churn.is_left(Deed::Cancel, caller, at(1)), Ok(()));
        }
    }

    #[test]
    fn what_was_not_done_does_not_count_and_of_many_at_once_no_more_begin() {
        let churn = Churn::default();
        let user = CallerKey::User(UserId(uuid::Uuid::from_u128(1)));
        for _ in 0..2 * HOLDS_PER_HOUR_MAX {
            churn.begin_within(Deed::Hold, user, at(0)).unwrap().take_back();
        }
        let begun: Vec<_> = (0..2 * HOLDS_PER_HOUR_MAX)
            .filter_map(|_| churn.begin_within(Deed::Hold, user, at(0)).ok())
            .collect();
        assert_eq!(begun.len(), HOLDS_PER_HOUR_MAX as usize);
        drop(begun);
        assert!(churn.begin_within(Deed::Hold, user, at(0)).is_err(), "no answer is needed");
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let churn = Churn::default();
        for number in 0..40_000 {
            let _ = churn.begin(
                Deed::Cancel,
                CallerKey::User(UserId(uuid::Uuid::from_u128(number))),
                at(0),
            );
        }
        assert!(churn.0.lock().len() <= CALLERS_MAX);
    }
}
