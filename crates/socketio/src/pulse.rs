//! The heartbeat of one connection: a ping, a pong within the time-out, a pause, and again.
//!
//! Plain data: it gets the time and returns what to do. A connection has one timer at any moment,
//! so it also returns when to call it again.

use std::time::Duration;

use crate::heartbeat::ticks;
use crate::wheel::Tick;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Pulse {
    /// The next ping or, while a pong is waited for, the end of the connection.
    due: Tick,
    waiting: bool,
}

/// What to do with a connection now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Beat {
    Nothing,
    Ping,
    Expire,
}

/// Times of a heartbeat, in ticks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rhythm {
    interval: u64,
    timeout: u64,
}

impl Rhythm {
    pub(crate) fn new(interval: Duration, timeout: Duration) -> Self {
        Self { interval: ticks(interval), timeout: ticks(timeout) }
    }
}

impl Pulse {
    pub(crate) fn new(now: Tick, rhythm: Rhythm) -> Self {
        Self { due: now.after(rhythm.interval), waiting: false }
    }

    /// The answer has come.
    pub(crate) fn pong(&mut self, now: Tick, rhythm: Rhythm) {
        if self.waiting {
            *self = Self::new(now, rhythm);
        }
    }

    /// True if a pong has not come in time.
    pub(crate) fn is_overdue(&self, now: Tick) -> bool {
        self.waiting && now >= self.due
    }

    /// Returns what is due, and when to call again.
    pub(crate) fn beat(&mut self, now: Tick, rhythm: Rhythm) -> (Beat, Tick) {
        if now < self.due {
            return (Beat::Nothing, self.due);
        }
        if self.waiting {
            return (Beat::Expire, self.due);
        }
        *self = Self { due: now.after(rhythm.timeout), waiting: true };
        // If the pong comes soon, the next ping may be due before this time-out.
        (Beat::Ping, now.after(rhythm.timeout.min(rhythm.interval)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RHYTHM: Rhythm = Rhythm { interval: 25, timeout: 20 };

    #[test]
    fn an_answered_ping_is_followed_by_a_pause() {
        let mut pulse = Pulse::new(Tick(0), RHYTHM);
        assert_eq!(pulse.beat(Tick(10), RHYTHM), (Beat::Nothing, Tick(25)));
        assert_eq!(pulse.beat(Tick(25), RHYTHM), (Beat::Ping, Tick(45)));
        pulse.pong(Tick(30), RHYTHM);
        assert_eq!(pulse.beat(Tick(45), RHYTHM), (Beat::Nothing, Tick(55)));
        assert_eq!(pulse.beat(Tick(55), RHYTHM), (Beat::Ping, Tick(75)));
    }

    #[test]
    fn an_unanswered_ping_is_the_end_and_a_stray_pong_is_not_a_beginning() {
        let mut pulse = Pulse::new(Tick(0), RHYTHM);
        pulse.pong(Tick(20), RHYTHM);
        assert_eq!(pulse.beat(Tick(25), RHYTHM).0, Beat::Ping);
        assert_eq!(pulse.beat(Tick(44), RHYTHM), (Beat::Nothing, Tick(45)));
        assert_eq!(pulse.beat(Tick(45), RHYTHM).0, Beat::Expire);
    }
}
