//! A connection whose client may come back: whose it is, and whether what is kept of it is what is.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, Weak};

use super::admission::Arrival;
use super::keeper::{Keeper, KeptSession};
use crate::counters::CloseReason;
use crate::join::JoinError;
use crate::stay::Stay;
use crate::viewer::Viewer;

/// A connection that makes room for a newer one of the same client.
pub trait Replaceable: Send + Sync + 'static {
    /// Closes it, for [`CloseReason::Replaced`]; it may be half open, and waits for nobody.
    fn replace(self: Arc<Self>);
}

impl Replaceable for Viewer {
    fn replace(self: Arc<Self>) {
        self.close(CloseReason::Replaced);
    }
}

/// A connection whose client may come back.
pub struct Returning<K: Keeper> {
    pub(super) key: K::Key,
    pub(super) owner: K::Owner,
    /// Known once it is found out who the client was.
    name: OnceLock<K::Name>,
    has_come_back: bool,
    /// Something is kept under the key.
    pub(super) saved: AtomicBool,
    /// What is kept, if anything, is not what is: the client begins anew.
    pub(super) given_up: AtomicBool,
    pub(super) connection: Weak<dyn Replaceable>,
    viewer: Weak<Viewer>,
    pub(super) channel: u8,
    /// Held while the session is being restored or changed: whoever takes it over waits for the end.
    pub(super) changing: tokio::sync::Mutex<()>,
}

impl<K: Keeper> Returning<K> {
    /// `name` is not known yet of one that comes back.
    pub(super) fn new(
        connection: Weak<dyn Replaceable>,
        arrival: &Arrival<'_, K::Owner>,
        key: K::Key,
        name: Option<K::Name>,
    ) -> Arc<Self> {
        let has_come_back = name.is_none();
        Arc::new(Self {
            key,
            owner: arrival.owner.clone(),
            name: name.map_or_else(OnceLock::new, OnceLock::from),
            has_come_back,
            // Of a session that is being taken over nothing is said to be new before that is known.
            saved: AtomicBool::new(has_come_back),
            given_up: AtomicBool::new(false),
            connection,
            viewer: Arc::downgrade(arrival.viewer),
            channel: arrival.channel,
            changing: tokio::sync::Mutex::new(()),
        })
    }

    /// What the client is called; known of everyone who is in.
    pub fn name(&self) -> Option<&K::Name> {
        self.name.get()
    }

    /// Whether the client is in its rooms again, and has missed nothing.
    pub fn has_come_back(&self) -> bool {
        self.has_come_back
    }

    pub(super) fn viewer(&self) -> Result<Arc<Viewer>, JoinError> {
        self.viewer.upgrade().ok_or(JoinError::Closed)
    }

    pub(super) fn is(&self, name: K::Name) -> &K::Name {
        // Set once: what is found out again is the same.
        self.name.get_or_init(|| name)
    }

    pub(super) fn is_saved(&self) -> bool {
        self.saved.load(Ordering::Acquire)
    }

    pub(super) fn is_given_up(&self) -> bool {
        self.given_up.load(Ordering::Acquire)
    }

    pub(super) fn kept(&self, stays: Vec<Stay>) -> Option<KeptSession<K>> {
        let name = self.name()?.clone();
        Some(KeptSession { owner: self.owner.clone(), name, stays })
    }

    /// All that there is to know, of a session that was never written down: it is in no room.
    pub(super) fn unsaved(&self) -> Option<KeptSession<K>> {
        if self.is_saved() { None } else { self.kept(Vec::new()) }
    }
}

impl<K: Keeper> fmt::Debug for Returning<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Returning")
            .field("has_come_back", &self.has_come_back)
            .field("saved", &self.saved)
            .field("given_up", &self.given_up)
            .finish_non_exhaustive()
    }
}
