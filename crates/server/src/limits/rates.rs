//! How often one address and one account may send requests: a budget for each class of requests,
//! refilled evenly; all of it can be used at once.
//!
//! Staff have ten times as much. A refusal says how long to wait: no request is kept waiting on an
//! open connection.

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use domain::UserId;
use governor::clock::Clock;
use governor::middleware::StateInformationMiddleware;
use governor::{Quota, RateLimiter};

use super::budgets::Budgets;
use super::class::Class;
use crate::config::{ClassRates, Rate};
use crate::network::Network;
use crate::now_and_then::NowAndThen;

/// How many times more often staff may send requests, and messages on a realtime connection.
pub(crate) const STAFF_TIMES: NonZeroU32 = match NonZeroU32::new(10) {
    Some(times) => times,
    None => unreachable!(),
};

/// Whose budget it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum CallerKey {
    Address(Network),
    User(UserId),
}

/// The time since the start; it never goes back.
#[derive(Clone, Copy, Debug)]
struct SinceStart(Instant);

impl Clock for SinceStart {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

type Limiter<C> = RateLimiter<CallerKey, Budgets<CallerKey>, C, StateInformationMiddleware>;

/// Both budgets of one class.
#[derive(Debug)]
struct Budget<C: Clock> {
    rate: Rate,
    everybodys: Limiter<C>,
    staffs: Limiter<C>,
}

/// The budgets of all classes.
#[derive(Debug)]
pub(crate) struct Limits {
    /// One for each class, in the order of [`Class::ALL`].
    budgets: Vec<Budget<SinceStart>>,
    refused: NowAndThen,
}

/// What is left of a budget after an accepted request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Left {
    pub(crate) class: Class,
    /// Requests in this many seconds.
    pub(crate) quota: u32,
    pub(crate) window_seconds: u64,
    pub(crate) remaining: u32,
}

/// The budget is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct UsedUp {
    pub(crate) left: Left,
    /// At least 1.
    pub(crate) retry_after_seconds: u16,
}

impl Left {
    /// When the budget is full again, if no further requests come.
    pub(crate) fn reset_seconds(self) -> u64 {
        let used = u64::from(self.quota - self.remaining.min(self.quota));
        (used * self.window_seconds).div_ceil(u64::from(self.quota).max(1))
    }
}

impl Limits {
    pub(crate) fn new(rates: &ClassRates) -> Self {
        let clock = SinceStart(Instant::now());
        let rate = |class| match class {
            Class::Login => rates.login,
            Class::Register => rates.register,
            Class::Book => rates.book,
            Class::Pay => rates.pay,
            Class::Read => rates.read,
            Class::Handshake => rates.handshake,
        };
        let budgets = Class::ALL.map(|class| Budget::new(rate(class), clock)).into();
        Self { budgets, refused: NowAndThen::default() }
    }

    /// Whether it is time to warn the operator that requests are refused.
    pub(crate) fn refusal_is_due(&self) -> bool {
        self.refused.is_due()
    }

    /// Takes one request off the budgets of an address and of an account, if there is one. Returns
    /// the budget of which less is left.
    pub(crate) fn take(
        &self,
        class: Class,
        address: Network,
        user: Option<UserId>,
        is_staff: bool,
    ) -> Result<Left, UsedUp> {
        let budget = &self.budgets[class as usize];
        let of_address = budget.take(class, CallerKey::Address(address), is_staff)?;
        let Some(user) = user else { return Ok(of_address) };
        let of_user = budget.take(class, CallerKey::User(user), is_staff)?;
        Ok(if of_user.remaining < of_address.remaining { of_user } else { of_address })
    }
}

impl<C: Clock + Clone> Budget<C> {
    fn new(rate: Rate, clock: C) -> Self {
        let limiter = |times: NonZeroU32| {
            let count = rate.count.saturating_mul(times);
            let Some(quota) = Quota::with_period(rate.per() / count.get()) else {
                unreachable!("the highest rate that is understood is some thousand a millisecond")
            };
            let budgets = Budgets::default();
            Limiter::<C>::new(quota.allow_burst(count), budgets, clock.clone())
        };
        Self { rate, everybodys: limiter(NonZeroU32::MIN), staffs: limiter(STAFF_TIMES) }
    }

    fn take(&self, class: Class, caller: CallerKey, is_staff: bool) -> Result<Left, UsedUp> {
        let limiter = if is_staff { &self.staffs } else { &self.everybodys };
        let times = if is_staff { STAFF_TIMES } else { NonZeroU32::MIN };
        let quota = self.rate.count.saturating_mul(times).get();
        let left = |remaining| {
            let window_seconds = self.rate.per().as_secs();
            Left { class, quota, window_seconds, remaining }
        };
        match limiter.check_key(&caller) {
            Ok(state) => Ok(left(state.remaining_burst_capacity())),
            Err(too_early) => {
                let wait = too_early.wait_time_from(limiter.clock().now());
                // Rounded up, so that a retry after that time is not too early again.
                let seconds = wait.as_millis().div_ceil(1_000).max(1);
                let retry_after_seconds = u16::try_from(seconds).unwrap_or(u16::MAX);
                Err(UsedUp { left: left(0), retry_after_seconds })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::rate;
    use governor::clock::FakeRelativeClock;

    fn network(last: u8) -> Network {
        Network::of(([10, 0, 0, last], 1).into())
    }

    #[test]
    fn a_budget_says_what_is_left_and_when_to_come_back() {
        let clock = FakeRelativeClock::default();
        let budget = Budget::new(rate("4/min").unwrap(), clock.clone());
        let take = |is_staff| budget.take(Class::Login, CallerKey::Address(network(1)), is_staff);
        for remaining in (0..4).rev() {
            let left = take(false).unwrap();
            assert_eq!((left.quota, left.window_seconds, left.remaining), (4, 60, remaining));
            assert_eq!(left.reset_seconds(), u64::from(4 - remaining) * 15);
        }
        assert_eq!(take(false).unwrap_err().retry_after_seconds, 15);
        clock.advance(Duration::from_millis(14_001));
        assert_eq!(take(false).unwrap_err().retry_after_seconds, 1);
        clock.advance(Duration::from_millis(999));
        assert_eq!(take(false).unwrap().remaining, 0);
        for _ in 0..40 {
            take(true).unwrap();
        }
        assert_eq!(take(true).unwrap_err().left.quota, 40, "staff have ten times as much");
    }

    #[test]
    fn an_account_pays_wherever_it_comes_from_and_an_address_whoever_comes() {
        let (rate, clock) = (rate("3/h").unwrap(), SinceStart(Instant::now()));
        let budgets = Class::ALL.map(|_| Budget::new(rate, clock)).into();
        let limits = Limits { budgets, refused: NowAndThen::default() };
        let user = |number| Some(UserId(uuid::Uuid::from_u128(number)));
        for address in 1..=3 {
            limits.take(Class::Book, network(address), user(1), false).unwrap();
        }
        limits.take(Class::Book, network(4), user(1), false).unwrap_err();
        for number in 2..=4 {
            limits.take(Class::Book, network(9), user(number), false).unwrap();
        }
        limits.take(Class::Book, network(9), user(5), false).unwrap_err();
        limits.take(Class::Pay, network(9), user(5), false).expect("another class");
    }
}
