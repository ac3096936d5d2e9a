//! One connection from the viewer's end: what was asked on it, and how far it has told each route.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rooms::Viewer;
use tokio::sync::mpsc;

use crate::chance::Chance;
use crate::socket::Socket;
use crate::trace::Trace;
use crate::watching::Request;

/// A connection from the viewer's end.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) socket: Socket,
    pub(crate) viewer: Arc<Viewer>,
    asking: mpsc::Sender<Request>,
    /// The last seq of each route that this connection has confirmed or told.
    pub(crate) cursors: BTreeMap<usize, u64>,
    /// Routes of which a snapshot has to come before events can be folded.
    pub(crate) waits: BTreeSet<usize>,
    /// Routes whose cursor is about to be moved: a snapshot that waited for its place was let through.
    pub(crate) moving: BTreeSet<usize>,
    /// Every `since` that was sent, by route.
    pub(crate) sent: BTreeSet<(usize, u64)>,
    /// Routes whose last request came to nothing, and those without a map.
    pub(crate) troubles: BTreeSet<usize>,
    pub(crate) maps_asked: BTreeSet<usize>,
    /// The last event's place in the order of all commits.
    pub(crate) position: u64,
    pub(crate) unread: Vec<u8>,
}

impl Link {
    pub(crate) fn new(socket: Socket, viewer: Arc<Viewer>, asking: mpsc::Sender<Request>) -> Self {
        Self {
            socket,
            viewer,
            asking,
            cursors: BTreeMap::new(),
            waits: BTreeSet::new(),
            moving: BTreeSet::new(),
            sent: BTreeSet::new(),
            troubles: BTreeSet::new(),
            maps_asked: BTreeSet::new(),
            position: 0,
            unread: Vec::new(),
        }
    }

    pub(crate) fn ask(&mut self, name: usize, request: Request, trace: &mut Trace) {
        trace.line(format!("  viewer {name} > {request:?}"));
        if self.asking.try_send(request).is_err() {
            trace.line(format!("  viewer {name} has asked too much"));
            let (Request::Subscribe { route, .. }
            | Request::Availability { route }
            | Request::Leave { route }) = request;
            self.troubles.insert(route);
        }
    }

    /// Some of what was on its way will never arrive.
    pub(crate) fn lose_some(&self, chance: &Chance) {
        if chance.percent(50) {
            self.socket.lose_after(chance.index(self.socket.in_flight() + 1));
        }
    }
}
