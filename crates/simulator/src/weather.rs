//! How likely each fault is right now, shared by everything that may fail.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use store_sqlite::stepped::ReadFate;

use crate::chance::Chance;

/// Likelihoods in percent.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Odds {
    /// A group's commit fails.
    pub(crate) commit_fails: u64,
    /// A query fails, or takes its time.
    pub(crate) read_fails: u64,
    pub(crate) read_is_slow: u64,
    /// A committed batch is published late.
    pub(crate) feed_is_slow: u64,
    /// The payment provider declines, answers late, loses its answer, cannot be asked.
    pub(crate) card_declined: u64,
    pub(crate) provider_is_late: u64,
    pub(crate) provider_is_mute: u64,
}

#[derive(Clone, Debug)]
pub(crate) struct Weather {
    odds: Arc<Mutex<Odds>>,
    failed_reads: Arc<AtomicU64>,
    chance: Chance,
}

impl Weather {
    pub(crate) fn calm(chance: Chance) -> Self {
        Self { odds: Arc::default(), failed_reads: Arc::default(), chance }
    }

    pub(crate) fn odds(&self) -> Odds {
        *self.odds.lock()
    }

    pub(crate) fn set(&self, odds: Odds) {
        *self.odds.lock() = odds;
    }

    pub(crate) fn clear_up(&self) {
        self.set(Odds::default());
    }

    /// Draws new odds: most of the time little goes wrong, sometimes much.
    pub(crate) fn turn(&self) {
        let likely = |max| if self.chance.percent(50) { self.chance.between(1, max) } else { 0 };
        self.set(Odds {
            commit_fails: likely(40),
            read_fails: likely(30),
            read_is_slow: likely(60),
            feed_is_slow: likely(80),
            card_declined: likely(50),
            provider_is_late: likely(60),
            provider_is_mute: likely(40),
        });
    }

    pub(crate) fn chance(&self) -> &Chance {
        &self.chance
    }

    pub(crate) fn strikes(&self, odds: impl FnOnce(&Odds) -> u64) -> bool {
        let percent = odds(&self.odds());
        percent > 0 && self.chance.percent(percent)
    }

    pub(crate) fn read(&self) -> ReadFate {
        let slow = || {
            let is_slow = self.strikes(|odds| odds.read_is_slow);
            if is_slow { self.chance.millis(1, 30) } else { Duration::ZERO }
        };
        let fails = self.strikes(|odds| odds.read_fails);
        self.failed_reads.fetch_add(fails.into(), Ordering::Relaxed);
        ReadFate { before: slow(), fails, after: slow() }
    }

    pub(crate) fn failed_reads(&self) -> u64 {
        self.failed_reads.load(Ordering::Relaxed)
    }

    /// How long a committed batch waits before it is published.
    pub(crate) fn feed(&self) -> Duration {
        let is_slow = self.strikes(|odds| odds.feed_is_slow);
        if is_slow { self.chance.millis(1, 40) } else { Duration::ZERO }
    }
}
