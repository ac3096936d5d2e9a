//! A connection whose client may be recovered: its owner, and whether the kept session is up to
//! date.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, Weak};

use super::arrival::Arrival;
use super::session::{Generation, Held, Owner, SavedSession, SessionKey};
use crate::engine::viewer::Viewer;
use crate::values::counters::CloseReason;
use crate::values::join_error::JoinError;
use crate::values::stay::Stay;

/// A connection that can be replaced by a newer one of the same client.
pub trait Replaceable: Send + Sync + 'static {
    /// Closes it, for [`CloseReason::Replaced`]; it may be half open, so this does not wait for its
    /// peer.
    fn replace(self: Arc<Self>);
}

impl Replaceable for Viewer {
    fn replace(self: Arc<Self>) {
        self.close(CloseReason::Replaced);
    }
}

/// A connection whose client may be recovered.
pub struct ClientSession {
    pub(super) key: SessionKey,
    /// As it arrived.
    arrived_as: Owner,
    /// The session was without a user before, or is since: so it stays.
    is_anybodys: AtomicBool,
    /// Known once the client is identified.
    name: OnceLock<u128>,
    is_recovered: bool,
    /// Zero until the session is this connection's.
    generation: AtomicU64,
    /// A session is kept under the key.
    saved: AtomicBool,
    /// The kept session, if any, is not up to date: the client begins anew.
    pub(super) given_up: AtomicBool,
    pub(super) connection: Weak<dyn Replaceable>,
    viewer: Weak<Viewer>,
    pub(super) channel: u8,
    epoch: u32,
    /// Held while the session is being recovered or changed: a connection that takes it over waits
    /// for the end.
    pub(super) changing: tokio::sync::Mutex<()>,
}

impl ClientSession {
    /// `name` is not known yet for a client that is to be recovered.
    pub(super) fn new(
        connection: Weak<dyn Replaceable>,
        arrival: &Arrival<'_>,
        key: SessionKey,
        name: Option<u128>,
    ) -> Arc<Self> {
        let is_recovered = name.is_none();
        let generation = name.map_or(0, |_| Generation::FIRST.0);
        Arc::new(Self {
            key,
            arrived_as: arrival.owner.clone(),
            is_anybodys: AtomicBool::new(false),
            name: name.map_or_else(OnceLock::new, OnceLock::from),
            is_recovered,
            generation: AtomicU64::new(generation),
            // A session that is being taken over does not count as new.
            saved: AtomicBool::new(is_recovered),
            given_up: AtomicBool::new(false),
            connection,
            viewer: Arc::downgrade(arrival.viewer),
            channel: arrival.channel,
            epoch: arrival.viewer.terms().published.epoch,
            changing: tokio::sync::Mutex::new(()),
        })
    }

    pub(super) fn owner(&self) -> Owner {
        let Owner { user, scope } = self.arrived_as.clone();
        let is_anybodys = self.is_anybodys.load(Ordering::Acquire);
        Owner { user: user.filter(|_| !is_anybodys), scope }
    }

    /// Any client with the key can recover it from now on; false if any could before.
    pub(super) fn note_anybodys(&self) -> bool {
        let had_user = self.arrived_as.user.is_some();
        had_user && !self.is_anybodys.swap(true, Ordering::AcqRel)
    }

    /// It was not saved: the session is its first user's again.
    pub(super) fn take_back_anybodys(&self) {
        self.is_anybodys.store(false, Ordering::Release);
    }

    /// The client's name; known once it has begun or is recovered.
    pub fn name(&self) -> Option<u128> {
        self.name.get().copied()
    }

    /// Whether the client is in its rooms again, and has missed nothing.
    pub fn is_recovered(&self) -> bool {
        self.is_recovered
    }

    pub(super) fn viewer(&self) -> Result<Arc<Viewer>, JoinError> {
        self.viewer.upgrade().ok_or(JoinError::Closed)
    }

    pub(super) fn set_name(&self, name: u128) -> u128 {
        // Set once: a later value is the same.
        *self.name.get_or_init(|| name)
    }

    /// The kept session is this connection's from now on.
    pub(super) fn goes_on(&self, kept: &SavedSession, generation: Generation) {
        // First whose it is: whoever sees the generation goes by that.
        if kept.owner.user.is_none() {
            self.note_anybodys();
        }
        self.generation.store(generation.0, Ordering::Release);
    }

    /// `None` while the session is not this connection's.
    pub(super) fn held(&self) -> Option<Held> {
        match self.generation.load(Ordering::Acquire) {
            0 => None,
            generation => Some(Held { key: self.key, generation: Generation(generation) }),
        }
    }

    /// A session is kept under the key, or may be.
    pub(super) fn note_saved(&self) {
        self.saved.store(true, Ordering::Release);
    }

    /// The kept session, if there is one.
    pub(super) fn saved(&self) -> Option<Held> {
        if self.is_saved() { self.held() } else { None }
    }

    /// It is certain that no session was ever kept.
    pub(super) fn note_unsaved(&self) {
        self.saved.store(false, Ordering::Release);
    }

    pub(super) fn is_saved(&self) -> bool {
        self.saved.load(Ordering::Acquire)
    }

    pub(super) fn is_given_up(&self) -> bool {
        self.given_up.load(Ordering::Acquire)
    }

    /// The session, with these rooms; of a client that is identified.
    pub(super) fn session(&self, stays: Vec<Stay>) -> Option<SavedSession> {
        let (owner, epoch) = (self.owner(), self.epoch);
        Some(SavedSession { name: self.name()?, owner, epoch, stays })
    }

    /// The whole session, if it was never saved: then it is in no room.
    pub(super) fn unsaved(&self) -> Option<SavedSession> {
        if self.is_saved() { None } else { self.session(Vec::new()) }
    }
}

impl fmt::Debug for ClientSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientSession")
            .field("is_recovered", &self.is_recovered)
            .field("saved", &self.saved)
            .field("given_up", &self.given_up)
            .finish_non_exhaustive()
    }
}
