//! One connection from the viewer's end: its requests, and how far each route's events came.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use rooms::Viewer;
use tokio::sync::mpsc;

use crate::chance::Chance;
use crate::client::expected::Expected;
use crate::client::return_way::Return;
use crate::socket::Socket;
use crate::trace::Trace;
use crate::watching::Request;

/// How far a viewer has got; this survives a connection whose session is recovered.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// The ordinal of each route's last event that was confirmed or received.
    pub(crate) cursors: BTreeMap<usize, u64>,
    /// Routes of which a snapshot has to come before events can be folded.
    pub(crate) waits: BTreeSet<usize>,
    /// The last event's place in the order of all commits.
    pub(crate) position: u64,
    /// Requests to join a route's room or to leave it that have no answer yet.
    pub(crate) asked: BTreeMap<usize, u32>,
    /// Routes whose last such request has no answer, or failed: the viewer may be in the room or
    /// not, and does not know at which place.
    pub(crate) doubts: BTreeSet<usize>,
    /// Routes whose map may be older than the events that come, until its `since` is answered.
    pub(crate) gaps: BTreeSet<usize>,
    /// Routes that began with a snapshot, as long as nothing shows that it has arrived.
    pub(crate) from_snapshot: BTreeSet<usize>,
}

impl Told {
    /// A request about this room was answered: its place is known, unless there are later requests.
    pub(crate) fn answered(&mut self, route: usize) {
        if self.has_answer(route) {
            self.doubts.remove(&route);
        }
    }

    /// A request failed. True if no other is under way.
    pub(crate) fn has_answer(&mut self, route: usize) -> bool {
        let asked = self.asked.entry(route).or_default();
        *asked = asked.saturating_sub(1);
        *asked == 0
    }
}

/// A connection from the viewer's end.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) socket: Socket,
    pub(crate) viewer: Arc<Viewer>,
    asking: mpsc::Sender<Request>,
    /// How the viewer has connected, and what the auditor expects of that.
    pub(crate) how: Return,
    pub(crate) expected: Expected,
    /// It was accepted; before that it cannot make requests.
    pub(crate) is_in: bool,
    /// Its session was recovered, and earlier events count.
    pub(crate) is_recovered: bool,
    /// Its server has died. The order in which a dead process's parts end does not matter.
    pub(crate) is_orphan: bool,
    /// When it was last seen alive, in the life of the server.
    pub(crate) alive_at: Duration,
    pub(crate) told: Told,
    /// Rooms that it may be in since its recovery: the first event shows at which place.
    pub(crate) unsure: BTreeSet<usize>,
    /// Routes whose cursor is about to move: a snapshot that waited for its place was let through.
    pub(crate) moving: BTreeSet<usize>,
    /// Every `since` that was sent, by route.
    pub(crate) sent: BTreeSet<(usize, u64)>,
    /// Routes that were requested without a `since`: the viewer keeps its place there.
    pub(crate) sent_bare: BTreeSet<usize>,
    /// Routes whose last request failed, and those without a map.
    pub(crate) troubles: BTreeSet<usize>,
    pub(crate) maps_asked: BTreeSet<usize>,
    pub(crate) unread: Vec<u8>,
}

impl Link {
    pub(crate) fn new(
        socket: Socket,
        viewer: Arc<Viewer>,
        asking: mpsc::Sender<Request>,
        how: Return,
        alive_at: Duration,
    ) -> Self {
        Self {
            socket,
            viewer,
            asking,
            how,
            expected: Expected::default(),
            is_in: false,
            is_recovered: false,
            is_orphan: false,
            alive_at,
            told: Told::default(),
            unsure: BTreeSet::new(),
            moving: BTreeSet::new(),
            sent: BTreeSet::new(),
            sent_bare: BTreeSet::new(),
            troubles: BTreeSet::new(),
            maps_asked: BTreeSet::new(),
            unread: Vec::new(),
        }
    }

    pub(crate) fn ask(&mut self, name: usize, request: Request, trace: &mut Trace) {
        trace.line(format!("  viewer {name} > {request:?}"));
        let is_taken = self.asking.try_send(request).is_ok();
        let (Request::Subscribe { route, .. }
        | Request::Availability { route }
        | Request::Leave { route }) = request;
        if !is_taken {
            trace.line(format!("  viewer {name} has asked too much"));
            self.troubles.insert(route);
        } else if !matches!(request, Request::Availability { .. }) {
            *self.told.asked.entry(route).or_default() += 1;
            self.told.doubts.insert(route);
        }
    }

    /// Some bytes on their way will never arrive.
    pub(crate) fn lose_some(&self, chance: &Chance) {
        if chance.percent(50) {
            self.socket.lose_after(chance.index(self.socket.in_flight() + 1));
        }
    }
}
