//! The source of time, ids and random values: what a decision or a stored row depends on comes from
//! here, so that tests can set it. Keys of sessions, ids of groups and measured times do not.

use std::cell::RefCell;
use std::marker::PhantomData;
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
    /// Fills the whole slice; after an error its content must not be used.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness>;
}

/// The system's generator, asked for many bytes at a time: one call each would be a good part of
/// what a booking costs. A byte is given out once, and nothing of it is kept.
#[derive(Clone, Copy, Debug)]
pub struct SystemChance;

const DRAWN_BYTES: usize = 2_048;

/// Bytes of the system's generator that this thread has not given out yet: those after `given`.
struct Drawn {
    bytes: [u8; DRAWN_BYTES],
    given: usize,
}

thread_local! {
    static DRAWN: RefCell<Drawn> =
        const { RefCell::new(Drawn { bytes: [0; DRAWN_BYTES], given: DRAWN_BYTES }) };
}

impl Chance for SystemChance {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness> {
        DRAWN.with_borrow_mut(|drawn| drawn.fill(bytes))
    }
}

impl Drawn {
    fn fill(&mut self, wanted: &mut [u8]) -> Result<(), NoRandomness> {
        if wanted.len() > DRAWN_BYTES {
            return getrandom::fill(wanted).map_err(|_| NoRandomness);
        }
        if wanted.len() > DRAWN_BYTES - self.given {
            getrandom::fill(&mut self.bytes).map_err(|_| NoRandomness)?;
            self.given = 0;
        }
        let giving = &mut self.bytes[self.given..self.given + wanted.len()];
        wanted.copy_from_slice(giving);
        giving.fill(0);
        self.given += wanted.len();
        Ok(())
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
    /// A source with this clock and the system's randomness.
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
        let Ok(millis) = u64::try_from(self.now().as_millisecond()) else {
            unreachable!("ids are made after 1970")
        };
        let id = uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid();
        Ok(T::from(id))
    }

    /// Fills all of it with random bytes; after an error its content must not be used.
    pub fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness> {
        self.chance.fill(bytes)
    }

    /// Ids of one moment, each after the one before it: what is booked together is kept in its
    /// order.
    pub(crate) fn rising_ids<T: From<Uuid>>(&self) -> Result<RisingIds<T>, NoRandomness> {
        let first: Uuid = self.id()?;
        // Counted in the last four bytes, of which the first bit is left out of the draw: it cannot
        // overflow.
        Ok(RisingIds { next: first.as_u128() & !(1 << 31), kind: PhantomData })
    }

    /// Booking codes to choose from.
    pub(crate) fn pnr_candidates(&self) -> Result<Vec<Pnr>, NoRandomness> {
        // Twice what is needed: a few bytes are skipped to keep every letter equally likely.
        let mut random = [0; PNR_CANDIDATES * PNR_DRAWN_CHARS * 2];
        self.chance.fill(&mut random)?;
        Ok(random.chunks(PNR_DRAWN_CHARS * 2).filter_map(Pnr::from_random).collect())
    }
}

#[derive(Debug)]
pub(crate) struct RisingIds<T> {
    next: u128,
    kind: PhantomData<T>,
}

impl<T: From<Uuid>> RisingIds<T> {
    pub(crate) fn next_id(&mut self) -> T {
        let id = Uuid::from_u128(self.next);
        self.next += 1;
        T::from(id)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_byte_of_chance_is_given_twice_or_forgotten() {
        let mut seen = HashSet::new();
        for round in 0..1_000 {
            let mut bytes = vec![0; 16 + round % 40];
            SystemChance.fill(&mut bytes).unwrap();
            assert!(seen.insert(bytes[..16].to_vec()));
            assert!(seen.insert(bytes[bytes.len() - 16..].to_vec()) || bytes.len() == 16);
        }
        let mut large = [0; 2 * DRAWN_BYTES];
        SystemChance.fill(&mut large).unwrap();
        assert!(large[DRAWN_BYTES..].iter().any(|byte| *byte != 0));
        DRAWN
            .with_borrow(|drawn| assert!(drawn.bytes[..drawn.given].iter().all(|byte| *byte == 0)));
    }
}
