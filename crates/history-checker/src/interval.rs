//! Where in the store's order an operation can stand, by the times of the placed ones.
//!
//! An operation that was answered before another one was sent stands before it.

use crate::history::Times;
use crate::register::Violation;

/// An operation with a place in the order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Placed {
    pub(crate) seq: u64,
    pub(crate) times: Times,
    /// Its number among the operations.
    pub(crate) operation: usize,
}

#[derive(Debug)]
pub(crate) struct Order {
    /// By their answers: a time, and the last `seq` of all answered up to then.
    answered: Vec<(u64, u64)>,
    /// By their requests, latest first: a time, and the first `seq` of all sent from then on.
    asked: Vec<(u64, u64)>,
}

impl Order {
    pub(crate) fn new(placed: &[Placed]) -> Self {
        let answered = placed.iter().filter_map(|one| Some((one.times.answered?, one.seq)));
        let mut answered: Vec<_> = answered.collect();
        answered.sort_unstable();
        let mut last = 0;
        for (_, seq) in &mut answered {
            last = last.max(*seq);
            *seq = last;
        }
        let mut asked: Vec<_> = placed.iter().map(|one| (one.times.asked, one.seq)).collect();
        asked.sort_unstable_by(|one, two| two.cmp(one));
        let mut first = u64::MAX;
        for (_, seq) in &mut asked {
            first = first.min(*seq);
            *seq = first;
        }
        Self { answered, asked }
    }

    /// The first and the last `seq` after which an operation with these times can stand.
    pub(crate) fn between(&self, times: Times) -> (u64, u64) {
        let before = self.answered.partition_point(|(answered, _)| *answered < times.asked);
        let from = before.checked_sub(1).and_then(|at| self.answered.get(at));
        let end = times.answered.unwrap_or(u64::MAX);
        let behind = self.asked.partition_point(|(asked, _)| *asked > end);
        let until = behind.checked_sub(1).and_then(|at| self.asked.get(at));
        (from.map_or(0, |(_, seq)| *seq), until.map_or(u64::MAX, |(_, seq)| *seq - 1))
    }

    /// Whether an operation with these times can be the event with this `seq`.
    pub(crate) fn allows(&self, seq: u64, times: Times) -> bool {
        let (from, until) = self.between(times);
        // It may itself be among the answered ones: then it is the last one, or stands before it.
        (from..=until.saturating_add(1)).contains(&seq)
    }
}

/// Two operations whose order is the opposite of their times.
pub(crate) fn disorder(placed: &mut [Placed]) -> Option<(Placed, Placed)> {
    placed.sort_unstable_by_key(|one| one.seq);
    let mut earliest: Option<Placed> = None;
    for one in placed.iter().rev() {
        if let Some(later) = earliest
            && later.seq > one.seq
            && later.times.answered.is_some_and(|answered| answered < one.times.asked)
        {
            return Some((later, *one));
        }
        let answered = |placed: &Placed| placed.times.answered.unwrap_or(u64::MAX);
        if earliest.is_none_or(|later| answered(one) < answered(&later)) {
            earliest = Some(*one);
        }
    }
    None
}

impl From<&str> for Violation {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}
