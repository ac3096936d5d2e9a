//! How a server stops while others go on: how long it announces the stop, and over how long its
//! viewers are moved.

use std::time::Duration;

use super::fault::quoted;
use super::time::whole;

/// A supervisor of the process would kill it if it took longer.
const STOP_SECONDS_MAX: u64 = 300;

/// Both zero by default: a server that is alone has no other to which it could move its viewers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Stopping {
    /// How long `/health/ready` says 503 while requests are still served: a load balancer has to
    /// notice it.
    pub(crate) notice: Duration,
    /// Over how long viewers are moved, evenly.
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
