//! An Engine.IO session: one client, over the transport that it has at the moment.
//!
//! It holds what lives longer than one request: the viewer, the heartbeat, the namespaces that the
//! client is in. It ends exactly once, for any reason; the application is called after the packet
//! that is being handled, if there is one.

use std::mem;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use rooms::{CloseReason, Hub, Presence, Viewer};
use smallvec::{SmallVec, smallvec};

use crate::aside::Aside;
use crate::decision::Transport;
use crate::encode;
use crate::entered::{Disconnected, Entered};
use crate::handshake::Handshake;
use crate::heartbeat::Beating;
use crate::pace::Spent;
use crate::pulse::{Beat, Pulse};
use crate::refusal::Refusal;
use crate::shared::Shared;
use crate::sid::Sid;
use crate::unbegun::Unbegun;
use crate::websocket::{CloseCode, close_frame};
use crate::wheel::Tick;

pub(crate) struct Session {
    pub(crate) shared: Arc<Shared<Self>>,
    pub(crate) sid: Sid,
    pub(crate) state: Mutex<State>,
    presence: Presence,
}

pub(crate) struct State {
    pub(crate) transport: Transport,
    /// A websocket is on its way to take over.
    pub(crate) upgrading: bool,
    /// A poll waits; `noop` answers it with an empty packet.
    pub(crate) polling: bool,
    pub(crate) noop: bool,
    pub(crate) posting: bool,
    /// A packet is being handled ([`Turn`]).
    pub(crate) handling: bool,
    pub(crate) closed: Option<CloseReason>,
    pub(crate) from_javascript: bool,
    pub(crate) handshake: Option<Box<Handshake>>,
    pub(crate) sockets: SmallVec<[Entered; 1]>,
    /// When the client must be in a namespace; `None` once it was.
    pub(crate) connect_by: Option<Tick>,
    pulse: Pulse,
    /// The allowance spent on messages ([`Config::messages`](crate::Config)).
    pub(crate) spent: Spent,
    pub(crate) aside: Aside,
}

impl State {
    /// Its client was never in a namespace, and nobody was told so.
    pub(crate) fn is_unbegun(&self) -> bool {
        self.connect_by.is_some() && !self.aside.get().is_some_and(|aside| aside.is_told_unbegun)
    }

    pub(crate) fn has_socket(&self, namespace: u8, sid: Sid) -> bool {
        self.sockets.iter().any(|entered| entered.namespace == namespace && entered.sid == sid)
    }
}

impl Session {
    /// A new session, known to the server and to the clock.
    pub(crate) fn open(
        shared: &Arc<Shared<Self>>,
        handshake: Handshake,
        transport: Transport,
    ) -> Result<Arc<Self>, Refusal> {
        let presence = presence(shared)?;
        let sid = Sid::random().map_err(|_| Refusal::Unavailable)?;
        let now = shared.heartbeats.now();
        let (connect_by, sockets) = if shared.protocol.has_namespaces() {
            (Some(now.after(shared.connect_ticks)), SmallVec::new())
        } else {
            let itself = Entered { namespace: 0, sid, state: Arc::new(()), client_session: None };
            (None, smallvec![itself])
        };
        let mut pulse = Pulse::new(now, shared.rhythm);
        let (_, first_beat) = pulse.beat(now, shared.rhythm);
        let state = State {
            transport,
            upgrading: false,
            polling: false,
            noop: false,
            posting: false,
            handling: false,
            closed: None,
            from_javascript: handshake.is_from_javascript(),
            handshake: Some(Box::new(handshake)),
            sockets,
            connect_by,
            pulse,
            spent: Spent::default(),
            aside: Aside::default(),
        };
        let session =
            Arc::new(Self { shared: Arc::clone(shared), sid, state: Mutex::new(state), presence });
        if let Some(gone) = shared.remember(sid, &session, connect_by.is_some())? {
            gone.close(CloseReason::Timeout);
        }
        let weak: Weak<Self> = Arc::downgrade(&session);
        shared.heartbeats.add(connect_by.map_or(first_beat, |by| first_beat.min(by)), weak);
        Ok(session)
    }

    pub(crate) fn viewer(&self) -> &Arc<Viewer> {
        self.presence.viewer()
    }

    pub(crate) fn hub(&self) -> &Hub {
        &self.shared.hub
    }

    pub(crate) fn namespace_name(&self, namespace: u8) -> &str {
        self.shared.protocol.namespace_name(namespace)
    }

