//! How a client is let in: where it was, if it shows a session that is its own and can be restored
//! exactly, or anew.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use rooms::{CloseReason, JoinError, Offset, View};

use super::book::{Claimed, Unsaved};
use super::returning::Returning;
use super::{Recoverable, Recovery};
use crate::broadcast;
use crate::namespace::ConnectRequest;
use crate::session::Session;
use crate::session_keeper::SavedSession;
use crate::sid::Sid;

/// How a client is let in.
pub(crate) enum Admission {
    /// The rooms are joined; events are held back.
    Recovered(Arc<Returning>),
    /// As if it had never been here.
    Fresh(Arc<Returning>),
    /// The keeper or the history did not answer: it must come again, and not lose its session.
    TryAgain,
}

/// What a client shows that comes back.
pub(crate) struct Shown {
    pub(crate) pid: Option<Sid>,
    pub(crate) offset: Option<String>,
}

impl Shown {
    pub(crate) fn by(request: &ConnectRequest<'_>) -> Self {
        let pid = request.auth_str("pid");
        // One that is not of our form cannot be one of ours.
        Self { pid: pid.and_then(|pid| pid.parse().ok()), offset: request.auth_str("offset") }
    }
}

/// What became of a client that came back.
enum Back {
    Recovered,
    Unknown,
    Foreign,
    Unrestorable,
    /// The keeper or the history did not answer.
    TryAgain,
}

impl Recovery {
    /// Lets a client in that has been accepted: where it was, or anew.
    pub(crate) async fn admit(
        &self,
        session: &Arc<Session>,
        namespace: u8,
        as_what: Recoverable,
        sid: Option<Sid>,
        shown: &Shown,
    ) -> Result<Admission, getrandom::Error> {
        if let Some(pid) = shown.pid {
            let returning = Returning::new(session, namespace, pid, as_what.owner, true);
            match self.come_back(session, &returning, as_what.view, shown.offset.as_deref()).await {
                Back::Recovered => {
                    self.counters.recovered.fetch_add(1, Ordering::Relaxed);
                    return Ok(Admission::Recovered(returning));
                }
                Back::Unknown => self.counters.unknown.fetch_add(1, Ordering::Relaxed),
                Back::Foreign => self.counters.foreign.fetch_add(1, Ordering::Relaxed),
                Back::Unrestorable => self.counters.unrestorable.fetch_add(1, Ordering::Relaxed),
                Back::TryAgain => return Ok(Admission::TryAgain),
            };
        }
        // The client keeps its old offset: nothing that it is told may look older than that.
        let stale = shown.offset.as_deref().and_then(|text| text.parse().ok());
        let stale = stale.map_or(0, |offset: Offset| offset.given());
        session.viewer().given_at_least(session.hub().position().max(stale));
        let returning = Returning::new(session, namespace, Sid::random()?, as_what.owner, false);
        returning.is(sid.map_or_else(Sid::random, Ok)?);
        self.book.lock().enter(&returning);
        Ok(Admission::Fresh(returning))
    }

    async fn come_back(
        &self,
        session: &Arc<Session>,
        returning: &Arc<Returning>,
        view: Option<View>,
        offset: Option<&str>,
    ) -> Back {
        // From the moment of the claim on, the next connection with this pid waits for this one.
        let _changing = returning.changing.lock().await;
        let claimed = self.book.lock().claim(returning);
        let unsaved = match claimed {
            Claimed::Unknown => return Back::Unknown,
            Claimed::Foreign => return Back::Foreign,
            Claimed::Waiting(unsaved, None) => unsaved,
            Claimed::Waiting(_, Some(last)) => {
                let _changed = last.changing.lock().await;
                last.unsaved()
            }
            Claimed::Live(old) => {
                if let Some(old) = old.session.upgrade() {
                    old.close(CloseReason::Replaced);
                }
                let _changed = old.changing.lock().await;
                old.unsaved()
            }
        };
        let back = self.restore_one(session, returning, view, offset, unsaved).await;
        match back {
            Back::Recovered => {}
            Back::TryAgain | Back::Foreign => self.left(returning),
            Back::Unknown | Back::Unrestorable => {
                // Its client begins anew; what cannot be restored exactly is not kept any longer.
                if let Some(key) = self.leaves_for_good(returning) {
                    self.forget(&[key]).await;
                }
            }
        }
        back
    }

    async fn restore_one(
        &self,
        session: &Arc<Session>,
        returning: &Arc<Returning>,
        view: Option<View>,
        offset: Option<&str>,
        unsaved: Option<Unsaved>,
    ) -> Back {
        let saved = match unsaved {
            Some(Unsaved { sid, owner, namespace }) => {
                returning.is(sid);
                let namespace = session.namespace_name(namespace).into();
                Ok(Some(SavedSession { sid, owner, namespace, stays: Vec::new() }))
            }
            None => {
                returning.saved.store(true, Ordering::Release);
                self.keeper.find(returning.key).await
            }
        };
        let saved = match saved {
            Ok(Some(saved)) => saved,
            Ok(None) => return Back::Unknown,
            Err(error) => {
                tracing::warn!(%error, "a session could not be found now");
                return Back::TryAgain;
            }
        };
        if saved.owner != returning.owner
            || *saved.namespace != *session.namespace_name(returning.namespace)
        {
            return Back::Foreign;
        }
        returning.is(saved.sid);
        let offset: Option<Offset> = match offset.map(str::parse) {
            None => None,
            Some(Ok(offset)) => Some(offset),
            Some(Err(_)) => return Back::Unrestorable,
        };
        let view = room_view(returning.namespace, saved.sid, view);
        let viewer = session.viewer();
        match session.hub().resume(viewer, &saved.stays, offset.as_ref(), view).await {
            Ok(()) => Back::Recovered,
            Err(error @ (JoinError::History(_) | JoinError::Closed)) => {
                tracing::debug!(%error, "a session could not be restored now");
                Back::TryAgain
            }
            Err(_) => Back::Unrestorable,
        }
    }
}

/// How a socket sees the rooms that it comes back to.
fn room_view(namespace: u8, sid: Sid, view: Option<View>) -> View {
    let view = view.unwrap_or_else(|| broadcast::view(namespace, sid, true));
    View { channel: namespace, ..view }
}
