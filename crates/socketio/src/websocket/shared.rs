//! What the connections of one endpoint share, and the list of them.
//!
//! Generic in the peers and their handler, so that it knows neither: a peer holds this, and a
//! handler is called with peers.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use tokio_util::task::TaskTracker;

use super::settings::Settings;
use crate::heartbeat::Heartbeats;
use crate::pulse::Rhythm;

pub(crate) struct Shared<H: ?Sized, P> {
    pub(crate) handler: Arc<H>,
    pub(crate) settings: Settings,
    pub(crate) heartbeats: Heartbeats,
    pub(crate) rhythm: Rhythm,
    pub(crate) tasks: TaskTracker,
    /// By address: a peer stays where it is while it is known here.
    peers: Mutex<HashMap<usize, Weak<P>>>,
}

impl<H: ?Sized, P> Shared<H, P> {
    pub(crate) fn new(heartbeats: Heartbeats, settings: Settings, handler: Arc<H>) -> Self {
        Self {
            handler,
            heartbeats,
            rhythm: Rhythm::new(settings.ping_interval, settings.ping_timeout),
            tasks: TaskTracker::new(),
            peers: Mutex::default(),
            settings,
        }
    }

    pub(crate) fn remember(&self, peer: &Arc<P>) {
        self.peers.lock().insert(Arc::as_ptr(peer).addr(), Arc::downgrade(peer));
    }

    pub(crate) fn forget(&self, peer: &Arc<P>) {
        self.peers.lock().remove(&Arc::as_ptr(peer).addr());
    }

    pub(crate) fn all_peers(&self) -> Vec<Arc<P>> {
        self.peers.lock().values().filter_map(Weak::upgrade).collect()
    }
}
