//! From a message to the namespace it is for.
//!
//! What is not of the protocol's form closes the connection; what is well-formed but not possible
//! (an unknown namespace) is answered. Only connecting, leaving and events are waited for, each as
//! one boxed future: an idle session has none.

use std::sync::Arc;

use serde_json::value::RawValue;

use crate::encode;
use crate::engine_packet::{self as engine, Kind as Engine};
use crate::namespace::{Accept, ClientEvent, ConnectRequest, Disconnected, Namespace};
use crate::packet::{self, Kind, Packet};
use crate::session::{Entered, Session, Turn};
use crate::sid::Sid;
use crate::websocket::connection::Received;
use crate::websocket::{CloseCode, close_frame};

/// Names that a client must not use for events: they mean something to every client library.
const RESERVED_EVENTS: [&str; 6] =
    ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"];

const MALFORMED: Received = Received::Close(CloseCode::Protocol);

impl Session {
    /// Takes one Engine.IO packet.
    pub(crate) fn receive(self: &Arc<Self>, text: String) -> Received {
        match engine::parse(&text) {
            Some((Engine::Message, _)) => self.receive_message(text),
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
            // In this revision only the server pings.
            Some((Engine::Ping, _)) | None => MALFORMED,
        }
    }

    fn client_closes(self: &Arc<Self>) {
        let polling = self.state.lock().transport == crate::decision::Transport::Polling;
        let reason = rooms::CloseReason::Peer;
        if polling {
            self.close(reason);
        } else {
            self.viewer().end([close_frame(CloseCode::Normal)], reason);
        }
    }

    fn receive_message(self: &Arc<Self>, text: String) -> Received {
        let Ok(packet) = packet::parse(&text[1..]) else { return MALFORMED };
        let index = self.shared.namespace(packet.namespace);
        match packet.kind {
            Kind::Connect => match index {
                Some(_) if self.may_connect(index) => self.begin(text, connect),
                Some(_) => MALFORMED,
                None => {
                    self.send(&encode::connect_error(packet.namespace, "Invalid namespace", None));
                    Received::Done
                }
            },
            Kind::Disconnect => match index.and_then(|index| self.take_out(index, None)) {
                Some(entered) => self.leave(entered),
                None => Received::Done,
            },
            Kind::Event if self.entered(index).is_some() => self.begin(text, event),
            // The server never asks for acknowledgements, so there is nobody to hand it to.
            Kind::Ack if self.entered(index).is_some() => match arguments(packet.data) {
                Some(_) => Received::Done,
                None => MALFORMED,
            },
            Kind::Event | Kind::Ack | Kind::ConnectError => MALFORMED,
            Kind::BinaryEvent | Kind::BinaryAck => Received::Close(CloseCode::Unsupported),
        }
    }

    /// Handles a packet in a future of its own, which is tried at once by whoever drives it.
    fn begin<F>(self: &Arc<Self>, text: String, handle: fn(Turn, String) -> F) -> Received
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Received::Busy(Box::pin(handle(self.turn(), text)))
    }

    fn leave(self: &Arc<Self>, entered: Entered) -> Received {
        let turn = self.turn();
        Received::Busy(Box::pin(async move {
            let session = turn.session();
            if let Some((_, namespace)) =
                session.shared.namespaces.get(usize::from(entered.namespace))
            {
                let socket = session.socket(&entered);
                namespace.disconnect(&socket, Disconnected::ByClient).await;
            }
        }))
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
    let auth = match data {
        "" => None,
        data => match serde_json::from_str::<&RawValue>(data) {
            Ok(auth) if auth.get().starts_with('{') => Some(auth),
            _ => return malformed(session),
        },
    };
    let Some((_, namespace)) = session.shared.namespaces.get(usize::from(index)) else { return };
    let handshake = session.state.lock().handshake.take().unwrap_or_default();
    let request = ConnectRequest { auth, handshake: &handshake };
    match namespace.connect(request).await {
        Ok(accept) => {
            let keep = session.shared.namespaces.len() > 1;
            if let Some(entered) = enter(session, index, accept, keep.then_some(handshake)) {
                namespace.connected(&session.socket(&entered)).await;
            }
        }
        Err(error) => {
            session.state.lock().handshake = Some(handshake);
            session.send(&encode::connect_error(name, &error.message, error.data.as_deref()));
        }
    }
}

/// Notes that the client is in, then tells it.
fn enter(
    session: &Arc<Session>,
    namespace: u8,
    accept: Accept,
    handshake: Option<Box<crate::handshake::Handshake>>,
) -> Option<Entered> {
    let Some(sid) = accept.sid.or_else(|| Sid::random().ok()) else {
        session.close(rooms::CloseReason::Application);
        return None;
    };
    let entered = Entered { namespace, sid, state: accept.state };
    {
        let mut state = session.state.lock();
        if state.closed.is_some() {
            return None;
        }
        state.handshake = handshake;
        state.connect_by = None;
        state.sockets.push(entered.clone());
    }
    let name = session.namespace_name(namespace);
    session.send(&encode::connect(name, sid, accept.pid.as_deref()));
    Some(entered)
}

async fn event(turn: Turn, text: String) {
    let session = turn.session();
    let Ok(packet) = packet::parse(&text[1..]) else { return };
    let Some(entered) = session.entered(session.shared.namespace(packet.namespace)) else { return };
    let Some((_, namespace)) = session.shared.namespaces.get(usize::from(entered.namespace)) else {
        return;
    };
    let args = arguments(packet.data);
    let Some((name, args)) = args.as_ref().and_then(|args| args.split_first()) else {
        return malformed(session);
    };
    let Some(name) = event_name(name) else { return malformed(session) };
    let event = ClientEvent { name: &name, args, ack: packet.id };
    let namespace: &Arc<dyn Namespace> = namespace;
    namespace.event(&session.socket(&entered), event).await;
}

fn arguments(data: &str) -> Option<Vec<&RawValue>> {
    serde_json::from_str(data).ok()
}

/// A string that is not reserved, or a number.
fn event_name(name: &RawValue) -> Option<String> {
    match serde_json::from_str(name.get()).ok()? {
        serde_json::Value::String(name) if !RESERVED_EVENTS.contains(&name.as_str()) => Some(name),
        serde_json::Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn malformed(session: &Arc<Session>) {
    session.say_goodbye(CloseCode::Protocol, rooms::CloseReason::Protocol);
}
