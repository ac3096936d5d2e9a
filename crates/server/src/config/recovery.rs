//! How long viewers may be away and still recover, and how much they may have missed.

use std::time::Duration;

use super::fault::quoted;
use super::time::whole;

const RECOVERY_SECONDS_MAX: u64 = 86_400;
const RECOVERY_EVENTS_MAX: u64 = 100_000;

/// The window of connection state recovery, as time and as size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Recovery {
    /// Zero turns it off.
    pub(crate) window: Duration,
    /// Events of one route that are sent one by one to a viewer that recovers, or that resumes with
    /// `since`.
    pub(crate) events_max: u64,
}

pub(super) fn seconds(text: &str) -> Result<u64, String> {
    whole(text).filter(|seconds| *seconds <= RECOVERY_SECONDS_MAX).ok_or_else(|| {
        format!(
            "{} is not a whole number of seconds from 0 to {RECOVERY_SECONDS_MAX}",
            quoted(text)
        )
    })
}

pub(super) fn events(text: &str) -> Result<u64, String> {
    whole(text).filter(|events| (1..=RECOVERY_EVENTS_MAX).contains(events)).ok_or_else(|| {
        format!("{} is not a whole number of events from 1 to {RECOVERY_EVENTS_MAX}", quoted(text))
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{faults, served};
    use super::Recovery;
    use std::time::Duration;

    #[test]
    fn a_window_is_a_time_and_a_size() {
        let default = Recovery { window: Duration::from_secs(120), events_max: 1_000 };
        assert_eq!(served(&[], &[], "").recovery, default);
        let config = served(&["--recovery-seconds=0"], &[], "recovery_events = 5");
        assert_eq!(config.recovery, Recovery { window: Duration::ZERO, events_max: 5 });
        assert_eq!(
            faults(&["--recovery-seconds=-1", "--recovery-events=0"], &[], ""),
            [
                "--recovery-seconds: \"-1\" is not a whole number of seconds from 0 to 86400",
                "--recovery-events: \"0\" is not a whole number of events from 1 to 100000",
            ]
        );
    }
}
