//! Since when the keeper has been reachable without a break: a node may sweep a session only if the
//! session counted as left for a whole window in which the keeper was reachable.
//!
//! While no node reaches the keeper, no lease is renewed, and afterwards the sessions of connected
//! clients look as if they had been left long ago. So nothing is swept until every node had a
//! window in which it could report that it lives. Plain data: times are arguments.

use std::time::Duration;

use super::keeper::KeeperTime;

/// Two clocks may differ by this much; with more, a clock was set.
const SET_MILLIS: i64 = 1_000;

#[derive(Debug, Default)]
pub(super) struct Contact {
    since: Option<Round>,
    last: Option<Round>,
}

/// A renewal that succeeded: when, by this process and by the keeper.
#[derive(Clone, Copy, Debug)]
struct Round {
    at: Duration,
    keeper: KeeperTime,
}

impl Contact {
    /// A renewal has succeeded, begun at `begun` by a clock that is never set. Rounds further apart
    /// than `apart_max` are not one contact: this process slept, or the keeper was not reachable.
    pub(super) fn renewed(&mut self, begun: Duration, keeper: KeeperTime, apart_max: Duration) {
        let now = Round { at: begun, keeper };
        let goes_on = self.last.is_some_and(|last| {
            let apart = begun.saturating_sub(last.at);
            apart <= apart_max && !was_set(last, now)
        });
        if !goes_on {
            self.since = Some(now);
        }
        self.last = Some(now);
    }

    pub(super) fn failed(&mut self) {
        *self = Self::default();
    }

    /// Sessions left before this moment may be swept, if any may.
    pub(super) fn left_before(&self, window: Duration) -> Option<KeeperTime> {
        let (since, last) = (self.since?, self.last?);
        let seen = last.at.saturating_sub(since.at);
        (seen >= window).then(|| KeeperTime(last.keeper.0.saturating_sub(millis(window))))
    }
}

/// Whether the keeper's clock moved differently from this process's.
fn was_set(before: Round, now: Round) -> bool {
    let here = millis(now.at.saturating_sub(before.at));
    let there = now.keeper.0.saturating_sub(before.keeper.0);
    // A slow answer arrives late, and the next one in time: they differ by the length of a round at
    // most.
    (there - here).abs() > SET_MILLIS
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Duration = Duration::from_secs(120);
    const APART: Duration = Duration::from_secs(30);

    /// Renewals at these seconds of this process, with these of the keeper; and before which second
    /// of the keeper sessions may be swept.
    fn check(rounds: &[Option<(u64, i64)>], want: Option<i64>) {
        let mut contact = Contact::default();
        for round in rounds {
            match round {
                Some((at, keeper)) => {
                    let keeper = KeeperTime(keeper * 1_000);
                    contact.renewed(Duration::from_secs(*at), keeper, APART);
                }
                None => contact.failed(),
            }
        }
        let want = want.map(|second| KeeperTime(second * 1_000));
        assert_eq!(contact.left_before(WINDOW), want, "{rounds:?}");
    }

    /// Every 15 seconds from one second to another, the keeper's clock so much ahead.
    fn steady(from: u64, to: u64, ahead: i64) -> Vec<Option<(u64, i64)>> {
        let seconds = (from..=to).step_by(15);
        seconds.map(|at| Some((at, i64::try_from(at).unwrap() + ahead))).collect()
    }

    #[test]
    fn a_whole_window_of_contact_is_needed() {
        check(&[], None);
        check(&steady(0, 105, 1_000), None);
        check(&steady(0, 120, 1_000), Some(1_000));
        check(&steady(0, 300, 1_000), Some(1_180));
    }

    #[test]
    fn an_outage_begins_it_anew() {
        let outage = |after: u64| {
            let mut rounds = steady(0, 300, 0);
            rounds.push(None);
            rounds.extend(steady(900, after, 0));
            rounds
        };
        check(&outage(900), None);
        check(&outage(1_005), None);
        check(&outage(1_020), Some(900));
    }

    #[test]
    fn so_does_a_process_that_slept() {
        let mut rounds = steady(0, 300, 0);
        rounds.extend(steady(331, 406, 0));
        check(&rounds, None);
        rounds.extend(steady(421, 451, 0));
        check(&rounds, Some(331));
    }

    #[test]
    fn and_a_clock_that_was_set() {
        for ahead in [3_600, -3_600] {
            let mut rounds = steady(0, 300, 0);
            rounds.extend(steady(315, 405, ahead));
            check(&rounds, None);
            rounds.extend(steady(420, 435, ahead));
            check(&rounds, Some(315 + ahead));
        }
    }
}
