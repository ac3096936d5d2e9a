//! WebSocket (RFC 6455), the server's side: handshake, frames, messages, and the task that drives
//! one connection.
//!
//! Output goes through a [`rooms::Viewer`] and never waits here. Input is parsed in the place where
//! it was read, a buffer of the thread; a connection owns bytes only while a frame is incomplete or
//! a message is being handled. Usable without Socket.IO through [`Endpoint`].

pub(crate) mod connection;
pub(crate) mod handshake;
pub(crate) mod header;
pub(crate) mod message;

mod close;
mod endpoint;
mod peer;
mod settings;
mod shared;

pub use close::{CloseCode, close_frame};
pub use endpoint::Endpoint;
pub use peer::{Handler, Peer};
pub use settings::Settings;
