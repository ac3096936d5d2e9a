//! Sessions of viewers that may come back: [`rooms::recovery`] over rows of the store.
//!
//! What `socketio` and the gateway of `server` put around it stands here in few words: the secret that
//! a client shows is a number, and a row is text.

mod row;

use std::sync::{Arc, Weak};
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::Mutex;
use rooms::recovery::{
    Arrival, Back, Keeper, KeeperError, KeptSession, Plan, Recovery, RecoveryConfig,
};
use rooms::{Frame, Hub, JoinError, Offset, Place, Start, View, Viewer};
use store::{SessionKey, StoreError, ViewerSessions};

use crate::chance::Chance;
use crate::mutation::{self, Mutation};
use crate::trace::Tally;

/// What a client shows that comes back.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shown {
    pub(crate) pid: Option<u64>,
    pub(crate) offset: Option<String>,
}

/// How a client is let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It has shown no session.
    New,
    /// It is in its rooms again.
    Recovered,
    /// Nothing was kept.
    Unknown,
    /// The session is somebody else's.
    Foreign,
    /// Too much was missed, or it is not known what.
    Unrestorable,
}

impl Verdict {
    const ALL: [(Self, &'static str); 5] = [
        (Self::New, "new"),
        (Self::Recovered, "recovered"),
        (Self::Unknown, "unknown"),
        (Self::Foreign, "foreign"),
        (Self::Unrestorable, "unrestorable"),
    ];

    pub(crate) fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(verdict, _)| *verdict == self).map_or("", |(_, word)| word)
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == word).map(|(verdict, _)| *verdict)
    }
}

/// The keeper or the history did not answer: the client must come again, and keeps its session.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TryAgain;

/// Sessions as rows of the store.
#[derive(Clone)]
pub(crate) struct Rows {
    store: Arc<dyn ViewerSessions>,
    mutation: Option<Mutation>,
    tally: Arc<Mutex<Tally>>,
}

impl Rows {
    fn count(&self, what: &'static str) {
        *self.tally.lock().entry(what).or_default() += 1;
    }

    async fn write(&self, key: SessionKey, row: Vec<u8>) -> Result<(), KeeperError> {
        let written = self.store.save_viewer_session(key, row).await;
        if written.is_err() {
            self.count("sessions that could not be written");
        }
        written.map_err(KeeperError::new)
    }
}

#[async_trait]
impl Keeper for Rows {
    type Key = u64;
    type Owner = Option<u128>;
    type Name = ();

    async fn save(&self, pid: u64, session: &KeptSession<Self>) -> Result<(), KeeperError> {
        let (key, row) = (row::key(pid), row::write(session));
        if self.mutation == Some(Mutation::ConfirmBeforeWriting) {
            let rows = self.clone();
            tokio::spawn(async move { rows.write(key, row).await });
            return Ok(());
        }
        self.write(key, row).await
    }

    async fn find(&self, pid: u64) -> Result<Option<KeptSession<Self>>, KeeperError> {
        let found = self.store.viewer_session(row::key(pid)).await.map_err(KeeperError::new)?;
        Ok(found.as_deref().and_then(row::read))
    }

    async fn forget(&self, pids: &[u64]) -> Result<(), KeeperError> {
        let keys = pids.iter().copied().map(row::key).collect();
        let forgotten = self.store.forget_viewer_sessions(keys).await;
        self.count(if forgotten.is_ok() { "sessions forgotten" } else { "sessions not forgotten" });
        forgotten.map_err(KeeperError::new)
    }

    async fn keys(&self) -> Result<Vec<u64>, KeeperError> {
        let keys = self.store.viewer_session_keys().await.map_err(KeeperError::new)?;
        Ok(keys.iter().map(row::pid).collect())
    }
}

/// A connection whose client may come back, and the secret that it would show.
#[derive(Clone)]
pub(crate) struct Returning {
    pub(crate) pid: u64,
    kept: Arc<rooms::recovery::Returning<Rows>>,
}

