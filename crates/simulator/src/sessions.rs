//! Sessions of viewers that may be recovered: [`rooms::recovery`] over rows of the store.
//!
//! This file replaces, in short form, what `socketio` and the gateway of `server` put around it: a
//! client's secret is a number here. Every life of the process is a node of its own.

use std::sync::{Arc, Weak};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use parking_lot::Mutex;
use rooms::recovery::{
    Arrival, Generation, Held, Keeper, KeeperError, KeeperTime, Owner, Plan, Recovery,
    RecoveryConfig, RecoveryOutcome, SavedSession, SessionKey,
};
use rooms::{Frame, Hub, JoinError, Offset, Place, Start, View, Viewer};
use store::{HeldSession, KeptSession, NodeId, SaveError, ViewerSessions};
use uuid::Uuid;

use crate::chance::Chance;
use crate::clock::SimulatedClock;
use crate::mutation::Mutation;
use crate::tampering::too_far;
use crate::trace::Tally;
use crate::verdict::Verdict;

/// What a client sends for its recovery.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shown {
    pub(crate) pid: Option<u64>,
    pub(crate) offset: Option<String>,
}

/// The keeper or the history did not answer: the client must try again, and keeps its session.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TryAgain;

/// Sessions as rows of the store.
#[derive(Clone)]
pub(crate) struct Rows {
    store: Arc<dyn ViewerSessions>,
    node: NodeId,
    clock: SimulatedClock,
    mutation: Option<Mutation>,
    tally: Arc<Mutex<Tally>>,
}

/// The key of a session. The real key is a hash; here it may be readable.
fn key(pid: u64) -> SessionKey {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&pid.to_be_bytes());
    SessionKey(key)
}

fn stored(held: &Held) -> HeldSession {
    HeldSession { key: store::SessionKey(held.key.0), generation: held.generation.0 }
}

impl Rows {
    fn count(&self, what: &'static str) {
        *self.tally.lock().entry(what).or_default() += 1;
    }

    fn now(&self) -> Timestamp {
        booking::Clock::now(&self.clock)
    }

    async fn write(&self, held: HeldSession, row: Vec<u8>, new: bool) -> Result<(), KeeperError> {
        let written = self.store.save_viewer_session(self.node, held, row, new).await;
        if written.is_err() {
            self.count("sessions that could not be written");
        }
        written.map_err(|error| match error {
            SaveError::Superseded => KeeperError::Superseded,
            SaveError::Unknown(error) => KeeperError::unknown(error),
            SaveError::Store(error) => KeeperError::new(error),
        })
    }
}

#[async_trait]
impl Keeper for Rows {
    async fn save(
        &self,
        held: Held,
        session: &SavedSession,
        is_new: bool,
    ) -> Result<(), KeeperError> {
        let (held, row) = (stored(&held), session.to_bytes());
        if self.mutation == Some(Mutation::ConfirmBeforeWriting) {
            let rows = self.clone();
            tokio::spawn(async move { rows.write(held, row, is_new).await });
            return Ok(());
        }
        self.write(held, row, is_new).await
    }

    async fn find(
        &self,
        key: SessionKey,
    ) -> Result<Option<(Generation, SavedSession)>, KeeperError> {
        let found = self.store.viewer_session(store::SessionKey(key.0)).await;
        let found = found.map_err(KeeperError::new)?;
        Ok(found.and_then(|KeptSession { generation, data }| {
            Some((Generation(generation), SavedSession::from_bytes(&data)?))
        }))
    }

    async fn claim(&self, found: Held) -> Result<Option<SavedSession>, KeeperError> {
        let claimed = self.store.claim_viewer_session(self.node, stored(&found)).await;
        let claimed = claimed.map_err(KeeperError::new)?;
        Ok(claimed.and_then(|data| SavedSession::from_bytes(&data)))
    }

    async fn leave(&self, left: &[Held]) -> Result<(), KeeperError> {
        let held = left.iter().map(stored).collect();
        let left = self.store.leave_viewer_sessions(held, self.now()).await;
        left.map_err(KeeperError::new)
    }

    async fn forget(&self, held: &[Held]) -> Result<(), KeeperError> {
        let held = held.iter().map(stored).collect();
        let forgotten = self.store.forget_viewer_sessions(held).await;
        self.count(if forgotten.is_ok() { "sessions forgotten" } else { "sessions not forgotten" });
        forgotten.map_err(KeeperError::new)
    }

    async fn renew(&self, lease: Duration) -> Result<KeeperTime, KeeperError> {
        let renewed = self.store.renew_viewer_node(self.node, lease, self.now()).await;
        Ok(KeeperTime(renewed.map_err(KeeperError::new)?.as_millisecond()))
    }

