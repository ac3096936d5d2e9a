//! The server's side of coming back: whose session it is, where it is kept, when it is forgotten.
//!
//! It does with `rooms` and the store what `socketio` (`recovery.rs`) and the gateway of `server`
//! (`kept_sessions.rs`) do, in the same order: that order is what is tried here.

mod book;
mod row;
mod stays;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use parking_lot::Mutex;
use rooms::{CloseReason, Hub, JoinError, Offset, Stay, View, Viewer};
use store::{CommandError, SessionKey, Store, StoreError};
use tokio::time::Instant;

use crate::chance::Chance;
use crate::mutation::{self, Mutation};
pub(crate) use crate::sessions::book::Returning;
use crate::sessions::book::{Book, Claimed, Unsaved};
use crate::sessions::row::SavedSession;
pub(crate) use crate::sessions::stays::Plan;
use crate::trace::Tally;

/// How often it is looked for sessions whose time is over; as in `socketio`.
const SWEEP_PERIOD: Duration = Duration::from_secs(1);

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

/// The sessions of one life of the process.
pub(crate) struct Sessions {
    store: Arc<dyn Store>,
    chance: Chance,
    /// The time that a client has to come back.
    window: Duration,
    mutation: Option<Mutation>,
    book: Mutex<Book>,
    tally: Mutex<Tally>,
}

impl Sessions {
    /// Knows all that an earlier life has written down.
    pub(crate) async fn open(
        store: Arc<dyn Store>,
        chance: Chance,
        window: Duration,
        mutation: Option<Mutation>,
    ) -> Result<Arc<Self>, StoreError> {
        let (book, tally) = (Mutex::new(Book::new(window)), Mutex::default());
        let sessions = Arc::new(Self { store, chance, window, mutation, book, tally });
        for key in sessions.store.viewer_session_keys().await? {
            sessions.book.lock().wait_for(row::pid(&key), None, None);
        }
        tokio::spawn(sweep(Arc::clone(&sessions)));
        Ok(sessions)
    }

    pub(crate) fn window(&self) -> Duration {
        self.window
    }

    fn count(&self, what: &'static str) {
        *self.tally.lock().entry(what).or_default() += 1;
    }

    /// What happened here and nobody outside has seen.
    pub(crate) fn take_tally(&self) -> Tally {
        std::mem::take(&mut self.tally.lock())
    }

    /// Lets a client in: where it was, or anew. The caller holds its events back.
    pub(crate) async fn admit(
        &self,
        hub: &Hub,
        viewer: &Arc<Viewer>,
        view: View,
        shown: &Shown,
    ) -> Result<(Arc<Returning>, Verdict), TryAgain> {
        let verdict = match shown.pid {
            None => Verdict::New,
            Some(pid) => {
                let returning = Returning::new(viewer, pid, view.identity);
                let back = self.come_back(hub, viewer, &returning, view, shown).await?;
                if back == Verdict::Recovered {
                    return Ok((returning, back));
                }
                back
            }
        };
        // The client keeps its old offset: nothing that it is told may look older than that.
        let stale = shown.offset.as_deref().and_then(|text| text.parse().ok());
        let stale = stale.map_or(0, |offset: Offset| offset.given());
        viewer.given_at_least(hub.position().max(stale));
        let returning = Returning::new(viewer, self.chance.number(), view.identity);
        self.book.lock().enter(&returning);
        Ok((returning, verdict))
    }

