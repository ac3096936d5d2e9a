//! How long events took from the moment when this process knew of them to the sockets of viewers.
//!
//! Counted where a pass writes to viewers whose sockets take what they are given: what it says is
//! about this process, and no phone in a tunnel spoils it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use smallvec::SmallVec;

const BOUNDS: usize = 14;

/// The times that one step of a pass tells apart; viewers beyond them count with the last one.
/// Nearly all viewers of a step are written the same events.
const TIMES_MAX: usize = 4;

/// How many writes took how long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delays {
    /// The writes up to each of the [`Delays::BOUNDS_MICROS`] and beyond the one before it; the
    /// last number is of those beyond all bounds.
    pub writes: [u64; BOUNDS + 1],
    /// The delays of all writes together.
    pub sum_micros: u64,
}

impl Delays {
    /// The bounds of [`Delays::writes`].
    pub const BOUNDS_MICROS: [u64; BOUNDS] = [
        500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000,
        2_500_000, 5_000_000, 10_000_000,
    ];

    /// Adds what another hub has counted.
    pub fn add(&mut self, more: &Self) {
        for (sum, more) in self.writes.iter_mut().zip(more.writes) {
            *sum += more;
        }
        self.sum_micros += more.sum_micros;
    }
}

#[derive(Debug, Default)]
pub(crate) struct DelayCounters {
    writes: [AtomicU64; BOUNDS + 1],
    sum_micros: AtomicU64,
}

impl DelayCounters {
    fn note(&self, delay: Duration, writes: u64) {
        let micros = u64::try_from(delay.as_micros()).unwrap_or(u64::MAX);
        let at = Delays::BOUNDS_MICROS.partition_point(|bound| *bound < micros);
        self.writes[at].fetch_add(writes, Ordering::Relaxed);
        self.sum_micros.fetch_add(micros.saturating_mul(writes), Ordering::Relaxed);
    }

    pub(crate) fn delays(&self) -> Delays {
        let writes = self.writes.each_ref().map(|writes| writes.load(Ordering::Relaxed));
        Delays { writes, sum_micros: self.sum_micros.load(Ordering::Relaxed) }
    }
}

/// The writes of one step of a pass, by the moment when their oldest event was known. A write costs
/// it a comparison and an addition: no clock, no lock and no memory that others use.
#[derive(Debug, Default)]
pub(crate) struct Tally(SmallVec<[(Instant, u64); TIMES_MAX]>);

impl Tally {
    pub(crate) fn write(&mut self, known_at: Instant) {
        if let Some((_, writes)) = self.0.iter_mut().find(|(known, _)| *known == known_at) {
            *writes += 1;
        } else if self.0.len() < TIMES_MAX {
            self.0.push((known_at, 1));
        } else if let Some((_, writes)) = self.0.last_mut() {
            *writes += 1;
        }
    }

    /// Ends the step: all its writes are as old as they are now.
    pub(crate) fn count(&mut self, counters: &DelayCounters) {
        if self.0.is_empty() {
            return;
        }
        let now = Instant::now();
        for (known_at, writes) in self.0.drain(..) {
            counters.note(now.saturating_duration_since(known_at), writes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_delay_is_counted_up_to_its_bound() {
        let counters = DelayCounters::default();
        for (micros, writes) in [(0, 1), (500, 2), (501, 4), (10_000_000, 8), (10_000_001, 16)] {
            counters.note(Duration::from_micros(micros), writes);
        }
        let mut delays = counters.delays();
        let mut expected = [0; BOUNDS + 1];
        (expected[0], expected[1], expected[13], expected[14]) = (3, 4, 8, 16);
        assert_eq!(delays.writes, expected);
        let sum = 500 * 2 + 501 * 4 + 10_000_000 * 8 + 10_000_001 * 16;
        assert_eq!(delays.sum_micros, sum);
        delays.add(&counters.delays());
        assert_eq!((delays.writes[14], delays.sum_micros), (32, 2 * sum));
    }

    #[test]
    fn a_step_counts_every_write_whatever_it_holds() {
        let (counters, mut tally) = (DelayCounters::default(), Tally::default());
        let start = Instant::now();
        for number in 0..10 {
            tally.write(start + Duration::from_nanos(number));
            tally.write(start);
        }
        tally.count(&counters);
        tally.count(&counters);
        assert_eq!(counters.delays().writes.iter().sum::<u64>(), 20);
    }
}