    async fn sweep(&self, left_before: KeeperTime) -> Result<bool, KeeperError> {
        let left_before = Timestamp::from_millisecond(left_before.0).map_err(KeeperError::new)?;
        let swept = self.store.sweep_viewer_sessions(left_before).await;
        let swept = swept.map_err(KeeperError::new)?;
        if swept > 0 {
            self.count("sweeps that found sessions");
        }
        Ok(swept > 0)
    }
}

/// A connection whose client may be recovered, and the secret that it would send.
#[derive(Clone)]
pub(crate) struct ClientSession {
    pub(crate) pid: u64,
    kept: Arc<rooms::recovery::ClientSession>,
}

/// The sessions of one life of the process.
pub(crate) struct Sessions {
    recovery: Arc<Recovery>,
    rows: Rows,
    chance: Chance,
    /// The time in which a client can be recovered.
    window: Duration,
}

impl Sessions {
    /// Knows all that an earlier life has saved.
    pub(crate) async fn open(
        hub: Hub,
        store: Arc<dyn ViewerSessions>,
        (chance, clock): (Chance, SimulatedClock),
        window: Duration,
        mutation: Option<Mutation>,
    ) -> Self {
        let node = NodeId(Uuid::from_u64_pair(chance.number(), chance.number()));
        let rows = Rows { store, node, clock, mutation, tally: Arc::default() };
        let config = RecoveryConfig { window, ..RecoveryConfig::default() };
        let recovery = Recovery::start(hub, config, Arc::new(rows.clone()));
        // It is in the writer's queue before every session. This does not wait for it: the
        // simulation commits groups, and it waits for this life to begin.
        let entering = Arc::clone(&recovery);
        tokio::spawn(async move { drop(entering.renew().await) });
        tokio::task::yield_now().await;
        Self { recovery, rows, chance, window }
    }

    pub(crate) fn window(&self) -> Duration {
        self.window
    }

    /// The counts of what cannot be seen from outside.
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

    /// Recovers a client where it was, or begins anew. The caller holds its events back.
    pub(crate) async fn admit(
        &self,
        viewer: &Arc<Viewer>,
        view: View,
        shown: &Shown,
    ) -> Result<(ClientSession, Verdict), TryAgain> {
        let connection: Weak<Viewer> = Arc::downgrade(viewer);
        let mut offset = shown.offset.clone();
        if self.rows.mutation == Some(Mutation::TakeOffsetsTooFar) {
            let parsed = offset.as_deref().and_then(|text| text.parse::<Offset>().ok());
            offset = parsed.map(too_far).map(|offset| offset.to_string()).or(offset);
        }
        let channel = view.channel;
        let owner = Owner { user: view.identity, scope: "/".into() };
        let arrival = Arrival { viewer, channel, owner, offset: offset.as_deref() };
        let verdict = match shown.pid {
            None => Verdict::New,
            Some(pid) => {
                let back = self.recovery.recover(connection.clone(), &arrival, key(pid), |_| view);
                match back.await {
                    RecoveryOutcome::Recovered(kept) => {
                        return Ok((ClientSession { pid, kept }, Verdict::Recovered));
                    }
                    RecoveryOutcome::TryAgain => return Err(TryAgain),
                    RecoveryOutcome::Unknown => Verdict::Unknown,
                    RecoveryOutcome::Foreign => Verdict::Foreign,
                    RecoveryOutcome::Unrecoverable => Verdict::Unrecoverable,
                }
            }
        };
        let pid = self.chance.number();
        let kept = self.recovery.begin(connection, &arrival, key(pid), u128::from(pid));
        Ok((ClientSession { pid, kept }, verdict))
    }

    /// `reply` gets the place, and whether the stay can be recovered.
    pub(crate) async fn join<R: IntoIterator<Item = Frame>>(
        &self,
        client_session: &ClientSession,
        (room, start): (&str, Start),
        from_snapshot: bool,
        view: View,
        reply: impl FnOnce(Place, bool) -> R + Send,
    ) -> Result<Place, JoinError> {
        let ticket = self.chance.number();
        let plan = Plan { room, start, from_snapshot, ticket, view };
        self.recovery.join(&client_session.kept, plan, reply).await
    }

    /// If it cannot be saved, the viewer stays in the room.
    pub(crate) async fn leave(
        &self,
        client_session: &ClientSession,
        room: &str,
    ) -> Result<bool, KeeperError> {
        self.recovery.leave(&client_session.kept, room).await
    }

    /// The connection is over; the client's window begins, unless it is recovered already.
    pub(crate) fn left(&self, client_session: &ClientSession) {
        self.recovery.left(&client_session.kept);
    }
}
