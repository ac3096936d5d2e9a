//! Seats that are taken and freed unpaid, again and again: each time costs a durable write, and two
//! events for every viewer. So a caller that has cancelled many bookings in an hour, or held seats
//! many times, cannot do so again until an hour after the first of them.
//!
//! What frees a seat is never refused: one that is not wanted must become free. So holds are counted
//! when they are taken. Staff are not counted.

use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use quick_cache::unsync::Cache;

use crate::growing_wait::TooEarly;
use crate::limits::Payer;

/// For one account, in an hour.
const UNPAID_CANCELLED_PER_HOUR_MAX: u32 = 60;

/// For all guests behind one address: many share one.
const UNPAID_CANCELLED_BY_GUESTS_PER_HOUR_MAX: u32 = 300;

/// For one account, in an hour: five in each minute, as somebody tries seats on the map.
const HOLDS_PER_HOUR_MAX: u32 = 300;

const HOLDS_BY_GUESTS_PER_HOUR_MAX: u32 = 1_500;

const WINDOW: SignedDuration = SignedDuration::from_hours(1);

/// Entries that are kept, at some 60 bytes each. The oldest of those that came only once make room.
const PAYERS_MAX: usize = 16_384;

/// What is done again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Deed {
    /// A booking is cancelled that was not paid.
    Cancel,
    /// Seats are held.
    Hold,
}

impl Deed {
    const fn per_hour_max(self, payer: Payer) -> u32 {
        match (self, payer) {
            (Self::Cancel, Payer::User(_)) => UNPAID_CANCELLED_PER_HOUR_MAX,
            (Self::Cancel, Payer::Address(_)) => UNPAID_CANCELLED_BY_GUESTS_PER_HOUR_MAX,
            (Self::Hold, Payer::User(_)) => HOLDS_PER_HOUR_MAX,
            (Self::Hold, Payer::Address(_)) => HOLDS_BY_GUESTS_PER_HOUR_MAX,
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Window {
    since: Timestamp,
    count: u32,
}

pub(crate) struct Churn(Mutex<Cache<(Deed, Payer), Window>>);

impl Default for Churn {
    fn default() -> Self {
        Self(Mutex::new(Cache::new(PAYERS_MAX)))
    }
}

impl std::fmt::Debug for Churn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Churn")
    }
}

impl Churn {
    /// `Ok` if some of the budget is left; otherwise when there will be some again.
    pub(crate) fn is_left(&self, deed: Deed, payer: Payer, now: Timestamp) -> Result<(), TooEarly> {
        let most = deed.per_hour_max(payer);
        match self.0.lock().get(&(deed, payer)) {
            Some(window) if window.count >= most && now < window.since + WINDOW => {
                Err(TooEarly::wait(window.since + WINDOW, now))
            }
            _ => Ok(()),
        }
    }

    /// It was done once more.
    pub(crate) fn done(&self, deed: Deed, payer: Payer, now: Timestamp) {
        let mut windows = self.0.lock();
        let running =
            windows.get(&(deed, payer)).copied().filter(|window| now < window.since + WINDOW);
        let Window { since, count } = running.unwrap_or(Window { since: now, count: 0 });
        windows.insert((deed, payer), Window { since, count: count.saturating_add(1) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Network;
    use domain::UserId;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + seconds).unwrap()
    }

    #[test]
    fn an_hours_budget_is_spent_once_and_comes_back() {
        let churn = Churn::default();
        let user = |number| Payer::User(UserId(uuid::Uuid::from_u128(number)));
        let guests = Payer::Address(Network::of(([10, 0, 0, 1], 1).into()));
        for second in 0..i64::from(UNPAID_CANCELLED_PER_HOUR_MAX) {
            for payer in [user(1), guests] {
                assert_eq!(churn.is_left(Deed::Cancel, payer, at(second)), Ok(()));
                churn.done(Deed::Cancel, payer, at(second));
            }
        }
        let refused = churn.is_left(Deed::Cancel, user(1), at(100));
        assert_eq!(refused, Err(TooEarly { retry_after_seconds: 3_500 }));
        for other in [user(2), guests] {
            assert_eq!(churn.is_left(Deed::Cancel, other, at(100)), Ok(()));
        }
        churn.done(Deed::Cancel, user(1), at(3_599));
        assert!(churn.is_left(Deed::Cancel, user(1), at(3_599)).is_err());
        assert_eq!(churn.is_left(Deed::Cancel, user(1), at(3_600)), Ok(()));
        churn.done(Deed::Cancel, user(1), at(3_600));
        assert_eq!(churn.is_left(Deed::Cancel, user(1), at(3_600)), Ok(()), "a new hour");
    }

    #[test]
    fn each_deed_has_a_budget_of_its_own() {
        let churn = Churn::default();
        let user = Payer::User(UserId(uuid::Uuid::from_u128(1)));
        let guests = Payer::Address(Network::of(([10, 0, 0, 1], 1).into()));
        for (payer, most) in [(user, HOLDS_PER_HOUR_MAX), (guests, HOLDS_BY_GUESTS_PER_HOUR_MAX)] {
            for _ in 0..most {
                assert_eq!(churn.is_left(Deed::Hold, payer, at(0)), Ok(()));
                churn.done(Deed::Hold, payer, at(0));
            }
            assert!(churn.is_left(Deed::Hold, payer, at(1)).is_err());
            assert_eq!(churn.is_left(Deed::Cancel, payer, at(1)), Ok(()));
        }
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let churn = Churn::default();
        for number in 0..40_000 {
            churn.done(Deed::Cancel, Payer::User(UserId(uuid::Uuid::from_u128(number))), at(0));
        }
        assert!(churn.0.lock().len() <= PAYERS_MAX);
    }
}
