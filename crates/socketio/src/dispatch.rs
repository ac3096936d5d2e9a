//! Socket.IO above the sessions: from a message to the namespace it is for.
//!
//! A packet that breaks the protocol's form closes the connection; one that is well-formed but not
//! possible (an unknown namespace, one too many) is answered. Only connecting, leaving and events
//! are awaited, each as one boxed future: an idle session has none.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use rooms::CloseReason;
use serde_json::value::RawValue;

use crate::acknowledged::Acknowledged;
use crate::acks;
use crate::aside::Kept;
use crate::attachments::{Partial, Step, are_in_place};
use crate::connecting::connect;
use crate::encode;
use crate::entered::{Disconnected, Entered};
use crate::loose_json;
use crate::namespace::{ClientEvent, Namespace};
use crate::pace::{TOO_MANY_MESSAGES, Verdict};
use crate::packet::{self, Kind};
use crate::protocol::Protocol;
use crate::receiving::malformed;
use crate::session::{Session, Turn};
use crate::socket::Socket;
use crate::websocket::CloseCode;
use crate::websocket::connection::Received;

/// Names that a client must not use for events: they mean something to every client library.
const RESERVED_EVENTS: [&str; 6] =
    ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"];

pub(crate) struct SocketIo {
    /// By name. The place of one is its number in a session.
    pub(crate) namespaces: Vec<(Arc<str>, Arc<dyn Namespace>)>,
}

#[async_trait]
impl Protocol<Session> for SocketIo {
    fn has_namespaces(&self) -> bool {
        true
    }

    fn namespace_name(&self, namespace: u8) -> &str {
        &self.namespace(namespace).0
    }

    async fn opened(&self, _: &Arc<Session>) {
        unreachable!("with namespaces a client has come when it has connected to one")
    }

    fn message(&self, session: &Arc<Session>, text: String) -> Received {
        let Ok(packet) = packet::parse(&text[1..]) else {
            return malformed("not a Socket.IO packet");
        };
        if session.state.lock().aside.get().is_some_and(Kept::wants_bytes) {
            return malformed("the attachments of a packet stand together");
        }
        let index = self.find(packet.namespace);
        let is_answer = matches!(packet.kind, Kind::Ack | Kind::BinaryAck);
        let is_owed = is_answer && acks::is_awaited(session, index, packet.id);
        // A leave, and an answer that the client owes, are always accepted.
        let verdict = match packet.kind {
            Kind::Disconnect => Verdict::Serve,
            _ if is_owed => Verdict::Serve,
            _ => session.paced(),
        };
        if verdict == Verdict::Close {
            return Received::Close(CloseCode::Policy, TOO_MANY_MESSAGES);
        }
        let is_refused = verdict == Verdict::Refuse;
        match packet.kind {
            // Before the namespace: in `40seats,`, a name without its slash, all is data.
            Kind::Connect if !is_auth(packet.data) => {
                malformed("CONNECT: a namespace begins with a slash, and its data is a JSON object")
            }
            Kind::Connect if is_refused => refuse(session, packet.namespace, "Too many messages"),
            Kind::Connect => match index {
                Some(index) if may_connect(session, index) => {
                    let (name, namespace) = self.namespace(index);
                    let namespace = (index, Arc::clone(name), Arc::clone(namespace));
                    Received::Busy(Box::pin(connect(session.turn(), text, namespace)))
                }
                Some(index) if session.entered(index).is_some() => {
                    malformed("CONNECT to a namespace that is connected")
                }
                Some(_) => refuse(session, packet.namespace, "Too many namespaces"),
                None => {
                    session.wants_unknown_namespace();
                    refuse(session, packet.namespace, "Invalid namespace")
                }
            },
            Kind::Disconnect => match index.and_then(|index| session.take_out(index, None)) {
                Some(entered) => leave(session, entered),
                None => Received::Done,
            },
            Kind::ConnectError => malformed("CONNECT_ERROR is the server's to send"),
            _ if index.and_then(|index| session.entered(index)).is_none() => {
                malformed("a packet for a namespace that is not connected")
            }
            // One that comes too late, or was never asked for: nobody reads it.
            Kind::Ack | Kind::BinaryAck
                if !is_owed
                    && packet.data.starts_with('[')
                    && packet.attachments <= session.shared.config.attachments_max =>
            {
                let unwanted = packet.attachments;
                session.state.lock().aside.with(|aside| aside.unwanted = unwanted);
                Received::Done
            }
            Kind::Event | Kind::Ack => self.complete(session, text, Vec::new(), is_refused),
            Kind::BinaryEvent | Kind::BinaryAck => match packet.attachments {
                0 => self.complete(session, text, Vec::new(), is_refused),
                wanted if wanted > session.shared.config.attachments_max => {
                    Received::Close(CloseCode::TooBig, "too many attachments")
                }
                // Answered at once, without waiting for the announced attachments, which may never
                // come.
                wanted if is_refused || !self.takes_bytes(index) => {
                    session.state.lock().aside.with(|aside| aside.unwanted = wanted);
                    self.complete(session, text, Vec::new(), is_refused)
                }
                wanted => {
                    let partial = Partial::new(text, wanted);
                    session.state.lock().aside.with(|aside| aside.partial = Some(partial));
                    Received::Done
                }
            },
        }
    }

