//! From a message to the namespace it is for.
//!
//! What is not of the protocol's form closes the connection; what is well-formed but not possible
//! (an unknown namespace, one too many) is answered. Only connecting, leaving and events are waited for, each as
//! one boxed future: an idle session has none.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use rooms::{CloseReason, Viewer};
use serde_json::value::RawValue;

use crate::acks::{self, Acknowledged};
use crate::aside::Kept;
use crate::attachments::{Partial, Step, are_in_place};
use crate::encode;
use crate::engine::{Client, Handler, Message};
use crate::engine_packet::{self as engine, Kind as Engine};
use crate::loose_json;
use crate::namespace::{Accept, ClientEvent, ConnectRequest, Disconnected, Namespace};
use crate::pace::Verdict;
use crate::packet::{self, Kind, Packet};
use crate::recovery::{self, Admitted, Shown, TryAgain};
use crate::session::{Entered, Session, Turn};
use crate::sid::Sid;
use crate::websocket::connection::{Driven, Received};
use crate::websocket::{CloseCode, close_frame};

/// Names that a client must not use for events: they mean something to every client library.
const RESERVED_EVENTS: [&str; 6] =
    ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"];

/// A message for an application that wants them as they are; a text with its packet type.
enum Incoming {
    Text(String),
    Binary(Bytes),
}

/// What breaks the form of Engine.IO or Socket.IO packets, said to the client as it is closed.
const fn malformed(what: &'static str) -> Received {
    Received::Close(CloseCode::Protocol, what)
}

impl Driven for Session {
    fn viewer(&self) -> &Arc<Viewer> {
        Self::viewer(self)
    }

    fn payload_max(&self) -> usize {
        self.shared.config.max_payload
    }

    fn close_timeout(&self) -> Duration {
        self.shared.config.close_timeout
    }

    fn text(self: &Arc<Self>, text: String) -> Received {
        self.receive(text)
    }

    fn binary(self: &Arc<Self>, bytes: Vec<u8>) -> Received {
        self.receive_binary(bytes)
    }

    fn over(self: &Arc<Self>, reason: CloseReason) {
        self.close(reason);
    }
}

impl Session {
    /// Takes one Engine.IO packet.
    pub(crate) fn receive(self: &Arc<Self>, text: String) -> Received {
        match engine::parse(&text) {
            Some((Engine::Message, _)) => match &self.shared.messages {
                None => self.receive_message(text),
                Some(handler) => self.hand_over(Arc::clone(handler), Incoming::Text(text)),
            },
            Some((Engine::Pong, _)) => {
                self.pong();
                Received::Done
            }
            Some((Engine::Close, _)) => {
                self.client_closes();
                Received::Done
            }
            // These belong to a handshake or an upgrade, and mean nothing outside of one.
            Some((Engine::Open | Engine::Upgrade | Engine::Noop, _)) => Received::Done,
            Some((Engine::Ping, _)) => malformed("in Engine.IO 4 only the server pings"),
            None => malformed("not an Engine.IO packet"),
        }
    }

    /// Takes a binary message.
    pub(crate) fn receive_binary(self: &Arc<Self>, bytes: Vec<u8>) -> Received {
        if let Some(handler) = &self.shared.messages {
            return self.hand_over(Arc::clone(handler), Incoming::Binary(bytes.into()));
        }
        let bytes_max = self.shared.config.attachment_bytes_max;
        let step = self.state.lock().aside.with(|aside| {
            if aside.unwanted > 0 {
                aside.unwanted -= 1;
                return Some(Ok(Step::Wanting));
            }
            let step = aside.partial.as_mut().map(|partial| partial.add(bytes, bytes_max));
            if !matches!(step, Some(Ok(Step::Wanting))) {
                aside.partial = None;
            }
            step
        });
        match step {
            Some(Ok(Step::Wanting)) => Received::Done,
            Some(Ok(Step::Complete(text, attachments))) => self.complete(text, attachments, false),
            Some(Err(code)) => Received::Close(code, "the attachments are too large"),
            None => malformed("bytes that no packet has announced"),
        }
    }

