//! A connection whose client may come back: whose it is, and whether what is kept of it is what is.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, Weak};

use super::keeper::{Keeper, KeptSession};
use crate::counters::CloseReason;
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
    /// Until it is found out what the client was called before.
    new_name: K::Name,
    old_name: OnceLock<K::Name>,
    pub(super) has_come_back: bool,
    /// Something is kept under the key.
    pub(super) saved: AtomicBool,
    /// What is kept, if anything, is not what is: the client begins anew.
    pub(super) given_up: AtomicBool,
    pub(super) connection: Weak<dyn Replaceable>,
    /// Held while the session is being restored or changed: whoever takes it over waits for the end.
    pub(super) changing: tokio::sync::Mutex<()>,
}

impl<K: Keeper> Returning<K> {
    pub(super) fn new(
        connection: Weak<dyn Replaceable>,
        key: K::Key,
        owner: K::Owner,
        new_name: K::Name,
        has_come_back: bool,
    ) -> Arc<Self> {
        Arc::new(Self {
            key,
            owner,
            new_name,
            old_name: OnceLock::new(),
            has_come_back,
            saved: AtomicBool::new(false),
            given_up: AtomicBool::new(false),
            connection,
            changing: tokio::sync::Mutex::new(()),
        })
    }

    /// What the client is called.
    pub fn name(&self) -> &K::Name {
        self.old_name.get().unwrap_or(&self.new_name)
    }

    /// Whether the client is in its rooms again, and has missed nothing.
    pub fn has_come_back(&self) -> bool {
        self.has_come_back
    }

    pub(super) fn is(&self, name: K::Name) {
        // Set once: what is found out again is the same.
        let _ = self.old_name.set(name);
    }

    pub(super) fn is_saved(&self) -> bool {
        self.saved.load(Ordering::Acquire)
    }

    pub(super) fn is_given_up(&self) -> bool {
        self.given_up.load(Ordering::Acquire)
    }

    pub(super) fn kept(&self, stays: Vec<Stay>) -> KeptSession<K> {
        KeptSession { owner: self.owner.clone(), name: self.name().clone(), stays }
    }

    /// All that there is to know, of a session that was never written down: it is in no room.
    pub(super) fn unsaved(&self) -> Option<KeptSession<K>> {
        (!self.is_saved()).then(|| self.kept(Vec::new()))
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
