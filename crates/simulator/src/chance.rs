//! Every draw of a run: what happens next, how long it takes, which ids are made. One seed, one
//! story.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use booking::NoRandomness;

/// SplitMix64 (Steele, Lea, Flood 2014): small, and good with any seed. Clones draw from the same
/// sequence; that is repeatable because one thread makes all draws.
#[derive(Clone, Debug)]
pub(crate) struct Chance(Arc<AtomicU64>);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Arc::new(AtomicU64::new(seed)))
    }

    /// Another sequence, so that one more draw here changes nothing there.
    pub(crate) fn fork(&self) -> Self {
        Self::new(self.draw())
    }

    /// Fills any bytes that must be random.
    pub(crate) fn filling(self) -> impl FnMut(&mut [u8]) + Send + 'static {
        move |bytes| self.fill_bytes(bytes)
    }

    fn fill_bytes(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let drawn = self.draw().to_le_bytes();
            chunk.copy_from_slice(&drawn[..chunk.len()]);
        }
    }

    fn draw(&self) -> u64 {
        let state = self.0.load(Ordering::Relaxed).wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.0.store(state, Ordering::Relaxed);
        let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Any number.
    pub(crate) fn number(&self) -> u64 {
        self.draw()
    }

    /// One of `0..end`; 0 if that is empty.
    pub(crate) fn below(&self, end: u64) -> u64 {
        self.draw() % end.max(1)
    }

    /// One of `0..end`; 0 if that is empty.
    pub(crate) fn index(&self, end: usize) -> usize {
        usize::try_from(self.below(end as u64)).unwrap_or_default()
    }

    /// One of `from..=to`.
    pub(crate) fn between(&self, from: u64, to: u64) -> u64 {
        from + self.below(to - from + 1)
    }

    /// One of `from..=to`.
    pub(crate) fn size(&self, from: usize, to: usize) -> usize {
        from + self.index(to - from + 1)
    }

    pub(crate) fn percent(&self, percent: u64) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn millis(&self, from: u64, to: u64) -> Duration {
        Duration::from_millis(self.between(from, to))
    }

    pub(crate) fn pick<'a, T>(&self, of: &'a [T]) -> Option<&'a T> {
        of.get(self.index(of.len()))
    }

    /// One of several, each with its weight. The weights are not all zero.
    pub(crate) fn weighted<T: Copy>(&self, first: (u64, T), others: &[(u64, T)]) -> T {
        let total = first.0 + others.iter().map(|(weight, _)| weight).sum::<u64>();
        let mut left = self.below(total);
        for (weight, item) in others {
            if left < *weight {
                return *item;
            }
            left -= weight;
        }
        first.1
    }
}

impl booking::Chance for Chance {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness> {
        self.fill_bytes(bytes);
        Ok(())
    }
}
