//! A timer wheel: when each connection wants to be called again.
//!
//! Plain data, driven by [`heartbeat`](crate::heartbeat). To add costs a push onto a list; a tick
//! reads only its own list. A connection that is gone is noticed when its time comes, so nothing is
//! ever removed, and an entry here keeps no connection alive.

use std::mem;

/// A moment, in steps of ten milliseconds since the wheel began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Tick(pub(crate) u64);

impl Tick {
    pub(crate) fn after(self, ticks: u64) -> Self {
        Self(self.0.saturating_add(ticks))
    }
}

/// About 41 seconds: most waits are shorter, so their entries are read exactly once.
const SLOTS: usize = 4096;

#[derive(Debug)]
pub(crate) struct Wheel<T> {
    slots: Vec<Vec<(Tick, T)>>,
    len: usize,
    /// Everything up to here has been taken out.
    now: Tick,
}

impl<T> Wheel<T> {
    pub(crate) fn new() -> Self {
        Self { slots: (0..SLOTS).map(|_| Vec::new()).collect(), len: 0, now: Tick(0) }
    }

    /// An item that is due already is put into the next tick.
    pub(crate) fn add(&mut self, at: Tick, item: T) {
        let at = at.max(self.now.after(1));
        self.slots[slot(at)].push((at, item));
        self.len += 1;
    }

    /// Takes out everything that is due at `now`, in no particular order within a tick.
    pub(crate) fn advance(&mut self, now: Tick, due: &mut Vec<T>) {
        // After one whole turn every list was read.
        let first = self.now.0 + 1;
        let last = now.0.min(self.now.0 + SLOTS as u64);
        for tick in first..=last {
            let list = &mut self.slots[slot(Tick(tick))];
            if list.is_empty() {
                continue;
            }
            for (at, item) in mem::take(list) {
                if at <= now {
                    due.push(item);
                    self.len -= 1;
                } else {
                    list.push((at, item));
                }
            }
        }
        self.now = self.now.max(now);
    }

    /// The first tick at which something may be due; `None` if the wheel is empty.
    pub(crate) fn next(&self) -> Option<Tick> {
        if self.len == 0 {
            return None;
        }
        let mut turn = (1..=SLOTS as u64).map(|ahead| self.now.after(ahead));
        turn.find(|tick| !self.slots[slot(*tick)].is_empty())
    }
}

fn slot(at: Tick) -> usize {
    usize::try_from(at.0 % SLOTS as u64).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn items_come_out_at_their_tick_even_after_whole_turns() {
        let mut wheel = Wheel::new();
        let mut due = Vec::new();
        for at in [5, 0, 4096 + 5, 9000] {
            wheel.add(Tick(at), at);
        }
        assert_eq!(wheel.next(), Some(Tick(1)));
        wheel.advance(Tick(4), &mut due);
        assert_eq!(mem::take(&mut due), [0]);
        wheel.advance(Tick(5), &mut due);
        assert_eq!(mem::take(&mut due), [5]);
        wheel.advance(Tick(4100), &mut due);
        assert!(due.is_empty());
        wheel.advance(Tick(20_000), &mut due);
        due.sort_unstable();
        assert_eq!(due, [4101, 9000]);
        assert_eq!(wheel.next(), None);
    }

    proptest! {
        #[test]
        fn nothing_is_early_late_or_lost(
            items in prop::collection::vec(0u64..20_000, 0..40),
            steps in prop::collection::vec(1u64..9_000, 1..10)
        ) {
            let mut wheel = Wheel::new();
            for &at in &items {
                wheel.add(Tick(at), at);
            }
            let (mut now, mut seen) = (0, 0);
            for step in steps {
                let before = now;
                now += step;
                let mut due = Vec::new();
                wheel.advance(Tick(now), &mut due);
                seen += due.len();
                for at in due {
                    prop_assert!(at <= now && (at > before || before == 0));
                }
            }
            prop_assert_eq!(seen, items.iter().filter(|at| **at <= now).count());
            prop_assert_eq!(wheel.len, items.len() - seen);
        }
    }
}
