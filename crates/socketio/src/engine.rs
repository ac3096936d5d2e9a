//! Engine.IO alone: sessions, transports, upgrades and heartbeats, with the application's own
//! messages on top instead of Socket.IO.
//!
//! The calls for one client never overlap: `opened` is finished before its first message is
//! handled, `closed` comes once, after the last message.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use rooms::{CloseReason, Hub, Viewer};

use crate::config::Config;
use crate::encode;
use crate::entered::{Disconnected, Entered};
use crate::handshake::Handshake;
use crate::heartbeat::Heartbeats;
use crate::protocol::Protocol;
use crate::service::tower_service;
use crate::session::Session;
use crate::shared::Shared;
use crate::sid::Sid;
use crate::websocket::CloseCode;
use crate::websocket::connection::Received;

/// The application's side.
#[async_trait]
pub trait Handler: Send + Sync + 'static {
    /// A client has connected. Packets sent here follow directly after the handshake.
    async fn opened(&self, client: &Client, handshake: &Handshake) {
        let _ = (client, handshake);
    }

    /// A client has sent a message.
    async fn message(&self, client: &Client, message: Message<'_>);

    /// A client is gone, and has left all rooms.
    async fn closed(&self, client: &Client, reason: CloseReason) {
        let _ = (client, reason);
    }
}

/// What a client has sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message<'a> {
    /// A text.
    Text(&'a str),
    /// Bytes.
    Binary(Bytes),
}

/// One client, over the transport that it has at the moment. A cheap clone; once the client is
/// gone, every call does nothing, without an error.
#[derive(Clone)]
pub struct Client {
    pub(crate) session: Arc<Session>,
}

impl Client {
    /// The id of its session.
    pub fn sid(&self) -> Sid {
        self.session.sid
    }

    /// Its connection, for rooms. The payload of a text frame begins with the packet type `4`.
    pub fn viewer(&self) -> &Arc<Viewer> {
        self.session.viewer()
    }

    /// Sends a text. False if it was not sent.
    pub fn send_text(&self, text: &str) -> bool {
        self.session.send(&format!("4{text}"))
    }

    /// Sends bytes. False if they were not sent.
    pub fn send_binary(&self, bytes: &[u8]) -> bool {
        self.viewer().send(encode::binary_frame(bytes))
    }

    /// Ends the connection.
    pub fn close(&self) {
        let code = CloseCode::Normal;
        self.session.close_transport(code, code.meaning());
    }
}

/// The messages of the application, without Socket.IO.
struct Bare {
    handler: Arc<dyn Handler>,
}

/// A message for the application; a text with its packet type.
enum Incoming {
    Text(String),
    Binary(Bytes),
}

impl Bare {
    fn hand_over(&self, session: &Arc<Session>, message: Incoming) -> Received {
        let turn = session.turn();
        let handler = Arc::clone(&self.handler);
        Received::Busy(Box::pin(async move {
            let client = Client { session: Arc::clone(turn.session()) };
            let message = match &message {
                Incoming::Text(text) => Message::Text(&text[1..]),
                Incoming::Binary(bytes) => Message::Binary(bytes.clone()),
            };
            handler.message(&client, message).await;
        }))
    }
}

#[async_trait]
impl Protocol<Session> for Bare {
    fn has_namespaces(&self) -> bool {
        false
    }

    fn namespace_name(&self, _: u8) -> &str {
        "/"
    }

    async fn opened(&self, session: &Arc<Session>) {
        let handshake = session.state.lock().handshake.take().unwrap_or_default();
        let client = Client { session: Arc::clone(session) };
        self.handler.opened(&client, &handshake).await;
    }

    fn message(&self, session: &Arc<Session>, text: String) -> Received {
        self.hand_over(session, Incoming::Text(text))
    }

    fn binary(&self, session: &Arc<Session>, bytes: Vec<u8>) -> Received {
        self.hand_over(session, Incoming::Binary(bytes.into()))
    }

    async fn left(&self, session: &Arc<Session>, _: &Entered, reason: Disconnected) {
        if let Disconnected::Closed(reason) = reason {
            self.handler.closed(&Client { session: Arc::clone(session) }, reason).await;
        }
    }
}

/// An Engine.IO server: a tower service for one path. Cloning gives another handle to the same one.
#[derive(Clone)]
pub struct Engine {
    shared: Arc<Shared<Session>>,
}

impl Engine {
    /// A server on this hub, with a clock of its own.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn new(hub: Hub, config: Config, handler: Arc<dyn Handler>) -> Self {
        Self::with_heartbeats(hub, config, handler, Heartbeats::start())
    }

    /// A server whose clock is shared with other endpoints.
    pub fn with_heartbeats(
        hub: Hub,
        config: Config,
        handler: Arc<dyn Handler>,
        heartbeats: Heartbeats,
    ) -> Self {
        let protocol = Arc::new(Bare { handler });
        Self { shared: Shared::new(hub, config, Some(heartbeats), protocol, None, None) }
    }

    /// Sessions now.
    pub fn sessions(&self) -> usize {
        self.shared.sessions()
    }

    /// Takes no new sessions, ends all, and waits for them, but not longer than
    /// [`Config::shutdown_timeout`].
    pub async fn shutdown(&self) {
        self.shared.shutdown(std::time::Duration::ZERO).await;
    }
}

tower_service!(Engine, shared);

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("viewer", self.viewer()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("sessions", &self.sessions()).finish_non_exhaustive()
    }
}
