//! Bookings that are made and cancelled unpaid, again and again: each costs a durable write, and
//! two events for every viewer. So a caller that has cancelled many in an hour cannot book until an
//! hour after the first of them.
//!
//! Cancellations are never refused: a seat that is not wanted must become free. Staff are not
//! counted.

use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use quick_cache::unsync::Cache;

use crate::growing_wait::TooEarly;
use crate::limits::Payer;

/// For one account, in an hour.
pub(crate) const UNPAID_CANCELLED_PER_HOUR_MAX: u32 = 60;

/// For all guests behind one address: many share one.
const UNPAID_CANCELLED_BY_GUESTS_PER_HOUR_MAX: u32 = 300;

const WINDOW: SignedDuration = SignedDuration::from_hours(1);

/// Entries that are kept, at some 60 bytes each. The oldest of those that came only once make room.
const PAYERS_MAX: usize = 16_384;

#[derive(Clone, Copy, Debug)]
struct Window {
    since: Timestamp,
    count: u32,
}

pub(crate) struct Churn(Mutex<Cache<Payer, Window>>);

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
    pub(crate) fn may_book(&self, payer: Payer, now: Timestamp) -> Result<(), TooEarly> {
        let most = match payer {
            Payer::User(_) => UNPAID_CANCELLED_PER_HOUR_MAX,
            Payer::Address(_) => UNPAID_CANCELLED_BY_GUESTS_PER_HOUR_MAX,
        };
        match self.0.lock().get(&payer) {
            Some(window) if window.count >= most && now < window.since + WINDOW => {
                Err(TooEarly::wait(window.since + WINDOW, now))
            }
            _ => Ok(()),
        }
    }

    /// A booking was cancelled that had not been paid.
    pub(crate) fn cancelled(&self, payer: Payer, now: Timestamp) {
        let mut windows = self.0.lock();
        let running = windows.get(&payer).copied().filter(|window| now < window.since + WINDOW);
        let Window { since, count } = running.unwrap_or(Window { since: now, count: 0 });
        windows.insert(payer, Window { since, count: count.saturating_add(1) });
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
                assert_eq!(churn.may_book(payer, at(second)), Ok(()));
                churn.cancelled(payer, at(second));
            }
        }
        let refused = churn.may_book(user(1), at(100));
        assert_eq!(refused, Err(TooEarly { retry_after_seconds: 3_500 }));
        for other in [user(2), guests] {
            assert_eq!(churn.may_book(other, at(100)), Ok(()));
        }
        churn.cancelled(user(1), at(3_599));
        assert!(churn.may_book(user(1), at(3_599)).is_err());
        assert_eq!(churn.may_book(user(1), at(3_600)), Ok(()));
        churn.cancelled(user(1), at(3_600));
        assert_eq!(churn.may_book(user(1), at(3_600)), Ok(()), "a new hour");
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let churn = Churn::default();
        for number in 0..40_000 {
            churn.cancelled(Payer::User(UserId(uuid::Uuid::from_u128(number))), at(0));
        }
        assert!(churn.0.lock().len() <= PAYERS_MAX);
    }
}
