//! How many messages a connection may send in a time: up to its bound at once, then at the rate at
//! which its allowance grows again.
//!
//! Messages beyond it are refused and answered; a client that goes on is closed in the end, when it
//! has sent ten times its bound more than its allowance grew meanwhile. So a client that is a
//! little too fast is only slowed down, and one that floods is closed soon. Plain data: it gets the
//! time in microseconds and keeps one number.

use std::num::NonZeroU32;
use std::time::Duration;

/// Refused messages that a connection may have, as a multiple of its bound.
const REFUSED_BOUNDS_MAX: u64 = 10;

/// Why a connection that floods is closed.
pub(crate) const TOO_MANY_MESSAGES: &str = "too many messages";

/// This many messages in this time, and as many at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// What one message costs, in microseconds.
    message_us: u64,
    /// The same for a client that the application trusts.
    trusted_message_us: u64,
    bound_us: u64,
}

/// What to do with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Serve,
    Refuse,
    Close,
}

/// When the whole allowance will be there again, in microseconds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spent(u64);

impl Pace {
    /// A time beyond an hour is cut, and so is a number of messages with which one costs less than
    /// a microsecond.
    pub fn new(messages: NonZeroU32, per: Duration) -> Self {
        let per = per.min(Duration::from_secs(3_600));
        let per_us = u64::try_from(per.as_micros()).unwrap_or(u64::MAX);
        let message_us = (per_us / u64::from(messages.get())).max(1);
        let bound_us = message_us.saturating_mul(messages.get().into());
        Self { message_us, trusted_message_us: message_us, bound_us }
    }

    /// A client that the application trusts may send this many times as many.
    #[must_use]
    pub fn with_trusted_times(self, times: NonZeroU32) -> Self {
        let trusted_message_us = (self.message_us / u64::from(times.get())).max(1);
        Self { trusted_message_us, ..self }
    }

    /// For a client that is trusted, or is not. What it has spent before counts on.
    pub(crate) fn of(self, is_trusted: bool) -> Self {
        let message_us = if is_trusted { self.trusted_message_us } else { self.message_us };
        Self { message_us, ..self }
    }

    /// Takes a message if the allowance suffices.
    pub(crate) fn serves(self, spent: &mut Spent, now_us: u64) -> bool {
        spent.add(self.message_us, self.bound_us, now_us)
    }

    /// Notes a message that was refused; false if there were too many.
    pub(crate) fn bears(self, refused: &mut Spent, now_us: u64) -> bool {
        refused.add(self.message_us, self.bound_us.saturating_mul(REFUSED_BOUNDS_MAX), now_us)
    }

    /// Charges for this many more messages, whether or not the allowance suffices.
    pub(crate) fn charge(self, spent: &mut Spent, messages: u32, now_us: u64) {
        let cost = self.message_us.saturating_mul(messages.into());
        // Never so much that it could not grow again within twice the bound.
        let most = now_us.saturating_add(self.bound_us.saturating_mul(2));
        spent.0 = spent.0.max(now_us).saturating_add(cost).min(most);
    }
}

impl Spent {
    fn add(&mut self, cost: u64, bound: u64, now_us: u64) -> bool {
        let after = self.0.max(now_us).saturating_add(cost);
        let fits = after - now_us <= bound;
        if fits {
            self.0 = after;
        }
        fits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace(messages: u32) -> Pace {
        Pace::new(NonZeroU32::new(messages).unwrap(), Duration::from_secs(1))
    }

    #[test]
    fn a_burst_is_served_and_then_what_is_made_good() {
        let (pace, mut spent) = (pace(50), Spent::default());
        let served = |spent: &mut Spent, now, count: usize| {
            (0..count).filter(|_| pace.serves(spent, now)).count()
        };
        assert_eq!(served(&mut spent, 0, 80), 50);
        assert_eq!(served(&mut spent, 19_999, 1), 0);
        assert_eq!(served(&mut spent, 20_000, 5), 1);
        assert_eq!(served(&mut spent, 10_000_000, 80), 50, "never more than the bound");
    }

    #[test]
    fn one_that_is_a_little_too_fast_stays_and_one_that_floods_does_not() {
        let pace = pace(50);
        let (mut spent, mut refused) = (Spent::default(), Spent::default());
        // Ninety a second, for ten minutes.
        for message in 0..54_000_u64 {
            let now = message * 1_000_000 / 90;
            assert!(pace.serves(&mut spent, now) || pace.bears(&mut refused, now), "{message}");
        }
        let (mut spent, mut refused) = (Spent::default(), Spent::default());
        let flood =
            (0..10_000).position(|_| !pace.serves(&mut spent, 0) && !pace.bears(&mut refused, 0));
        assert_eq!(flood, Some(50 + 500));
    }

    #[test]
    fn what_costs_more_is_charged_for_more_but_not_for_ever() {
        let (pace, mut spent) = (pace(10), Spent::default());
        assert!(pace.serves(&mut spent, 0));
        pace.charge(&mut spent, 4, 0);
        assert_eq!((0..10).filter(|_| pace.serves(&mut spent, 0)).count(), 5);
        pace.charge(&mut spent, u32::MAX, 0);
        assert!(pace.serves(&mut spent, 1_100_000));
    }

    #[test]
    fn who_is_trusted_sends_more_and_what_was_spent_before_counts_on() {
        let pace = pace(50).with_trusted_times(NonZeroU32::new(10).unwrap());
        let mut spent = Spent::default();
        let served = |spent: &mut Spent, is_trusted| {
            (0..1_000).filter(|_| pace.of(is_trusted).serves(spent, 0)).count()
        };
        assert_eq!((0..40).filter(|_| pace.of(false).serves(&mut spent, 0)).count(), 40);
        assert_eq!(served(&mut spent, true), 100, "the fifth that was left, ten times");
        assert_eq!(served(&mut spent, false), 0);
        assert_eq!(served(&mut Spent::default(), true), 500);
    }

    #[test]
    fn any_bound_is_one() {
        for (messages, seconds) in [(1, 0), (u32::MAX, 1), (1, u64::MAX)] {
            let pace = Pace::new(NonZeroU32::new(messages).unwrap(), Duration::from_secs(seconds));
            assert!(pace.serves(&mut Spent::default(), u64::MAX / 2));
        }
    }
}