    fn binary(&self, session: &Arc<Session>, bytes: Vec<u8>) -> Received {
        let bytes_max = session.shared.config.attachment_bytes_max;
        let step = session.state.lock().aside.with(|aside| {
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
            Some(Ok(Step::Complete(text, attachments))) => {
                self.complete(session, text, attachments, false)
            }
            Some(Err(code)) => Received::Close(code, "the attachments are too large"),
            None => malformed("bytes that no packet has announced"),
        }
    }

    async fn left(&self, session: &Arc<Session>, entered: &Entered, reason: Disconnected) {
        let (_, namespace) = self.namespace(entered.namespace);
        namespace.disconnect(&Socket::of(session, entered), reason).await;
    }
}

impl SocketIo {
    fn find(&self, name: &str) -> Option<u8> {
        let at = self.namespaces.iter().position(|(known, _)| &**known == name)?;
        u8::try_from(at).ok()
    }

    fn namespace(&self, index: u8) -> &(Arc<str>, Arc<dyn Namespace>) {
        let Some(namespace) = self.namespaces.get(usize::from(index)) else {
            unreachable!("a namespace's number is only given to one that the server has")
        };
        namespace
    }

    fn takes_bytes(&self, namespace: Option<u8>) -> bool {
        namespace.is_some_and(|index| self.namespace(index).1.takes_bytes())
    }

    /// Takes an event or an acknowledgement with all its attachments.
    fn complete(
        &self,
        session: &Arc<Session>,
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
                let namespace = self.find(packet.namespace);
                if let (Some(namespace), Some(id)) = (namespace, packet.id) {
                    acks::answered(session, namespace, id, Acknowledged { args, attachments });
                }
                Received::Done
            }
            _ => {
                let Some(index) = self.find(packet.namespace) else {
                    unreachable!("an event is complete only for a namespace that the client is in")
                };
                let namespace = (index, Arc::clone(&self.namespace(index).1));
                let message = (text, attachments);
                Received::Busy(Box::pin(event(session.turn(), namespace, message, is_refused)))
            }
        }
    }
}

fn refuse(session: &Session, namespace: &str, message: &str) -> Received {
    session.send(&encode::connect_error(namespace, message, None));
    Received::Done
}

fn leave(session: &Arc<Session>, entered: Entered) -> Received {
    let turn = session.turn();
    Received::Busy(Box::pin(async move {
        turn.session().tell_left(&entered, Disconnected::ByClient).await;
    }))
}

fn may_connect(session: &Session, namespace: u8) -> bool {
    let state = session.state.lock();
    state.sockets.len() < session.shared.config.namespaces_per_session_max
        && state.sockets.iter().all(|entered| entered.namespace != namespace)
}

async fn event(
    turn: Turn,
    (index, namespace): (u8, Arc<dyn Namespace>),
    (text, attachments): (String, Vec<Bytes>),
    is_refused: bool,
) {
    let session = turn.session();
    let Ok(packet) = packet::parse(&text[1..]) else { return };
    // The server may have removed the client since the packet came.
    let Some(entered) = session.entered(index) else { return };
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
    let socket = Socket::of(session, &entered);
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
        // JavaScript sends lone surrogates. No event has such a name, but the client gets an
        // answer.
        Err(_) => loose_json::lossy(name.get()),
    }
}

/// What may follow a namespace in CONNECT.
fn is_auth(data: &str) -> bool {
    let is_object = |auth: &RawValue| auth.get().starts_with('{');
    data.is_empty() || serde_json::from_str::<&RawValue>(data).is_ok_and(is_object)
}

fn not_an_event(session: &Arc<Session>, why: &str) {
    tracing::debug!(sid = %session.sid, "a malformed packet; the connection is closed");
    session.say_goodbye(CloseCode::Protocol, why, CloseReason::Protocol);
}
