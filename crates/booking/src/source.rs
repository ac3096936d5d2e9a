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

/// The injected source, cheap to clone.
#[derive(Clone)]
pub struct Source {
    clock: Arc<dyn Clock>,
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
    pub fn new(clock: impl Clock) -> Self {
        Self { clock: Arc::new(clock) }
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
        getrandom::fill(&mut random).map_err(|_| NoRandomness)?;
        let millis = u64::try_from(self.now().as_millisecond()).unwrap_or_default();
        let id = uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid();
        Ok(T::from(id))
    }

    /// Booking codes to choose from.
    pub(crate) fn pnr_candidates(&self) -> Result<Vec<Pnr>, NoRandomness> {
        // Twice what is needed: a few bytes are passed over to keep every letter equally likely.
        let mut random = [0; PNR_CANDIDATES * PNR_DRAWN_CHARS * 2];
        getrandom::fill(&mut random).map_err(|_| NoRandomness)?;
        Ok(random.chunks(PNR_DRAWN_CHARS * 2).filter_map(Pnr::from_random).collect())
    }
}