    /// Gives a message to an application that wants them as they are.
    fn hand_over(self: &Arc<Self>, handler: Arc<dyn Handler>, message: Incoming) -> Received {
        let turn = self.turn();
        Received::Busy(Box::pin(async move {
            let client = Client { session: Arc::clone(turn.session()) };
            let message = match &message {
                Incoming::Text(text) => Message::Text(&text[1..]),
                Incoming::Binary(bytes) => Message::Binary(bytes.clone()),
            };
            handler.message(&client, message).await;
        }))
    }

    fn client_closes(self: &Arc<Self>) {
        let polling = self.state.lock().transport == crate::decision::Transport::Polling;
        let reason = CloseReason::Peer;
        if polling {
            self.close(reason);
        } else {
            self.viewer().end([close_frame(CloseCode::Normal, "the client has closed")], reason);
        }
    }

    fn receive_message(self: &Arc<Self>, text: String) -> Received {
        let Ok(packet) = packet::parse(&text[1..]) else {
            return malformed("not a Socket.IO packet");
        };
        if self.state.lock().aside.get().is_some_and(Kept::wants_bytes) {
            return malformed("the attachments of a packet stand together");
        }
        let index = self.shared.namespace(packet.namespace);
        // Who leaves, or gives an answer that it owes, is not held up.
        let verdict = match packet.kind {
            Kind::Disconnect | Kind::Ack | Kind::BinaryAck => Verdict::Serve,
            _ => self.paced(),
        };
        if verdict == Verdict::Close {
            return Received::Close(CloseCode::Policy, "too many messages");
        }
        let is_refused = verdict == Verdict::Refuse;
        match packet.kind {
            // Before the namespace: of `40seats,`, a name without its slash, all is data.
            Kind::Connect if !is_auth(packet.data) => {
                malformed("CONNECT: a namespace begins with a slash, and its data is a JSON object")
            }
            Kind::Connect if is_refused => self.refuse(packet.namespace, "Too many messages"),
            Kind::Connect => match index {
                Some(_) if self.may_connect(index) => {
                    Received::Busy(Box::pin(connect(self.turn(), text)))
                }
                Some(index) if self.entered(Some(index)).is_some() => {
                    malformed("CONNECT to a namespace that is connected")
                }
                Some(_) => self.refuse(packet.namespace, "Too many namespaces"),
                None => self.refuse(packet.namespace, "Invalid namespace"),
            },
            Kind::Disconnect => match index.and_then(|index| self.take_out(index, None)) {
                Some(entered) => self.leave(entered),
                None => Received::Done,
            },
            Kind::ConnectError => malformed("CONNECT_ERROR is the server's to send"),
            _ if self.entered(index).is_none() => {
                malformed("a packet for a namespace that is not connected")
            }
            Kind::Event | Kind::Ack => self.complete(text, Vec::new(), is_refused),
            Kind::BinaryEvent | Kind::BinaryAck => match packet.attachments {
                0 => self.complete(text, Vec::new(), is_refused),
                wanted if wanted > self.shared.config.attachments_max => {
                    Received::Close(CloseCode::TooBig, "too many attachments")
                }
                // Answered at once; what is announced need never come, and is not waited for.
                wanted if is_refused || !self.takes_bytes(index) => {
                    self.state.lock().aside.with(|aside| aside.unwanted = wanted);
                    self.complete(text, Vec::new(), is_refused)
                }
                wanted => {
                    let partial = Partial::new(text, wanted);
                    self.state.lock().aside.with(|aside| aside.partial = Some(partial));
                    Received::Done
                }
            },
        }
    }

    fn refuse(&self, namespace: &str, message: &str) -> Received {
        self.send(&encode::connect_error(namespace, message, None));
        Received::Done
    }