/// The sessions of one life of the process.
pub(crate) struct Sessions {
    recovery: Arc<Recovery<Rows>>,
    rows: Rows,
    chance: Chance,
    /// The time that a client has to come back.
    window: Duration,
}

impl Sessions {
    /// Knows all that an earlier life has written down.
    pub(crate) async fn open(
        hub: Hub,
        store: Arc<dyn ViewerSessions>,
        chance: Chance,
        window: Duration,
        mutation: Option<Mutation>,
    ) -> Result<Self, StoreError> {
        let rows = Rows { store, mutation, tally: Arc::default() };
        let config = RecoveryConfig { window, ..RecoveryConfig::default() };
        let recovery = Recovery::start(hub, config, rows.clone());
        recovery.restore().await.map_err(StoreError::failed)?;
        Ok(Self { recovery, rows, chance, window })
    }

    pub(crate) fn window(&self) -> Duration {
        self.window
    }

    /// What happened here and nobody outside has seen.
    pub(crate) fn tally(&self) -> Tally {
        let mut tally = self.rows.tally.lock().clone();
        let stats = self.recovery.stats();
        tally.extend([
            ("half-open connections that were replaced", stats.replaced),
            ("sessions given up", stats.given_up),
            ("stays that were taken back", stats.taken_back),
            ("subscriptions that were left where they are", stats.left_in_place),
        ]);
        tally
    }

    /// Lets a client in: where it was, or anew. The caller holds its events back.
    pub(crate) async fn admit(
        &self,
        viewer: &Arc<Viewer>,
        view: View,
        shown: &Shown,
    ) -> Result<(Returning, Verdict), TryAgain> {
        let connection: Weak<Viewer> = Arc::downgrade(viewer);
        let mut offset = shown.offset.clone();
        if self.rows.mutation == Some(Mutation::TakeOffsetsTooFar) {
            let parsed = offset.as_deref().and_then(|text| text.parse::<Offset>().ok());
            offset = parsed.map(mutation::too_far).map(|offset| offset.to_string()).or(offset);
        }
        let (owner, channel) = (view.identity, view.channel);
        let arrival = Arrival { viewer, channel, owner, offset: offset.as_deref() };
        let verdict = match shown.pid {
            None => Verdict::New,
            Some(pid) => {
                let back = self.recovery.come_back(connection.clone(), arrival, pid, |()| view);
                match back.await {
                    Back::Recovered(kept) => {
                        return Ok((Returning { pid, kept }, Verdict::Recovered));
                    }
                    Back::TryAgain => return Err(TryAgain),
                    Back::Unknown => Verdict::Unknown,
                    Back::Foreign => Verdict::Foreign,
                    Back::Unrestorable => Verdict::Unrestorable,
                }
            }
        };
        let pid = self.chance.number();
        let kept = self.recovery.begin(connection, arrival, pid, ());
        Ok((Returning { pid, kept }, verdict))
    }

    /// `reply` is told the place, and whether the client can come back to it.
    pub(crate) async fn join<R: IntoIterator<Item = Frame>>(
        &self,
        returning: &Returning,
        (room, start): (&str, Start),
        from_snapshot: bool,
        view: View,
        reply: impl FnOnce(Place, bool) -> R + Send,
    ) -> Result<Place, JoinError> {
        let ticket = self.chance.number();
        let plan = Plan { room, start, from_snapshot, ticket, view };
        self.recovery.join(&returning.kept, plan, reply).await
    }

    /// If it cannot be written, the viewer is in the room still.
    pub(crate) async fn leave(
        &self,
        returning: &Returning,
        room: &str,
    ) -> Result<bool, KeeperError> {
        self.recovery.leave(&returning.kept, room).await
    }

    /// The connection is over; the client has its time to come back, unless it is back already.
    pub(crate) fn left(&self, returning: &Returning) {
        self.recovery.left(&returning.kept);
    }
}
