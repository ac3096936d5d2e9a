//! A socket: one client in one namespace, as the application sees it.
//!
//! A cheap clone; it may be kept and used from anywhere. Once the client has left, every call does
//! nothing, without an error.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::sync::{Arc, Weak};
use std::time::Duration;

use bytes::Bytes;
use rooms::recovery::{ClientSession, KeeperError, Plan, Recovery};
use rooms::{Audience, Encoding, Frame, HistoryError, Hold, JoinError, Place, Start, View, Viewer};

use crate::acknowledged::Acknowledged;
use crate::acks::{self, AckError};
use crate::encode;
use crate::entered::Entered;
use crate::packet::AckId;
use crate::session::Session;
use crate::sid::Sid;
use crate::websocket::CloseCode;

/// One client in one namespace.
#[derive(Clone)]
pub struct Socket {
    pub(crate) session: Arc<Session>,
    pub(crate) sid: Sid,
    pub(crate) namespace: u8,
    pub(crate) state: Arc<dyn Any + Send + Sync>,
    pub(crate) client_session: Option<Arc<ClientSession>>,
}

impl Socket {
    pub(crate) fn of(session: &Arc<Session>, entered: &Entered) -> Self {
        Self {
            session: Arc::clone(session),
            sid: entered.sid,
            namespace: entered.namespace,
            state: Arc::clone(&entered.state),
            client_session: entered.client_session.clone(),
        }
    }

    /// Its id.
    pub fn sid(&self) -> Sid {
        self.sid
    }

    /// What the application gave in [`Accept`](crate::Accept); `None` if it is of another type.
    pub fn state<T: Any>(&self) -> Option<&T> {
        self.state.downcast_ref()
    }

    /// Whether its client may be recovered after its connection was lost. Then events from rooms
    /// must carry the offset ([`encode::event_with_offset`]).
    pub fn can_return(&self) -> bool {
        self.client_session.is_some()
    }

    /// Whether its client was recovered: it is in its rooms, and has missed nothing.
    pub fn recovered(&self) -> bool {
        self.client_session.as_ref().is_some_and(|client_session| client_session.is_recovered())
    }

    /// The name of its namespace.
    pub fn namespace(&self) -> &str {
        self.session.namespace_name(self.namespace)
    }

    /// Its connection, which it may share with other namespaces.
    pub fn viewer(&self) -> &Arc<Viewer> {
        self.session.viewer()
    }

    /// Sends an event. `data` is JSON: one argument, several separated by commas, or none.
    pub fn emit(&self, name: &str, data: &str) -> bool {
        self.send(self.event_frame(name, data))
    }

    /// Acknowledges an event. `data` is JSON, as in [`Socket::emit`].
    pub fn ack(&self, id: AckId, data: &str) -> bool {
        self.send(self.ack_frame(id, data))
    }

    /// Sends an event with bytes: `{"_placeholder":true,"num":0}` and so on stand for them in the
    /// data. Nothing comes between them.
    pub fn emit_binary(&self, name: &str, data: &str, attachments: &[Bytes]) -> bool {
        let count = attachments.len();
        let text = encode::event_with_attachments(self.namespace(), name, data, count);
        self.send_with(&text, attachments)
    }

    /// Acknowledges an event with bytes, as in [`Socket::emit_binary`].
    pub fn ack_binary(&self, id: AckId, data: &str, attachments: &[Bytes]) -> bool {
        let count = attachments.len();
        let text = encode::ack_with_attachments(self.namespace(), id, data, count);
        self.send_with(&text, attachments)
    }

    /// Sends an event, with bytes as in [`Socket::emit_binary`] if there are any, that the client
    /// must acknowledge. It is sent at once, even if no one waits for the answer; an answer that
    /// comes after the wait has stopped is dropped.
    ///
    /// While a packet of this client is being handled, no later one is read, so the answer cannot
    /// come: wait for it in a task of its own, not in the handler.
    pub fn emit_with_ack(
        &self,
        name: &str,
        data: &str,
        attachments: &[Bytes],
        timeout: Duration,
    ) -> impl Future<Output = Result<Acknowledged, AckError>> + Send + use<> {
        acks::ask(&self.session, (self.namespace, self.sid), timeout, |id| {
            let count = attachments.len();
            let text = encode::event_text(self.namespace(), Some(id), (name, data), count);
            self.send_with(&text, attachments)
        })
    }

    /// Sends an event only if nothing waits before it: for example, an old position of a mouse
    /// pointer is of no use. False if it was dropped.
    pub fn emit_volatile(&self, name: &str, data: &str) -> bool {
        self.is_connected() && self.viewer().send_if_idle(self.event_frame(name, data))
    }

    fn send_with(&self, text: &str, attachments: &[Bytes]) -> bool {
        let bytes = attachments.iter().map(|bytes| encode::binary_frame(bytes));
        self.send_all(std::iter::once(encode::text_frame(text)).chain(bytes))
    }

    /// The frame of an event, for [`Socket::join`] and [`Hold::release_at`].
    pub fn event_frame(&self, name: &str, data: &str) -> Frame {
        encode::text_frame(&encode::event(self.namespace(), name, data))
    }

    /// The frame of an acknowledgement.
    pub fn ack_frame(&self, id: AckId, data: &str) -> Frame {
        encode::text_frame(&encode::ack(self.namespace(), id, data))
    }

    /// Sends packets of this namespace, with nothing between them. False if they were not sent.
    pub fn send_all(&self, frames: impl IntoIterator<Item = Frame>) -> bool {
        self.is_connected() && self.viewer().send_all(frames)
    }

    fn send(&self, frame: Frame) -> bool {
        self.send_all([frame])
    }

