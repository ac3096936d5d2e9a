//! One client of a plain websocket endpoint, and the application behind it.

use std::any::Any;
use std::fmt;
use std::sync::{Arc, Weak};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::StatusCode;
use parking_lot::Mutex;
use rooms::{CloseReason, Presence, Viewer};

use super::close::{CloseCode, close_frame};
use super::connection::{Driven, Received};
use super::shared::Shared;
use crate::encode::{Opcode, binary_frame, frame, text_frame};
use crate::handshake::Handshake;
use crate::heartbeat::Beating;
use crate::pace::{Pace, Spent, TOO_MANY_MESSAGES, Verdict};
use crate::pulse::{Beat, Pulse};
use crate::wheel::Tick;

/// The application's side of an endpoint. The calls for one connection never overlap.
#[async_trait]
pub trait Handler: Send + Sync + 'static {
    /// Decides whether a client may connect; what it returns is kept as [`Peer::state`]. A refusal
    /// is answered with its status.
    async fn open(&self, handshake: &Handshake) -> Result<Arc<dyn Any + Send + Sync>, StatusCode>;

    /// The client is connected. No message is handled before this returns.
    async fn opened(&self, peer: &Arc<Peer>) {
        let _ = peer;
    }

    /// A text message.
    async fn text(&self, peer: &Arc<Peer>, text: &str);

    /// A text beyond [`Settings::messages`](super::Settings): it is not carried out, only answered.
    /// A client that goes on is closed.
    async fn refused(&self, peer: &Arc<Peer>, text: &str) {
        let _ = (peer, text);
    }

    /// A binary message. An application that does not override this takes none: the connection is
    /// closed with 1003.
    async fn binary(&self, peer: &Arc<Peer>, bytes: Bytes) {
        drop(bytes);
        peer.end(CloseCode::Unsupported, CloseReason::Protocol);
    }

    /// The connection is over, and all rooms are left.
    async fn closed(&self, peer: &Arc<Peer>, reason: CloseReason) {
        let _ = (peer, reason);
    }
}

/// A connected client. It may be kept and used from anywhere.
pub struct Peer {
    endpoint: Arc<Shared<dyn Handler, Self>>,
    presence: Presence,
    state: Arc<dyn Any + Send + Sync>,
    life: Mutex<Life>,
}

struct Life {
    pulse: Pulse,
    handling: bool,
    closed: Option<CloseReason>,
    /// The allowance spent on messages ([`Settings::messages`](super::Settings)), and on refused
    /// ones.
    spent: Spent,
    refused: Spent,
    is_trusted: bool,
}

impl Peer {
    pub(crate) fn new(
        endpoint: &Arc<Shared<dyn Handler, Self>>,
        presence: Presence,
        state: Arc<dyn Any + Send + Sync>,
    ) -> Arc<Self> {
        let now = endpoint.heartbeats.now();
        let mut pulse = Pulse::new(now, endpoint.rhythm);
        let (_, first_beat) = pulse.beat(now, endpoint.rhythm);
        let life = Mutex::new(Life {
            pulse,
            handling: false,
            closed: None,
            spent: Spent::default(),
            refused: Spent::default(),
            is_trusted: false,
        });
        let endpoint = Arc::clone(endpoint);
        let peer = Arc::new(Self { endpoint, presence, state, life });
        let weak: Weak<Self> = Arc::downgrade(&peer);
        peer.endpoint.heartbeats.add(first_beat, weak);
        peer
    }

    /// Its connection: for rooms, and for sending.
    pub fn viewer(&self) -> &Arc<Viewer> {
        self.presence.viewer()
    }

    /// What the handler returned when it accepted the client; `None` if it is of another type.
    pub fn state<T: Any>(&self) -> Option<&T> {
        self.state.downcast_ref()
    }

    /// Sends a text message. False if it was not sent.
    pub fn send(&self, text: &str) -> bool {
        self.viewer().send(text_frame(text))
    }

    /// Sends a binary message. False if it was not sent.
    pub fn send_binary(&self, bytes: &[u8]) -> bool {
        self.viewer().send(binary_frame(bytes))
    }

    /// Charges it for this many more messages: for a message that costs more than most.
    pub fn charge(&self, messages: u32) {
        let now = self.endpoint.heartbeats.now_us();
        let life = &mut *self.life.lock();
        if let Some(pace) = self.pace(life) {
            pace.charge(&mut life.spent, messages, now);
        }
    }

