//! The clock of servers that share a database: the database's.
//!
//! All decisions use the database's clock. A server that used its own would end holds hours too
//! late, or look for them without a pause, refuse good tokens, and offer departures that are
//! closed: one wrong clock among many machines would be enough. Invariant: this machine's clock
//! decides nothing. Between two looks at the database, time moves with a clock that cannot be set.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use booking::{Clock, Source};
use jiff::Timestamp;
use store::{Inventory, StoreError};
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

const LOOK_SECONDS: u64 = 2;

/// An answer that took longer says too little about when it was given.
const ROUND_TRIP_MILLIS_MAX: i64 = 500;

/// A difference no larger than the round trip to the database does not count.
const STEP_MILLIS_MIN: i64 = 50;

/// A difference that is worth a line in the log.
const TOLD_MILLIS_MIN: i64 = 1_000;

/// A cheap handle.
#[derive(Clone, Debug)]
pub(crate) struct DatabaseClock(Arc<Known>);

#[derive(Debug)]
struct Known {
    begun: Instant,
    /// The time at which this began, in milliseconds, as far as it is known by now.
    begun_at_millis: AtomicI64,
}

impl Clock for DatabaseClock {
    fn now(&self) -> Timestamp {
        let now = self.0.begun_at_millis.load(Ordering::Relaxed).saturating_add(self.elapsed());
        // The database's answer is a valid time, and the last one is some thousand years away.
        Timestamp::from_millisecond(now).unwrap_or(Timestamp::MAX)
    }
}

impl DatabaseClock {
    /// Set by the database's present time.
    pub(crate) async fn of(store: &dyn Inventory) -> Result<Self, StoreError> {
        let (begun, begun_at_millis) = (Instant::now(), AtomicI64::default());
        let clock = Self(Arc::new(Known { begun, begun_at_millis }));
        let (told, _) = clock.ask(store).await?;
        clock.0.begun_at_millis.store(told, Ordering::Relaxed);
        Ok(clock)
    }

    /// Looks again and again, until the server stops. While the database does not answer, the clock
    /// goes on.
    pub(crate) async fn keep_up(self, store: Arc<dyn Inventory>, stopping: CancellationToken) {
        let mut looks = tokio::time::interval(Duration::from_secs(LOOK_SECONDS));
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut is_told = false;
        while stopping.run_until_cancelled(looks.tick()).await.is_some() {
            if let Ok((told, round_trip)) = self.ask(&*store).await {
                self.believe(told, round_trip);
                is_told = self.tell_if_ours_is_wrong(is_told);
            }
        }
    }

    /// The time at which this began, by the database's clock, and how long the query took.
    async fn ask(&self, store: &dyn Inventory) -> Result<(i64, i64), StoreError> {
        let before = self.elapsed();
        let told = store.time(self.now()).await?.as_millisecond();
        let round_trip = self.elapsed() - before;
        Ok((told - before - round_trip / 2, round_trip))
    }

    fn believe(&self, told: i64, round_trip: i64) {
        let known = &self.0.begun_at_millis;
        let step = told - known.load(Ordering::Relaxed);
        if round_trip > ROUND_TRIP_MILLIS_MAX || step.abs() < STEP_MILLIS_MIN.max(round_trip) {
            return;
        }
        if step.abs() >= TOLD_MILLIS_MIN {
            tracing::warn!(step_ms = step, "the database's clock was set; it is gone by");
        }
        known.store(told, Ordering::Relaxed);
    }

    /// Once, until it is right again.
    fn tell_if_ours_is_wrong(&self, is_told: bool) -> bool {
        let ahead = Source::system().now().duration_since(self.now()).as_millis();
        let is_wrong = ahead.abs() >= i128::from(TOLD_MILLIS_MIN);
        if is_wrong && !is_told {
            tracing::warn!(
                ahead_ms = %ahead,
                "this machine's clock is not the database's, which is gone by"
            );
        }
        is_wrong
    }

    fn elapsed(&self) -> i64 {
        i64::try_from(self.0.begun.elapsed().as_millis()).unwrap_or(i64::MAX)
    }
}
