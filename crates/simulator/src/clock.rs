//! The time of the simulation: the runtime's paused time, and the jumps that a wall clock makes.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

/// It must be made and read inside the runtime of its life: outside, time is real.
#[derive(Clone, Debug)]
pub(crate) struct SimulatedClock {
    started: Instant,
    /// Milliseconds since 1970 at `started`, and all jumps since.
    offset: Arc<AtomicI64>,
}

impl SimulatedClock {
    pub(crate) fn starting_at(millis: i64) -> Self {
        Self { started: Instant::now(), offset: Arc::new(AtomicI64::new(millis)) }
    }

    pub(crate) fn millis(&self) -> i64 {
        let elapsed = i64::try_from(self.started.elapsed().as_millis()).unwrap_or(i64::MAX);
        self.offset.load(Ordering::Relaxed) + elapsed
    }

    /// Time since the start of this life.
    pub(crate) fn age(&self) -> Duration {
        self.started.elapsed()
    }

    /// The wall clock is set forward, as after a suspended machine wakes.
    pub(crate) fn jump(&self, seconds: i64) {
        self.offset.fetch_add(seconds * 1_000, Ordering::Relaxed);
    }
}

impl booking::Clock for SimulatedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.millis()).unwrap_or(Timestamp::MAX)
    }
}