    /// Takes an event or an acknowledgement with all its attachments.
    fn complete(
        self: &Arc<Self>,
        text: String,
        attachments: Vec<Bytes>,
        is_refused: bool,
    ) -> Received {
        let Ok(packet) = packet::parse(&text[1..]) else {
            return malformed("not a Socket.IO packet");
        };
        let is_binary = matches!(packet.kind, Kind::BinaryEvent | Kind::BinaryAck);
        if is_binary && !are_in_place(packet.data, packet.attachments) {
            return malformed("a placeholder for an attachment that does not exist");
        }
        match packet.kind {
            Kind::Ack | Kind::BinaryAck => {
                let Ok(args) = serde_json::from_str(packet.data) else {
                    return malformed("the data of an ACK is a JSON array");
                };
                let namespace = self.shared.namespace(packet.namespace);
                if let (Some(namespace), Some(id)) = (namespace, packet.id) {
                    acks::answered(self, namespace, id, Acknowledged { args, attachments });
                }
                Received::Done
            }
            _ => Received::Busy(Box::pin(event(self.turn(), text, attachments, is_refused))),
        }
    }

    fn leave(self: &Arc<Self>, entered: Entered) -> Received {
        let turn = self.turn();
        Received::Busy(Box::pin(async move {
            let session = turn.session();
            session.tell_left(&entered, Disconnected::ByClient).await;
        }))
    }

    fn takes_bytes(&self, namespace: Option<u8>) -> bool {
        let namespace = namespace.and_then(|at| self.shared.namespaces.get(usize::from(at)));
        namespace.is_some_and(|(_, namespace)| namespace.takes_bytes())
    }

    fn entered(&self, namespace: Option<u8>) -> Option<Entered> {
        let state = self.state.lock();
        state.sockets.iter().find(|entered| Some(entered.namespace) == namespace).cloned()
    }

    fn may_connect(&self, namespace: Option<u8>) -> bool {
        let state = self.state.lock();
        state.sockets.len() < self.shared.config.namespaces_per_session_max
            && state.sockets.iter().all(|entered| Some(entered.namespace) != namespace)
    }
}

async fn connect(turn: Turn, text: String) {
    let session = turn.session();
    let Ok(Packet { namespace: name, data, .. }) = packet::parse(&text[1..]) else { return };
    let Some(index) = session.shared.namespace(name) else { return };
    // It is empty or an object: that was looked at when it came.
    let auth = serde_json::from_str::<&RawValue>(data).ok();
    let Some((_, namespace)) = session.shared.namespaces.get(usize::from(index)) else { return };
    session.shared.joins(session);
    let handshake = session.state.lock().handshake.take().unwrap_or_default();
    let from_javascript = session.state.lock().from_javascript;
    let request = ConnectRequest { auth, handshake: &handshake, from_javascript };
    let shown = Shown::by(&request);
    match namespace.connect(request).await {
        Ok(accept) => {
            let keep = accept.keep_handshake;
            // Events of the rooms that it comes back to follow when it has been told.
            let hold = session.hub().hold(session.viewer(), "", index);
            let Ok(admitted) = admit(session, index, &accept, &shown).await else {
                let why = "it cannot be said now where this client was; come again";
                let code = CloseCode::TryAgainLater;
                return session.say_goodbye(code, why, CloseReason::Application);
            };
            let handshake = keep.then_some(handshake);
            let entered = enter(session, index, accept, admitted, handshake);
            drop(hold);
            if let Some(entered) = entered {
                namespace.connected(&session.socket(&entered)).await;
            }
        }
        Err(error) => {
            session.state.lock().handshake = Some(handshake);
            session.shared.joins_not(session);
            session.send(&encode::connect_error(name, &error.message, error.data.as_deref()));
        }
    }
}

