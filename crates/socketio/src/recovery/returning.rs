//! A socket whose client may come back: whose it is, and whether what is kept of it is what is.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, Weak};

use super::book::Unsaved;
use crate::session::Session;
use crate::session_keeper::SessionKey;
use crate::sid::Sid;

/// A socket whose client may come back.
pub(crate) struct Returning {
    pub(crate) pid: Sid,
    pub(super) key: SessionKey,
    pub(super) owner: Option<u128>,
    pub(super) namespace: u8,
    /// Known once it is found out whom the client was.
    sid: OnceLock<Sid>,
    pub(crate) recovered: bool,
    /// Something is kept under the key.
    pub(super) saved: AtomicBool,
    /// What is kept, if anything, is not what is: the client begins anew.
    pub(super) given_up: AtomicBool,
    pub(super) session: Weak<Session>,
    /// Held while the session is being restored or changed: whoever takes it over waits for the end.
    pub(crate) changing: tokio::sync::Mutex<()>,
}

impl Returning {
    pub(super) fn new(
        session: &Arc<Session>,
        namespace: u8,
        pid: Sid,
        owner: Option<u128>,
        recovered: bool,
    ) -> Arc<Self> {
        Arc::new(Self {
            pid,
            key: SessionKey::of(pid),
            owner,
            namespace,
            sid: OnceLock::new(),
            recovered,
            saved: AtomicBool::new(false),
            given_up: AtomicBool::new(false),
            session: Arc::downgrade(session),
            changing: tokio::sync::Mutex::new(()),
        })
    }

    pub(super) fn is(&self, sid: Sid) {
        // Set once: what is found out again is the same.
        let _ = self.sid.set(sid);
    }

    /// The id of the socket.
    pub(crate) fn sid(&self) -> Sid {
        self.sid.get().copied().unwrap_or(self.pid)
    }

    pub(crate) fn is_saved(&self) -> bool {
        self.saved.load(Ordering::Acquire)
    }

    pub(crate) fn is_given_up(&self) -> bool {
        self.given_up.load(Ordering::Acquire)
    }

    pub(crate) fn channel(&self) -> u8 {
        self.namespace
    }

    pub(super) fn unsaved(&self) -> Option<Unsaved> {
        (!self.is_saved()).then(|| Unsaved {
            sid: self.sid(),
            owner: self.owner,
            namespace: self.namespace,
        })
    }
}
