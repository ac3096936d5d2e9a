//! The application as this server sees it: a namespace that accepts clients and handles their
//! events.
//!
//! The calls for one connection never overlap. `connect` is finished before the client gets any
//! answer; `connected` before any later packet of this client is handled; `disconnect` comes once
//! for every `connected`, after the last event.

use std::any::Any;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use rooms::View;
use serde_json::value::RawValue;

use crate::attachments::behind;
use crate::entered::Disconnected;
use crate::handshake::Handshake;
use crate::loose_json::{self, Unusable};
use crate::packet::AckId;
use crate::sid::Sid;
use crate::socket::Socket;

/// The application's side of a namespace.
#[async_trait]
pub trait Namespace: Send + Sync + 'static {
    /// Decides whether a client may connect. The client has no answer yet.
    async fn connect(&self, request: ConnectRequest<'_>) -> Result<Accept, ConnectError>;

    /// The client has its answer. Packets and rooms from here follow directly after it.
    async fn connected(&self, socket: &Socket) {
        let _ = socket;
    }

    /// Whether events may carry bytes. If not, their bytes are not kept: the event comes at once,
    /// without them ([`ClientEvent::left_out`]).
    fn takes_bytes(&self) -> bool {
        true
    }

    /// The client has sent an event.
    async fn event(&self, socket: &Socket, event: ClientEvent<'_>);

    /// The client has sent an event beyond [`Config::messages`](crate::Config): it is not carried
    /// out, only answered. A client that goes on is closed.
    async fn refused(&self, socket: &Socket, event: ClientEvent<'_>) {
        let _ = (socket, event);
    }

    /// The client has left the namespace, or its connection is over. It has left its rooms.
    async fn disconnect(&self, socket: &Socket, reason: Disconnected) {
        let _ = (socket, reason);
    }
}

/// A client that asks to connect.
#[derive(Debug)]
pub struct ConnectRequest<'a> {
    /// The JSON object that it sent along.
    pub auth: Option<&'a RawValue>,
    /// The request that began its session; see [`Accept::keep_handshake`].
    pub handshake: &'a Handshake,
    /// See [`Handshake::is_from_javascript`]; true to the end of the session.
    pub from_javascript: bool,
}

impl ConnectRequest<'_> {
    /// A string field of the auth object, even if other fields are unreadable; `None` if it is not
    /// there or `null`.
    pub fn auth_str(&self, field: &str) -> Result<Option<String>, Unusable> {
        self.auth.map_or(Ok(None), |auth| loose_json::string_field(auth.get(), field))
    }

    /// Whether the client can make use of a pid and of offsets: it says so (`auth: {recovery:
    /// true}` or `false`), it sends a pid, which only such clients get, or it is the JavaScript
    /// client, which can since 4.6. An older one looks the same: its handlers get the offset as an
    /// argument that they do not expect.
    pub fn can_recover(&self) -> bool {
        let field = |name| self.auth.and_then(|auth| loose_json::field(auth.get(), name).ok()?);
        match field("recovery").map(RawValue::get) {
            Some("true") => true,
            Some("false") => false,
            _ => self.from_javascript || field("pid").is_some_and(|pid| pid.get() != "null"),
        }
    }
}

/// A client is accepted.
#[derive(Clone)]
pub struct Accept {
    /// What the application keeps for it; see [`Socket::state`].
    pub state: Arc<dyn Any + Send + Sync>,
    /// The id of the socket; if there is none, a new one, or that of the recovered session.
    pub sid: Option<Sid>,
    /// How the client may be recovered, if it can ([`ConnectRequest::can_recover`]) and the server
    /// allows it ([`Builder::recovery`](crate::Builder::recovery)).
    pub recovery: Option<Recoverable>,
    /// Whether the request that began the session is kept, for when the client leaves this
    /// namespace and connects again, or connects to another one: some hundred bytes for as long as
    /// it is connected. If it is not kept, the later request is empty. True unless it is set.
    pub keep_handshake: bool,
}

impl Accept {
    /// Accepts a client with this state.
    pub fn new(state: impl Any + Send + Sync) -> Self {
        Self { state: Arc::new(state), sid: None, recovery: None, keep_handshake: true }
    }
}

impl std::fmt::Debug for Accept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Accept").field("sid", &self.sid).finish_non_exhaustive()
    }
}

/// How a client may be recovered; see [`Accept::recovery`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Recoverable {
    /// The owner of its session: see [`rooms::recovery::Owner`].
    pub owner: Option<u128>,
    /// How it sees the rooms in which it is recovered; `None` if it only
    /// [enters](crate::Socket::enter) rooms. The channel is always this namespace's.
    pub view: Option<View>,
}

/// A client is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectError {
    /// The message that it gets.
    pub message: String,
    /// JSON that goes with it.
    pub data: Option<String>,
}

impl ConnectError {
    /// A refusal without data.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), data: None }
    }
}

/// An event from a client.
#[derive(Debug)]
pub struct ClientEvent<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its arguments, each a JSON value.
    pub args: &'a [&'a RawValue],
    /// Bytes that it carries. In the arguments `{"_placeholder":true,"num":n}` stands for the
    /// attachment `n`; it was checked that there is one.
    pub attachments: &'a [Bytes],
    /// How many attachments it was sent with that are not accepted here
    /// ([`Namespace::takes_bytes`]).
    pub left_out: usize,
    /// Set if the client wants an acknowledgement; see [`Socket::ack`].
    pub ack: Option<AckId>,
}

impl ClientEvent<'_> {
    /// The bytes of an argument that is an attachment.
    pub fn bytes(&self, argument: usize) -> Option<&Bytes> {
        behind(self.args.get(argument)?, self.attachments)
    }
}
