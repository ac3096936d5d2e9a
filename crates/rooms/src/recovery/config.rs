//! How long, and for how many clients, sessions are kept, and how often the node reports that it
//! lives.

use std::time::Duration;

/// How often a lease is renewed: as often as the window needs, within these bounds.
const RENEWAL_MIN: Duration = Duration::from_secs(1);
const RENEWAL_MAX: Duration = Duration::from_secs(15);

/// How long, and for how many, sessions are kept.
#[derive(Clone, Debug)]
pub struct RecoveryConfig {
    /// The time in which a client can be recovered. If its node was killed, the time counts from
    /// the end of the node's lease.
    pub window: Duration,
    /// Sessions that wait for their clients at one time; with more, the ones that have waited
    /// longest are given up.
    pub waiting_max: usize,
}

impl Default for RecoveryConfig {
    fn default() -> Self {
        Self { window: Duration::from_secs(120), waiting_max: 65_536 }
    }
}

impl RecoveryConfig {
    pub(super) fn renewed_every(&self) -> Duration {
        (self.window / 8).clamp(RENEWAL_MIN, RENEWAL_MAX)
    }
}
