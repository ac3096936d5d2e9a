//! Where time, ids and chance come from. Nothing else in the house reads a clock or draws a number.

use std::sync::Arc;

use domain::Pnr;
use domain::command::PNR_CANDIDATES;
use domain::pnr::PNR_DRAWN_CHARS;
use jiff::{Timestamp, TimestampRound, Unit};
use uuid::Uuid;

/// What time it is. The system's, or a test's.
pub trait Clock: Send + Sync + 'static {
    /// To the millisecond: what is stored and shown has no finer part.
    fn now(&self) -> Timestamp;
}

#[derive(Clone, Copy, Debug)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        now.round(TimestampRound::new().smallest(Unit::Millisecond)).unwrap_or(now)
    }
}

/// Where ids and codes get their randomness. The system's generator, or a simulation's seed.
pub trait Chance: Send + Sync + 'static {
    /// Fills the whole slice, or nothing may be made of it.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness>;
}

#[derive(Clone, Copy, Debug)]
pub struct SystemChance;

impl Chance for SystemChance {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness> {
        getrandom::fill(bytes).map_err(|_| NoRandomness)
    }
}

/// The injected source, cheap to clone.
#[derive(Clone)]
pub struct Source {
    clock: Arc<dyn Clock>,
    chance: Arc<dyn Chance>,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Source")
    }
}

/// The system's generator gave nothing: no id, code or secret may be made of less.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the system's random source failed")]
pub struct NoRandomness;

impl Source {
    /// A clock of one's own and the system's randomness.
    pub fn new(clock: impl Clock) -> Self {
        Self::with_chance(clock, SystemChance)
    }

    pub fn with_chance(clock: impl Clock, chance: impl Chance) -> Self {
        Self { clock: Arc::new(clock), chance: Arc::new(chance) }
    }

    pub fn system() -> Self {
        Self::new(SystemClock)
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A fresh UUID v7: ordered by time, so that neighbours in time are neighbours on disk.
    pub fn id<T: From<Uuid>>(&self) -> Result<T, NoRandomness> {
        let mut random = [0; 10];
        self.chance.fill(&mut random)?;
        let millis = u64::try_from(self.now().as_millisecond()).unwrap_or_default();
        let id = uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid();
        Ok(T::from(id))
    }

    /// Booking codes to choose from.
    pub(crate) fn pnr_candidates(&self) -> Result<Vec<Pnr>, NoRandomness> {
        // Twice what is needed: a few bytes are passed over to keep every letter equally likely.
        let mut random = [0; PNR_CANDIDATES * PNR_DRAWN_CHARS * 2];
        self.chance.fill(&mut random)?;
        Ok(random.chunks(PNR_DRAWN_CHARS * 2).filter_map(Pnr::from_random).collect())
    }
}