    /// How this socket sees rooms.
    pub fn view(&self, encoding: Encoding, audience: Audience, identity: Option<u128>) -> View {
        View { encoding, audience, identity, channel: self.namespace }
    }

    /// Joins a room; see [`rooms::Hub::join`]. The view's channel is this namespace's. If the
    /// client may be recovered, the join is saved before the client gets its answer.
    pub async fn join<R: IntoIterator<Item = Frame>>(
        &self,
        room: &str,
        start: Start,
        view: View,
        reply: impl FnOnce(Place) -> R + Send,
    ) -> Result<Place, JoinError> {
        self.join_from(room, start, false, view, reply).await
    }

    /// Like [`Socket::join`] at this place, where the confirmation contains all that was before: a
    /// client that may not have got the confirmation cannot be recovered in this room.
    pub async fn join_with_snapshot<R: IntoIterator<Item = Frame>>(
        &self,
        room: &str,
        place: Place,
        view: View,
        reply: impl FnOnce(Place) -> R + Send,
    ) -> Result<Place, JoinError> {
        self.join_from(room, Start::After(place), true, view, reply).await
    }

    async fn join_from<R: IntoIterator<Item = Frame>>(
        &self,
        room: &str,
        start: Start,
        from_snapshot: bool,
        view: View,
        reply: impl FnOnce(Place) -> R + Send,
    ) -> Result<Place, JoinError> {
        let view = View { channel: self.namespace, ..view };
        if !self.is_connected() {
            return Err(JoinError::Closed);
        }
        let joined = match self.may_return() {
            None => self.session.hub().join(self.viewer(), room, start, view, reply).await,
            Some((recovery, client_session)) => {
                let ticket = ticket()?;
                let plan = Plan { room, start, from_snapshot, ticket, view };
                recovery.join(client_session, plan, |place, _| reply(place)).await
            }
        };
        if joined.is_ok() && !self.is_connected() {
            // It left the namespace while the join was under way.
            self.session.hub().leave(self.viewer(), room, self.namespace);
            return Err(JoinError::Closed);
        }
        joined
    }

    /// Leaves a room; false if it was not in it. If the client may be recovered, the leave is saved
    /// first; if it cannot be saved, the client stays in the room.
    pub async fn leave(&self, room: &str) -> Result<bool, KeeperError> {
        match self.may_return() {
            None => Ok(self.session.hub().leave(self.viewer(), room, self.namespace)),
            Some((recovery, client_session)) => recovery.leave(client_session, room).await,
        }
    }

    /// Charges its connection for this many more messages: for a message that costs more than most.
    pub fn charge(&self, messages: u32) {
        self.session.charge(messages);
    }

    /// Whether its connection may send more messages ([`Pace::with_trusted_times`](crate::Pace)): from
    /// now on, until the client leaves a namespace.
    pub fn trust(&self, is_trusted: bool) {
        self.session.trust(is_trusted);
    }

    /// Changes its view of its rooms from now on; see [`rooms::Hub::show_as`].
    pub fn show_as(&self, audience: Audience, identity: Option<u128>) {
        self.session.hub().show_as(self.viewer(), self.namespace, audience, identity);
    }

    /// Another user is at the client from now on, who keeps its rooms, also when it connects again.
    pub async fn change_user(&self) {
        if let Some((recovery, client_session)) = self.may_return() {
            recovery.change_user(client_session).await;
        }
    }

    /// A handle that keeps nothing alive.
    pub fn downgrade(&self) -> WeakSocket {
        let session = Arc::downgrade(&self.session);
        WeakSocket { session, sid: self.sid, namespace: self.namespace }
    }

    fn may_return(&self) -> Option<(&Recovery, &ClientSession)> {
        self.session.shared.recovery.as_deref().zip(self.client_session.as_deref())
    }

    /// Holds its events back; see [`rooms::Hub::hold`].
    pub fn hold(&self, room: &str) -> Hold {
        self.session.hub().hold(self.viewer(), room, self.namespace)
    }

    /// True while the client is in the namespace.
    pub fn is_connected(&self) -> bool {
        self.session.has_socket(self.namespace, self.sid)
    }

    /// Removes the client from the namespace. It will not connect again by itself.
    pub fn disconnect(&self) {
        self.session.put_out(self.namespace, self.sid);
    }

    /// Ends the whole connection without leaving namespaces: the client will connect again. A
    /// websocket gets the reason, in at most 123 bytes.
    pub fn close(&self, code: CloseCode, why: &str) {
        self.session.close_transport(code, why);
    }
}

/// A [`Socket`] that keeps nothing alive.
#[derive(Clone)]
pub struct WeakSocket {
    session: Weak<Session>,
    sid: Sid,
    namespace: u8,
}

impl WeakSocket {
    /// The socket, while its client is in the namespace.
    pub fn upgrade(&self) -> Option<Socket> {
        let session = self.session.upgrade()?;
        let entered = {
            let state = session.state.lock();
            let is_it =
                |entered: &&Entered| entered.namespace == self.namespace && entered.sid == self.sid;
            state.sockets.iter().find(is_it).cloned()?
        };
        Some(Socket::of(&session, &entered))
    }
}

/// For a new [`Stay`](rooms::Stay).
fn ticket() -> Result<u64, JoinError> {
    let drawn = Sid::random().map_err(|error| JoinError::History(HistoryError::new(error)))?;
    let Ok(low) = u64::try_from(drawn.number() & u128::from(u64::MAX)) else {
        unreachable!("64 bits are a u64")
    };
    Ok(low)
}

impl fmt::Debug for WeakSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WeakSocket").field("sid", &self.sid).finish_non_exhaustive()
    }
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket").field("sid", &self.sid).finish_non_exhaustive()
    }
}