    /// Sends the text of an Engine.IO packet.
    pub(crate) fn send(&self, text: &str) -> bool {
        self.viewer().send(encode::text_frame(text))
    }

    pub(crate) fn has_socket(&self, namespace: u8, sid: Sid) -> bool {
        self.state.lock().has_socket(namespace, sid)
    }

    /// Its entry in a namespace, if it is in it.
    pub(crate) fn entered(&self, namespace: u8) -> Option<Entered> {
        let state = self.state.lock();
        state.sockets.iter().find(|entered| entered.namespace == namespace).cloned()
    }

    pub(crate) fn pong(&self) {
        let now = self.shared.heartbeats.now();
        self.state.lock().pulse.pong(now, self.shared.rhythm);
    }

    /// True if it has missed its time, even if the clock has not reached it yet.
    pub(crate) fn is_overdue(&self) -> bool {
        let now = self.shared.heartbeats.now();
        let state = self.state.lock();
        state.pulse.is_overdue(now) || state.connect_by.is_some_and(|by| now >= by)
    }

    /// The session is over, for this reason, at once.
    pub(crate) fn close(self: &Arc<Self>, reason: CloseReason) {
        self.viewer().close(reason);
        let was_unbegun = {
            let mut state = self.state.lock();
            if state.closed.is_some() {
                return;
            }
            state.closed = Some(reason);
            state.handshake = None;
            let entered = mem::take(&mut state.sockets);
            entered.iter().for_each(|entered| self.left(entered));
            let is_unbegun = state.is_unbegun();
            let reason = Disconnected::Closed(reason);
            state.aside.with(|aside| {
                aside.partial = None;
                aside.awaited.clear();
                aside.leavers.extend(entered.into_iter().map(|entered| (entered, reason)));
            });
            is_unbegun
        };
        self.ends_unbegun(was_unbegun, reason);
        self.shared.forget(self.sid);
        self.tell_leavers();
    }

    /// Closes in the way of the transport, then the session is over.
    pub(crate) fn say_goodbye(self: &Arc<Self>, code: CloseCode, why: &str, reason: CloseReason) {
        let transport = self.state.lock().transport;
        match transport {
            // Its connection's task sees the end, and closes the session.
            Transport::Websocket => self.viewer().end([close_frame(code, why)], reason),
            // A waiting poll, if there is one, gets the close.
            Transport::Polling => self.close(reason),
        }
    }

    pub(crate) fn close_transport(self: &Arc<Self>, code: CloseCode, why: &str) {
        self.say_goodbye(code, why, CloseReason::Application);
    }

    /// Removes a socket from its namespace for the server.
    pub(crate) fn put_out(self: &Arc<Self>, namespace: u8, sid: Sid) {
        let Some(entered) = self.take_out(namespace, Some(sid)) else { return };
        self.send(&encode::disconnect(self.namespace_name(entered.namespace)));
        let leaver = (entered, Disconnected::ByServer);
        self.state.lock().aside.with(|aside| aside.leavers.push(leaver));
        self.tell_leavers();
    }

    /// Removes the client from a namespace and from its rooms there.
    pub(crate) fn take_out(&self, namespace: u8, sid: Option<Sid>) -> Option<Entered> {
        let entered = {
            let mut state = self.state.lock();
            let at = state.sockets.iter().position(|entered| {
                entered.namespace == namespace && sid.is_none_or(|sid| sid == entered.sid)
            })?;
            state.aside.with(|aside| {
                aside.awaited.retain(|awaited| awaited.namespace != namespace);
                // Somebody else may enter it next.
                aside.is_trusted = false;
            });
            state.sockets.remove(at)
        };
        self.hub().leave_channel(self.viewer(), namespace);
        self.forget(&entered);
        Some(entered)
    }

    /// A client whose connection is over can be recovered for its window.
    pub(crate) fn left(&self, entered: &Entered) {
        if let (Some(recovery), Some(client_session)) =
            (&self.shared.recovery, &entered.client_session)
        {
            recovery.left(client_session);
        }
    }

    /// A client that has left a namespace is not recovered in it.
    fn forget(&self, entered: &Entered) {
        let Some(recovery) = &self.shared.recovery else { return };
        let kept = entered
            .client_session
            .as_ref()
            .and_then(|client_session| recovery.leaves_for_good(client_session));
        if let Some(held) = kept {
            let recovery = Arc::clone(recovery);
            self.shared.tasks.spawn(async move { recovery.forget(&[held]).await });
        }
    }

