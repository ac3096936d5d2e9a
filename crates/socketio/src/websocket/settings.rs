//! Times and bounds of a plain websocket endpoint.

use std::time::Duration;

use crate::pace::Pace;

/// Times and bounds of an [`Endpoint`](super::Endpoint).
#[derive(Clone, Debug)]
pub struct Settings {
    /// Time between a sign of life and the next ping.
    pub ping_interval: Duration,
    /// Time that a client has to answer a ping.
    pub ping_timeout: Duration,
    /// Largest message that a client may send, in bytes.
    pub max_payload: usize,
    /// Time in which a handshake has to be completed.
    pub upgrade_timeout: Duration,
    /// Time that a peer has to answer a close frame.
    pub close_timeout: Duration,
    /// Time in which [`Endpoint::shutdown`](super::Endpoint::shutdown) waits for connections to
    /// end.
    pub shutdown_timeout: Duration,
    /// Handshakes under way at one time.
    pub upgrades_max: usize,
    /// How many messages a client may send; `None` for as many as it likes.
    pub messages: Option<Pace>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            ping_interval: Duration::from_secs(25),
            ping_timeout: Duration::from_secs(20),
            max_payload: 64 << 10,
            upgrade_timeout: Duration::from_secs(10),
            close_timeout: Duration::from_secs(2),
            shutdown_timeout: Duration::from_secs(10),
            upgrades_max: 4_096,
            messages: None,
        }
    }
}
