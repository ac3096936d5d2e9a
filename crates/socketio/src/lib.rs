//! A Socket.IO v5 / Engine.IO v4 server for hyper and axum, built on [`rooms`].
//!
//! Complete as the protocol texts have it, strict about what clients send, and small: an idle
//! connection owns no buffer, no timer and no task of HTTP, and an event for ten thousand of them
//! is encoded once. Stock clients in any language connect to it.
//!
//! ```
//! use std::sync::Arc;
//!
//! use async_trait::async_trait;
//! use rooms::{Hub, Limits, NoHistory};
//! use socketio::{Accept, ClientEvent, ConnectError, ConnectRequest, Namespace, Server, Socket};
//!
//! struct Chat;
//!
//! #[async_trait]
//! impl Namespace for Chat {
//!     // No client is in before this says so: the place for what others call middleware.
//!     async fn connect(&self, request: ConnectRequest<'_>) -> Result<Accept, ConnectError> {
//!         match request.auth_str("name") {
//!             Ok(Some(name)) => Ok(Accept::new(name)),
//!             _ => Err(ConnectError::new("a name is needed")),
//!         }
//!     }
//!
//!     async fn connected(&self, socket: &Socket) {
//!         let _ = socket.enter("lobby").await;
//!     }
//!
//!     async fn event(&self, socket: &Socket, event: ClientEvent<'_>) {
//!         if let ("say", [text]) = (event.name, event.args) {
//!             // To everyone in the room but this one.
//!             socket.broadcast("lobby", "said", text.get());
//!         }
//!         if let Some(ack) = event.ack {
//!             socket.ack(ack, "true");
//!         }
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! let hub = Hub::new(Limits::default(), Arc::new(NoHistory), 0);
//! let server = Server::builder().namespace("/", Arc::new(Chat)).build(hub);
//! let routes = axum::Router::new().route_service("/socket.io/", server.clone());
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! let signal = async move {
//! #   if false {
//!     let _ = tokio::signal::ctrl_c().await;
//! #   }
//!     // Ends transports, not namespaces: clients will look for another server.
//!     server.shutdown().await;
//! };
//! axum::serve(listener, routes).with_graceful_shutdown(signal).await
//! # }
//! ```
//!
//! `examples/chat.rs` has more of it: data of a refusal, questions to a client, rooms. The servers
//! that the protocols' own conformance suites expect are there too.
//!
//! # Layers
//!
//! ```text
//!   Namespace, Socket      events, acknowledgements, bytes, rooms, recovery      (this module)
//!   engine::Handler        messages of a session, whatever its transport         (engine)
//!   websocket::Handler     messages of a plain websocket                         (websocket)
//!   rooms::Viewer          what goes out: one order, one buffer, one bound       (rooms)
//! ```
//!
//! Each knows only the layers below it, and each can be used alone: [`engine::Engine`] is Engine.IO
//! with messages of your own, [`websocket::Endpoint`] is RFC 6455. All output goes through a
//! [`rooms::Viewer`], so packets and the events of rooms have one order. All three are [tower]
//! services that never read the path: the router decides where they are mounted, which origins may
//! use them (CORS and its preflights), and which limits clients have.
//!
//! # What always holds
//!
//! - A namespace accepts a client before the client gets the confirmation, and its `connected` runs
//!   before the client's first packet is handled: no handler comes too late.
//! - The packets of one connection are handled one at a time, in order. While one is being handled,
//!   nothing more is read from that client: this is the only backpressure, and no other is needed.
//!   So do not wait for a client's answer in its own handler.
//! - A packet that breaks the protocol's form closes the connection; one that is well-formed but
//!   cannot be carried out is answered. A text is refused at its first wrong byte.
//! - No input makes it panic, or keep more than it has received: memory is never reserved for a
//!   length that is only claimed.
//! - A handler that is running finishes, even if its client has gone: half a subscription is of no
//!   use. `disconnect` comes once for every `connected`, after the last event.
//!
//! # Recovery
//!
//! With [`Builder::recovery`] a stock JavaScript client that lost its connection is in its rooms
//! again and gets exactly what it missed (`socket.recovered`), also after a restart if the
//! [`rooms::recovery::Keeper`] outlives the process. Without it, and in other clients, every
//! connection is a new one.
//!
//! # Bounds
//!
//! | bound | default | beyond it |
//! |---|---|---|
//! | [`Config::max_payload`] | 64 KiB | websocket closed with 1009, POST answered with 413 |
//! | [`Config::sessions_max`], [`Config::upgrades_max`] | 65,536, 4,096 | 503 with `Retry-After` |
//! | [`Config::unjoined_max`] | 8,192 | of the clients that have connected to no namespace, the oldest is closed |
//! | [`Config::connect_timeout`] | 10 s | a client that has connected to no namespace is closed |
//! | [`Config::messages`] | none | [`Namespace::refused`], and closed with 1008 if it goes on |
//! | [`Config::upgrade_timeout`] | 10 s | the upgrade is given up, its session goes on polling |
//! | [`Config::namespaces_per_session_max`] | 8 | `connect_error` "Too many namespaces" |
//! | [`Config::attachments_max`], [`Config::attachment_bytes_max`] | 16, 256 KiB | closed with 1009 |
//! | [`Config::acks_max`] | 64 | [`AckError::TooMany`] |
//! | [`Config::poll_bytes_max`] | 256 KiB | the next poll goes on |
//! | polls and bodies at a time | one each | 400, and the session is over |
//! | [`rooms::Limits::rooms_per_viewer_max`] | 64 | [`rooms::JoinError::TooManyRooms`] |
//! | [`rooms::Limits::outbox_bytes_max`] | 256 KiB | closed with 1013: come again |
//! | [`rooms::Limits::lag_events_max`], [`rooms::Limits::log_bytes_max`] | 10,000, 1 MiB | a viewer that is further behind is closed with 1013 |
//!
//! A message that you send must fit into `outbox_bytes_max`, even if nothing else waits. The time
//! in which a request's head has to arrive is the HTTP server's
//! ([`header_read_timeout`](hyper::server::conn::http1::Builder::header_read_timeout)).
//!
//! # Streams and TLS
//!
//! Any stream that hyper serves will do. A [`TcpStream`](tokio::net::TcpStream) under hyper's own
//! [`TokioIo`](hyper_util::rt::TokioIo) is taken out of all its wrappers when it has become a
//! websocket, and is written to directly. Any other stream, and TLS is one (accept with
//! tokio-rustls, then `serve_connection(TokioIo::new(tls), …).with_upgrades()`), goes through one
//! boxed adapter: it behaves the same and costs what TLS costs, since ciphertext cannot be shared.
//! axum's accept loop counts as such a stream.
//!
//! # No compression
//!
//! `permessage-deflate` is not negotiated, even if a client asks for it. A frame is encoded once
//! and shared by all clients that get it; compressed with a window per connection, it would be made
//! again for each, and each would keep tens of kilobytes of window where it now keeps a cursor.
//! Events of rooms are some hundred bytes, which compress little and would wait for it. And a
//! secret compressed together with what an attacker chose can be guessed from its length (as in
//! CRIME and BREACH).

#![warn(missing_docs)]

pub mod encode;
pub mod engine;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
pub mod loose_json;
pub mod websocket;

mod acknowledged;
mod acks;
mod aside;
mod attachments;
mod body;
mod broadcast;
mod config;
mod connecting;
mod decision;
mod dispatch;
mod engine_packet;
mod entered;
mod handshake;
mod heartbeat;
mod javascript;
mod namespace;
mod pace;
mod pacing;
mod packet;
mod polling;
mod post;
mod probe;
mod protocol;
mod pulse;
mod receiving;
mod recovery;
mod refusal;
mod requests;
mod served_stream;
mod server;
mod service;
mod session;
mod sessions;
mod shared;
mod shutdown;
mod sid;
mod socket;
pub mod spread;
mod unbegun;
mod upgraded;
mod wheel;

pub use acknowledged::Acknowledged;
pub use acks::AckError;
pub use body::{Body, HoldsHeadBack, Waits};
pub use config::Config;
pub use entered::Disconnected;
pub use handshake::{Handshake, Remote};
pub use heartbeat::Heartbeats;
pub use namespace::{Accept, ClientEvent, ConnectError, ConnectRequest, Namespace, Recoverable};
pub use pace::Pace;
pub use packet::AckId;
pub use served_stream::{Served, ServedStream};
pub use server::{Builder, Server};
pub use sid::Sid;
pub use socket::{Socket, WeakSocket};
pub use unbegun::Unbegun;