    /// Begins the handling of one packet.
    pub(crate) fn turn(self: &Arc<Self>) -> Turn {
        self.state.lock().handling = true;
        Turn(Arc::clone(self))
    }

    /// Tells the application that the client has connected, unless connecting to a namespace does
    /// that.
    pub(crate) async fn greet(self: &Arc<Self>) {
        if self.shared.protocol.has_namespaces() {
            return;
        }
        let turn = self.turn();
        // A task of its own: a client that closes the connection does not stop the greeting
        // half-way.
        let greeting = self.shared.tasks.spawn(async move {
            let session = turn.session();
            session.shared.protocol.opened(session).await;
        });
        if greeting.await.is_err() {
            self.close(CloseReason::Application);
        }
    }

    /// Tells the application that the client has left.
    pub(crate) async fn tell_left(self: &Arc<Self>, entered: &Entered, reason: Disconnected) {
        self.shared.protocol.left(self, entered, reason).await;
    }

    /// Tells the application of the namespaces that the client left, unless a packet is being
    /// handled: then its turn does it.
    fn tell_leavers(self: &Arc<Self>) {
        let leavers = {
            let mut state = self.state.lock();
            if state.handling {
                return;
            }
            if state.aside.get().is_none_or(|aside| aside.leavers.is_empty()) {
                return;
            }
            state.aside.with(|aside| mem::take(&mut aside.leavers))
        };
        let session = Arc::clone(self);
        self.shared.tasks.spawn(async move {
            for (entered, reason) in leavers {
                session.tell_left(&entered, reason).await;
            }
        });
    }
}

/// A new viewer, if needed in place of the session that has been without a namespace for the
/// longest time.
fn presence(shared: &Shared<Session>) -> Result<Presence, Refusal> {
    if let Ok(presence) = shared.hub.connect() {
        return Ok(presence);
    }
    let gone = shared.take_oldest().ok_or(Refusal::Unavailable)?;
    gone.close(CloseReason::Timeout);
    shared.hub.connect().map_err(|_| Refusal::Unavailable)
}

impl Beating for Session {
    fn beat(self: Arc<Self>, now: Tick) -> Option<Tick> {
        if let Some(reason) = self.viewer().closed() {
            // The engine has closed the viewer; a polling session has no task that would see it.
            self.close(reason);
            return None;
        }
        let (beat, next, late) = {
            let mut state = self.state.lock();
            let late = state.connect_by.is_some_and(|by| now >= by);
            let (beat, next) = state.pulse.beat(now, self.shared.rhythm);
            (beat, state.connect_by.map_or(next, |by| next.min(by)), late)
        };
        if late || beat == Beat::Expire {
            self.close(CloseReason::Timeout);
            return None;
        }
        if beat == Beat::Ping {
            self.send("2");
        }
        Some(next)
    }
}

/// The handling of one packet. In every case the application learns afterwards which namespaces the
/// client left meanwhile.
pub(crate) struct Turn(Arc<Session>);

impl Turn {
    pub(crate) fn session(&self) -> &Arc<Session> {
        &self.0
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.state.lock().handling = false;
        self.0.tell_leavers();
    }
}

/// Each session is told of once, and not again for a CONNECT that the application has refused: the
/// application has counted that.
impl Session {
    /// The client wants a namespace that does not exist, and is in none.
    pub(crate) fn wants_unknown_namespace(&self) {
        if self.note_told() {
            self.shared.tell_unbegun(Unbegun::UnknownNamespace);
        }
    }

    /// The session is over; `was_in_none`: its client was never in a namespace.
    pub(crate) fn ends_unbegun(&self, was_in_none: bool, reason: CloseReason) {
        if let Some(why) = Unbegun::by(reason).filter(|_| was_in_none) {
            self.shared.tell_unbegun(why);
        }
    }

    /// Notes that it is told; false if it was told before, or the client is in a namespace.
    pub(crate) fn note_told(&self) -> bool {
        let mut state = self.state.lock();
        state.is_unbegun()
            && !state.aside.with(|aside| mem::replace(&mut aside.is_told_unbegun, true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten thousand of them must fit into a few tens of megabytes.
    #[test]
    fn an_idle_session_is_small() {
        assert!(size_of::<Session>() <= 152, "{}", size_of::<Session>());
        assert!(size_of::<Viewer>() <= 272, "{}", size_of::<Viewer>());
    }
}
