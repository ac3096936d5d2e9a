//! Forgets travellers some days after they have arrived (`SEATWIRE_RETENTION_DAYS`), in small steps
//! beside the sale.
//!
//! Invariant: never too early. The time used here begins no later than the newest row of the audit
//! at the start plus [`START_DAYS_MAX`]. From then on it moves with a clock that cannot be set: a
//! system clock that jumps ahead makes no traveller forgotten.

use std::time::{Duration, Instant};

use domain::command::{Forget, Whom};
use domain::{Actor, Command, Refusal};
use jiff::{SignedDuration, Timestamp};
use store::BehindRoute;
use tokio_util::sync::CancellationToken;

use crate::desk::Desk;
use crate::error::BookingError;

/// How far ahead of the newest row of the audit the clock may be at a start.
const START_DAYS_MAX: i64 = 7;

/// The pause between two looks at departures; a wrong clock should be right again within it.
const LOOK: Duration = Duration::from_secs(3_600);

/// The pause between two steps of one look: the sale goes first.
const PAUSE: Duration = Duration::from_millis(50);

/// Bookings of one look that could not be forgotten, and are named in the log.
const FAILURES_NAMED_MAX: u64 = 10;

/// The latest time that it can be.
#[derive(Clone, Copy, Debug)]
pub struct TrustedTime {
    at_start: Timestamp,
    started: Instant,
}

impl TrustedTime {
    /// `newest`: the time of the newest known row; `None`: there is none.
    pub fn new(now: Timestamp, newest: Option<Timestamp>) -> Self {
        let believed = SignedDuration::from_hours(24 * START_DAYS_MAX);
        let latest = newest.and_then(|newest| newest.checked_add(believed).ok());
        let at_start = latest.map_or(now, |latest| now.min(latest));
        Self { at_start, started: Instant::now() }
    }

    pub(crate) fn now(self, system: Timestamp) -> Timestamp {
        self.after(system, self.started.elapsed())
    }

    fn after(self, system: Timestamp, elapsed: Duration) -> Timestamp {
        let moved = SignedDuration::try_from(elapsed).unwrap_or(SignedDuration::MAX);
        self.at_start.saturating_add(moved).map_or(system, |latest| system.min(latest))
    }
}

/// Forgets until `stop`.
pub async fn forget_travellers(desk: Desk, days: u32, time: TrustedTime, stop: CancellationToken) {
    loop {
        let system = desk.source.now();
        let now = time.now(system);
        if system.duration_since(now) > SignedDuration::from_hours(1) {
            tracing::warn!(
                system_time = %system, believed_time = %now,
                "the system's clock is far ahead of what the database knows: nobody is forgotten early"
            );
        }
        if let Err(error) = desk.forget_over(now, days, &stop).await {
            tracing::warn!(%error, "travellers could not be forgotten; trying again later");
        }
        if stop.run_until_cancelled(tokio::time::sleep(LOOK)).await.is_none() {
            return;
        }
    }
}

impl Desk {
    /// Forgets all travellers who had arrived this many days before.
    async fn forget_over(
        &self,
        now: Timestamp,
        days: u32,
        stop: &CancellationToken,
    ) -> Result<(), BookingError> {
        let Ok(before) = now.checked_sub(SignedDuration::from_hours(24 * i64::from(days))) else {
            return Ok(());
        };
        let mut behind: Option<BehindRoute> = None;
        let (mut forgotten, mut failed) = (0_u64, 0_u64);
        loop {
            let over = self.store.over(before, behind).await?;
            for booking_id in over.bookings {
                let (whom, arrived_by) = (Whom::Everybody, Some(before));
                let forget = Forget { booking_id, whom, arrived_by };
                match self.execute(Actor::System, Command::Forget(forget)).await {
                    Ok(_) => forgotten += 1,
                    // The way back is not over for so long, or money is owed: a later look finds the
                    // booking again.
                    Err(BookingError::Refused(Refusal::BookingIsOpen)) => {}
                    Err(BookingError::Store(error)) if error.is_of_the_moment() => {
                        return Err(error.into());
                    }
                    // It must not keep those behind it from being forgotten.
                    Err(error) => {
                        failed += 1;
                        if failed <= FAILURES_NAMED_MAX {
                            tracing::warn!(%booking_id, %error, "a booking cannot be forgotten");
                        }
                    }
                }
            }
            let Some(last) = over.last else { break };
            behind = Some(last);
            if stop.run_until_cancelled(tokio::time::sleep(PAUSE)).await.is_none() {
                break;
            }
        }
        if forgotten > 0 {
            tracing::info!(bookings = forgotten, "travellers were forgotten");
        }
        if failed > FAILURES_NAMED_MAX {
            tracing::warn!(bookings = failed, "bookings cannot be forgotten");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(number: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * number)
    }

    #[test]
    fn a_clock_that_jumps_ahead_is_not_believed() {
        let hour = Duration::from_secs(3_600);
        let time = TrustedTime::new(day(100), Some(day(99)));
        assert_eq!(time.after(day(100), hour), day(100));
        assert_eq!(time.after(day(4_000), hour), day(100) + SignedDuration::from_hours(1));
        assert_eq!(time.after(day(90), hour), day(90), "late is not early");
        let jumped_before = TrustedTime::new(day(4_000), Some(day(99)));
        assert_eq!(jumped_before.after(day(4_000), Duration::ZERO), day(99 + START_DAYS_MAX));
        let new = TrustedTime::new(day(100), None);
        assert_eq!(new.after(day(100), Duration::ZERO), day(100));
    }
}