    async fn come_back(
        &self,
        hub: &Hub,
        viewer: &Arc<Viewer>,
        returning: &Arc<Returning>,
        view: View,
        shown: &Shown,
    ) -> Result<Verdict, TryAgain> {
        let _changing = returning.changing.lock().await;
        let claimed = self.book.lock().claim(returning);
        let unsaved = match claimed {
            Claimed::Unknown => return Ok(Verdict::Unknown),
            Claimed::Foreign => return Ok(Verdict::Foreign),
            Claimed::Waiting(unsaved, None) => unsaved,
            Claimed::Waiting(_, Some(last)) => {
                let _changed = last.changing.lock().await;
                last.unsaved()
            }
            Claimed::Live(old) => {
                self.count("half-open connections that were replaced");
                if let Some(old) = old.viewer.upgrade() {
                    old.close(CloseReason::Replaced);
                }
                let _changed = old.changing.lock().await;
                old.unsaved()
            }
        };
        let back = self.restore_one(hub, viewer, returning, view, shown, unsaved).await;
        match back {
            Ok(Verdict::Recovered | Verdict::New) => {}
            Err(TryAgain) | Ok(Verdict::Foreign) => self.left(returning),
            Ok(Verdict::Unknown | Verdict::Unrestorable) => {
                let was_live = self.book.lock().unbook(returning);
                if was_live && returning.is_saved() {
                    self.forget(&[returning.pid]).await;
                }
            }
        }
        back
    }

    async fn restore_one(
        &self,
        hub: &Hub,
        viewer: &Arc<Viewer>,
        returning: &Returning,
        view: View,
        shown: &Shown,
        unsaved: Option<Unsaved>,
    ) -> Result<Verdict, TryAgain> {
        let saved = match unsaved {
            Some(Unsaved { owner }) => SavedSession { owner, stays: Vec::new() },
            None => {
                returning.saved.store(true, Ordering::Relaxed);
                match self.store.viewer_session(row::key(returning.pid)).await {
                    Err(_) => return Err(TryAgain),
                    Ok(found) => match found.as_deref().and_then(SavedSession::read) {
                        None => return Ok(Verdict::Unknown),
                        Some(saved) => saved,
                    },
                }
            }
        };
        if saved.owner != returning.owner {
            return Ok(Verdict::Foreign);
        }
        let offset: Option<Offset> = match shown.offset.as_deref().map(str::parse) {
            None => None,
            Some(Ok(offset)) => Some(offset),
            Some(Err(_)) => return Ok(Verdict::Unrestorable),
        };
        let offset = match self.mutation {
            Some(Mutation::TakeOffsetsTooFar) => offset.map(mutation::too_far),
            _ => offset,
        };
        match hub.resume(viewer, &saved.stays, offset.as_ref(), view).await {
            Ok(()) => Ok(Verdict::Recovered),
            Err(JoinError::History(_) | JoinError::Closed) => Err(TryAgain),
            Err(_) => Ok(Verdict::Unrestorable),
        }
    }

    async fn save(&self, returning: &Returning, stays: Vec<Stay>) -> Result<(), CommandError> {
        let session = SavedSession { owner: returning.owner, stays };
        let key = row::key(returning.pid);
        let saved = self.store.save_viewer_session(key, session.write()).await;
        if saved.is_err() {
            self.count("sessions that could not be written");
        }
        saved?;
        returning.saved.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// The connection is over; the client has its time to come back, unless it is back already.
    pub(crate) fn left(&self, returning: &Arc<Returning>) {
        let mut book = self.book.lock();
        if book.unbook(returning) {
            let last = Some(Arc::clone(returning));
            book.wait_for(returning.pid, returning.unsaved(), last);
        }
    }

    /// What is about the session cannot be written down.
    fn give_up(&self, returning: &Returning) {
        self.count("sessions given up");
        returning.given_up.store(true, Ordering::Relaxed);
        self.book.lock().unbook(returning);
    }

    async fn forget(&self, pids: &[u64]) {
        let keys: Vec<SessionKey> = pids.iter().copied().map(row::key).collect();
        // What cannot be forgotten now is not asked for again.
        let forgotten = self.store.forget_viewer_sessions(keys).await;
        self.count(if forgotten.is_ok() { "sessions forgotten" } else { "sessions not forgotten" });
    }
}

async fn sweep(sessions: Arc<Sessions>) {
    loop {
        tokio::time::sleep(SWEEP_PERIOD).await;
        let overdue = sessions.book.lock().take_overdue(Instant::now());
        if !overdue.is_empty() {
            sessions.forget(&overdue).await;
        }
    }
}
