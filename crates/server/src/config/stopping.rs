//! How a server stops beside others that go on: how long it says so before, and over how long its
//! viewers are told to move.

use std::time::Duration;

use super::fault::quoted;
use super::time::whole;

/// Beyond this, whoever supervises the process loses patience.
const STOP_SECONDS_MAX: u64 = 300;

/// Both zero unless something is said: a server that is alone has nobody to hand its viewers to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Stopping {
    /// How long `/health/ready` says 503 while everything is served still: a balancer has to see it.
    pub(crate) notice: Duration,
    /// Over how long viewers are told to move, evenly.
    pub(crate) spread: Duration,
}

pub(super) fn seconds(text: &str) -> Result<u64, String> {
    whole(text).filter(|seconds| *seconds <= STOP_SECONDS_MAX).ok_or_else(|| {
        format!("{} is not a whole number of seconds from 0 to {STOP_SECONDS_MAX}", quoted(text))
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{faults, served};
    use super::Stopping;
    use std::time::Duration;

    #[test]
    fn a_stop_has_a_notice_and_a_spread() {
        assert_eq!(served(&[], &[], "").stopping, Stopping::default());
        let env = [("SEATWIRE_STOP_NOTICE_SECONDS", "5")];
        let (notice, spread) = (Duration::from_secs(5), Duration::from_secs(300));
        let config = served(&["--stop-spread-seconds=300"], &env, "");
        assert_eq!(config.stopping, Stopping { notice, spread });
        assert_eq!(
            faults(&["--stop-notice-seconds=301"], &[], ""),
            ["--stop-notice-seconds: \"301\" is not a whole number of seconds from 0 to 300"]
        );
    }
}
