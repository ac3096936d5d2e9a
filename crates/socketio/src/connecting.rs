//! A client connects to a namespace: the application decides, then the client gets the answer, then
//! it is in.

use std::sync::Arc;

use rooms::CloseReason;
use serde_json::value::RawValue;

use crate::encode;
use crate::entered::Entered;
use crate::handshake::Handshake;
use crate::namespace::{Accept, ConnectRequest, Namespace};
use crate::packet::{self, Packet};
use crate::recovery::{self, Admitted, Shown, TryAgain};
use crate::session::{Session, Turn};
use crate::sid::Sid;
use crate::socket::Socket;
use crate::websocket::CloseCode;

/// Handles a CONNECT; `text` is the whole packet.
pub(crate) async fn connect(
    turn: Turn,
    text: String,
    (index, scope, namespace): (u8, Arc<str>, Arc<dyn Namespace>),
) {
    let session = turn.session();
    let Ok(Packet { namespace: name, data, .. }) = packet::parse(&text[1..]) else { return };
    // It is empty or an object: that was checked when the packet came.
    let auth = serde_json::from_str::<&RawValue>(data).ok();
    session.shared.joins(session.sid);
    let handshake = session.state.lock().handshake.take().unwrap_or_default();
    let from_javascript = session.state.lock().from_javascript;
    let request = ConnectRequest { auth, handshake: &handshake, from_javascript };
    let shown = Shown::by(&request);
    match namespace.connect(request).await {
        Ok(accept) => {
            let keep = accept.keep_handshake;
            // Events of the rooms that are recovered follow after the answer.
            let hold = session.hub().hold(session.viewer(), "", index);
            let Ok(admitted) = admit(session, (index, scope), &accept, &shown).await else {
                let why = "it cannot be said now where this client was; come again";
                let code = CloseCode::TryAgainLater;
                return session.say_goodbye(code, why, CloseReason::Application);
            };
            let handshake = keep.then_some(handshake);
            let entered = enter(session, index, accept, admitted, handshake);
            drop(hold);
            if let Some(entered) = entered {
                namespace.connected(&Socket::of(session, &entered)).await;
            }
        }
        Err(error) => {
            session.note_told();
            let is_in_none = {
                let mut state = session.state.lock();
                state.handshake = Some(handshake);
                state.connect_by.is_some()
            };
            // A client that is in a namespace already has joined, with any result of this CONNECT.
            if is_in_none {
                session.shared.joins_not(session.sid);
            }
            session.send(&encode::connect_error(name, &error.message, error.data.as_deref()));
        }
    }
}

/// Recovers the client if it may be recovered, or else begins a session that can be recovered
/// later.
async fn admit(
    session: &Arc<Session>,
    scope: (u8, Arc<str>),
    accept: &Accept,
    shown: &Shown,
) -> Result<Option<Admitted>, TryAgain> {
    let (Some(recovery), Some(as_what)) = (&session.shared.recovery, accept.recovery) else {
        return Ok(None);
    };
    recovery::admit(recovery, session, scope, as_what, accept.sid, shown).await.map(Some)
}

/// Notes that the client is in, then answers it.
fn enter(
    session: &Arc<Session>,
    namespace: u8,
    accept: Accept,
    admitted: Option<Admitted>,
    handshake: Option<Box<Handshake>>,
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
        if state.aside.get().is_some() {
            state.aside.with(|aside| aside.is_told_unbegun = false);
        }
        state.sockets.push(entered.clone());
    }
    let name = session.namespace_name(namespace);
    session.send(&encode::connect(name, sid, pid));
    Some(entered)
}
