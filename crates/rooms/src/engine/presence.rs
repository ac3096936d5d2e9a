//! The ownership of a viewer: while it is held, the connection stays; dropping it closes the
//! connection.
//!
//! A body that hyper drops, a task that panics, a handshake that is given up: in every case the
//! viewer leaves all rooms.

use std::ops::Deref;
use std::sync::Arc;

use crate::engine::viewer::Viewer;
use crate::values::counters::CloseReason;

/// Owns a [`Viewer`] and closes it when dropped (reason [`CloseReason::Peer`], if it is open).
#[derive(Debug)]
pub struct Presence(Arc<Viewer>);

impl Presence {
    pub(crate) fn new(viewer: Arc<Viewer>) -> Self {
        Self(viewer)
    }

    /// The viewer itself.
    pub fn viewer(&self) -> &Arc<Viewer> {
        &self.0
    }
}

impl Deref for Presence {
    type Target = Arc<Viewer>;

    fn deref(&self) -> &Arc<Viewer> {
        &self.0
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        self.0.close(CloseReason::Peer);
    }
}