/// Lets the client come back, if it may, to where it was or later to where it will be.
async fn admit(
    session: &Arc<Session>,
    namespace: u8,
    accept: &Accept,
    shown: &Shown,
) -> Result<Option<Admitted>, TryAgain> {
    let (Some(recovery), Some(as_what)) = (&session.shared.recovery, accept.recovery) else {
        return Ok(None);
    };
    recovery::admit(recovery, session, namespace, as_what, accept.sid, shown).await.map(Some)
}

/// Notes that the client is in, then tells it.
fn enter(
    session: &Arc<Session>,
    namespace: u8,
    accept: Accept,
    admitted: Option<Admitted>,
    handshake: Option<Box<crate::handshake::Handshake>>,
) -> Option<Entered> {
    let known =
        admitted.as_ref().and_then(|admitted| admitted.client_session.name()).map(Sid::of_number);
    let Some(sid) = known.or(accept.sid).or_else(|| Sid::random().ok()) else {
        session.close(CloseReason::Application);
        return None;
    };
    let pid = admitted.as_ref().map(|admitted| admitted.pid);
    let client_session = admitted.map(|admitted| admitted.client_session);
    let entered = Entered { namespace, sid, state: accept.state, client_session };
    {
        let mut state = session.state.lock();
        if state.closed.is_some() {
            drop(state);
            session.left(&entered);
            return None;
        }
        state.handshake = handshake;
        state.connect_by = None;
        state.sockets.push(entered.clone());
    }
    let name = session.namespace_name(namespace);
    session.send(&encode::connect(name, sid, pid));
    Some(entered)
}

async fn event(turn: Turn, text: String, attachments: Vec<Bytes>, is_refused: bool) {
    let session = turn.session();
    let Ok(packet) = packet::parse(&text[1..]) else { return };
    let Some(entered) = session.entered(session.shared.namespace(packet.namespace)) else { return };
    let Some((_, namespace)) = session.shared.namespaces.get(usize::from(entered.namespace)) else {
        return;
    };
    let args = arguments(packet.data);
    let Some((name, args)) = args.as_ref().and_then(|args| args.split_first()) else {
        return not_an_event(session, "the data of an EVENT is a JSON array with a name");
    };
    let Some(name) = event_name(name) else {
        return not_an_event(
            session,
            "an event's name is a string that is not reserved, or a number",
        );
    };
    let left_out = packet.attachments - attachments.len().min(packet.attachments);
    let event =
        ClientEvent { name: &name, args, attachments: &attachments, left_out, ack: packet.id };
    let namespace: &Arc<dyn Namespace> = namespace;
    let socket = session.socket(&entered);
    if is_refused {
        return namespace.refused(&socket, event).await;
    }
    namespace.event(&socket, event).await;
}

fn arguments(data: &str) -> Option<Vec<&RawValue>> {
    serde_json::from_str(data).ok()
}

/// A string that is not reserved, or a number.
fn event_name(name: &RawValue) -> Option<String> {
    match serde_json::from_str(name.get()) {
        Ok(serde_json::Value::String(name)) => {
            (!RESERVED_EVENTS.contains(&name.as_str())).then_some(name)
        }
        Ok(serde_json::Value::Number(number)) => Some(number.to_string()),
        Ok(_) => None,
        // JavaScript sends lone surrogates. Such a name is nobody's, but its sender gets an answer.
        Err(_) => loose_json::lossy(name.get()),
    }
}

/// What may stand behind a namespace in CONNECT.
fn is_auth(data: &str) -> bool {
    let is_object = |auth: &RawValue| auth.get().starts_with('{');
    data.is_empty() || serde_json::from_str::<&RawValue>(data).is_ok_and(is_object)
}

fn not_an_event(session: &Arc<Session>, why: &str) {
    tracing::debug!(sid = %session.sid, "a malformed packet; the connection is closed");
    session.say_goodbye(CloseCode::Protocol, why, CloseReason::Protocol);
}
