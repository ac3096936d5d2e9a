//! Wrong attempts in a row, each of which doubles the wait before the next one. No request is kept
//! waiting: one that comes too early is refused with the time to wait.

use jiff::{SignedDuration, Timestamp};

/// How a count of wrong attempts becomes a wait.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    /// Attempts without a wait: people mistype.
    pub(crate) free: u32,
    /// The longest wait.
    pub(crate) wait_seconds_max: i64,
    /// After this time without a wrong attempt the earlier ones are forgotten.
    pub(crate) forgotten_after_seconds: i64,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Wrong {
    count: u32,
    last: Timestamp,
}

/// The attempt was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooEarly {
    /// At least 1.
    pub(crate) retry_after_seconds: u16,
}

impl TooEarly {
    pub(crate) fn wait(until: Timestamp, now: Timestamp) -> Self {
        // Rounded up, so that a retry after that time is not too early again.
        let seconds = (until.duration_since(now).as_millis() + 999) / 1_000;
        Self { retry_after_seconds: u16::try_from(seconds.max(1)).unwrap_or(u16::MAX) }
    }
}

impl Wrong {
    pub(crate) fn none(now: Timestamp) -> Self {
        Self { count: 0, last: now }
    }

    pub(crate) fn one_more(self, terms: Terms, now: Timestamp) -> Self {
        let quiet = now.duration_since(self.last);
        let forgotten = quiet > SignedDuration::from_secs(terms.forgotten_after_seconds);
        let before = if forgotten { 0 } else { self.count };
        Self { count: before.saturating_add(1), last: now }
    }

    pub(crate) fn one_less(self) -> Self {
        Self { count: self.count.saturating_sub(1), ..self }
    }

    /// Doubles with every wrong attempt beyond the free ones: 1 s, 2 s, 4 s, …
    pub(crate) fn wait_until(self, terms: Terms) -> Timestamp {
        let Some(beyond) = self.count.checked_sub(terms.free + 1) else { return self.last };
        let seconds = 1_i64.checked_shl(beyond).filter(|seconds| *seconds > 0);
        let seconds = seconds.unwrap_or(terms.wait_seconds_max).min(terms.wait_seconds_max);
        self.last + SignedDuration::from_secs(seconds)
    }
}