    /// Whether it may send more messages from now on ([`Pace::with_trusted_times`]).
    pub fn trust(&self, is_trusted: bool) {
        self.life.lock().is_trusted = is_trusted;
    }

    fn pace(&self, life: &Life) -> Option<Pace> {
        self.endpoint.settings.messages.map(|pace| pace.of(life.is_trusted))
    }

    fn paced(&self) -> Verdict {
        let now = self.endpoint.heartbeats.now_us();
        let life = &mut *self.life.lock();
        let Some(pace) = self.pace(life) else { return Verdict::Serve };
        if pace.serves(&mut life.spent, now) {
            Verdict::Serve
        } else if pace.bears(&mut life.refused, now) {
            Verdict::Refuse
        } else {
            Verdict::Close
        }
    }

    /// Closes with a reason of at most 123 bytes.
    pub fn close(&self, code: CloseCode, why: &str) {
        self.viewer().end([close_frame(code, why)], CloseReason::Application);
    }

    pub(crate) fn end(&self, code: CloseCode, reason: CloseReason) {
        self.viewer().end([close_frame(code, code.meaning())], reason);
    }

    fn tell_closed(self: &Arc<Self>) {
        let reason = {
            let life = self.life.lock();
            if life.handling { None } else { life.closed }
        };
        let Some(reason) = reason else { return };
        let peer = Arc::clone(self);
        self.endpoint.tasks.spawn(async move {
            peer.endpoint.handler.closed(&peer, reason).await;
        });
    }
}

impl Driven for Peer {
    fn viewer(&self) -> &Arc<Viewer> {
        Self::viewer(self)
    }

    fn payload_max(&self) -> usize {
        self.endpoint.settings.max_payload
    }

    fn close_timeout(&self) -> Duration {
        self.endpoint.settings.close_timeout
    }

    /// Any input, not only a pong, shows that the peer is there.
    fn alive(&self) {
        let now = self.endpoint.heartbeats.now();
        self.life.lock().pulse.pong(now, self.endpoint.rhythm);
    }

    fn paced(&self) -> Verdict {
        Self::paced(self)
    }

    fn text(self: &Arc<Self>, text: String) -> Received {
        let verdict = self.paced();
        if verdict == Verdict::Close {
            return Received::Close(CloseCode::Policy, TOO_MANY_MESSAGES);
        }
        let turn = Turn::begin(self);
        Received::Busy(Box::pin(async move {
            let handler = &turn.0.endpoint.handler;
            match verdict {
                Verdict::Serve => handler.text(&turn.0, &text).await,
                Verdict::Refuse | Verdict::Close => handler.refused(&turn.0, &text).await,
            }
        }))
    }

    fn binary(self: &Arc<Self>, bytes: Vec<u8>) -> Received {
        if self.paced() != Verdict::Serve {
            return Received::Close(CloseCode::Policy, TOO_MANY_MESSAGES);
        }
        let turn = Turn::begin(self);
        Received::Busy(Box::pin(async move {
            turn.0.endpoint.handler.binary(&turn.0, bytes.into()).await;
        }))
    }

    fn over(self: &Arc<Self>, reason: CloseReason) {
        self.viewer().close(reason);
        self.life.lock().closed = Some(reason);
        self.endpoint.forget(self);
        self.tell_closed();
    }
}

/// The handling of one message; the end of the connection is reported after it.
struct Turn(Arc<Peer>);

impl Turn {
    fn begin(peer: &Arc<Peer>) -> Self {
        peer.life.lock().handling = true;
        Self(Arc::clone(peer))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.life.lock().handling = false;
        self.0.tell_closed();
    }
}

impl Beating for Peer {
    fn beat(self: Arc<Self>, now: Tick) -> Option<Tick> {
        if self.viewer().closed().is_some() {
            return None;
        }
        let (beat, next) = self.life.lock().pulse.beat(now, self.endpoint.rhythm);
        match beat {
            Beat::Nothing => {}
            Beat::Ping => {
                self.viewer().send(frame(Opcode::Ping, b""));
            }
            Beat::Expire => {
                self.viewer().close(CloseReason::Timeout);
                return None;
            }
        }
        Some(next)
    }
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Peer").field("viewer", self.viewer()).finish_non_exhaustive()
    }
}
