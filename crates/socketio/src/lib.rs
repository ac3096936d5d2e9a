//! A Socket.IO v5 / Engine.IO v4 server for hyper and axum, built on `rooms`.
//!
//! Three layers, each of which knows only the one below: [`websocket`] (RFC 6455, usable alone),
//! [`engine`] (sessions over two transports, upgrade, heartbeats) and Socket.IO (namespaces, events,
//! acknowledgements). What goes out goes through a [`rooms::Viewer`], so packets and the events of
//! rooms stand in one order, whatever the transport.
//!
//! What always holds:
//! - A namespace has accepted a client before the client is told so; the packets of one connection
//!   are handled one at a time, in order.
//! - An idle connection owns no buffer and no timer of its own.
//! - No input makes it panic, or allocate more than it has received.
//!
//! This crate knows nothing of what its users send: no seats, no tickets, no SQL.

pub mod encode;
pub mod engine;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
pub mod websocket;

mod acks;
mod aside;
mod attachments;
mod body;
mod broadcast;
mod config;
mod decision;
mod dispatch;
mod engine_packet;
mod handshake;
mod heartbeat;
mod memory_sessions;
mod namespace;
mod packet;
mod polling;
mod post;
mod probe;
mod pulse;
mod recovery;
mod refusal;
mod server;
mod service;
mod session;
mod shared;
mod sid;
mod socket;
mod stays;
mod upgraded;
mod wheel;

pub use acks::{AckError, Acknowledged};
pub use body::Body;
pub use config::Config;
pub use handshake::{Handshake, Remote};
pub use heartbeat::Heartbeats;
pub use memory_sessions::MemorySessions;
pub use namespace::{Accept, ClientEvent, ConnectError, ConnectRequest, Disconnected, Namespace};
pub use packet::AckId;
pub use recovery::{
    KeeperError, Recoverable, RecoveryConfig, RecoveryStats, SavedSession, SessionKeeper,
    SessionKey,
};
pub use server::{Builder, Server};
pub use sid::Sid;
pub use socket::Socket;
