//! Times and bounds of the server, in one place, each with its unit.
//!
//! The bounds of rooms and outboxes are in [`rooms::Limits`].

use std::time::Duration;

use crate::pace::Pace;

/// Settings of a [`Server`](crate::Server). The defaults are those of the reference implementation,
/// except for the smaller payload and the shorter time to connect.
#[derive(Clone, Debug)]
pub struct Config {
    /// Time between a pong and the next ping.
    pub ping_interval: Duration,
    /// Time that a client has to answer a ping.
    pub ping_timeout: Duration,
    /// Largest message or polling body that a client may send, in bytes; the handshake tells it to
    /// the client.
    pub max_payload: usize,
    /// Time in which a new session has to connect to a namespace. A client does that right after
    /// the handshake.
    pub connect_timeout: Duration,
    /// Time in which a websocket has to take a polling session over.
    pub upgrade_timeout: Duration,
    /// Time that a peer has to answer a websocket close frame.
    pub close_timeout: Duration,
    /// Time in which [`Server::shutdown`](crate::Server::shutdown) waits for connections to end.
    pub shutdown_timeout: Duration,
    /// Sessions at one time.
    pub sessions_max: usize,
    /// Sessions at one time that have connected to no namespace; beyond it the oldest of them is
    /// closed.
    pub unjoined_max: usize,
    /// How many packets a client may send; `None` for as many as it likes.
    pub messages: Option<Pace>,
    /// Websocket handshakes and upgrades under way at one time.
    pub upgrades_max: usize,
    /// Namespaces that one session may be connected to.
    pub namespaces_per_session_max: usize,
    /// Attachments of one binary packet.
    pub attachments_max: usize,
    /// Bytes of all attachments of one binary packet.
    pub attachment_bytes_max: usize,
    /// Answers that one client may owe at one time; see
    /// [`Socket::emit_with_ack`](crate::Socket::emit_with_ack).
    pub acks_max: usize,
    /// Bytes of one polling response, if a single packet is not already larger.
    pub poll_bytes_max: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            ping_interval: Duration::from_secs(25),
            ping_timeout: Duration::from_secs(20),
            max_payload: 64 << 10,
            connect_timeout: Duration::from_secs(10),
            upgrade_timeout: Duration::from_secs(10),
            close_timeout: Duration::from_secs(2),
            shutdown_timeout: Duration::from_secs(10),
            sessions_max: 65_536,
            unjoined_max: 8_192,
            messages: None,
            upgrades_max: 4_096,
            namespaces_per_session_max: 8,
            attachments_max: 16,
            attachment_bytes_max: 256 << 10,
            acks_max: 64,
            poll_bytes_max: 256 << 10,
        }
    }
}
