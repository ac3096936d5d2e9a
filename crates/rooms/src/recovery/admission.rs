//! How a client is let in: where it was, if it shows a session that is its own and can be restored
//! exactly, or anew.

use std::sync::{Arc, Weak};

use super::arrival::Arrival;
use super::book::Claimed;
use super::keeper::KeeperError;
use super::returning::{Replaceable, Returning};
use super::session::{Generation, Held, SavedSession, SessionKey};
use super::sessions::Recovery;
use super::stats::count;
use crate::values::join_error::JoinError;
use crate::values::offset::Offset;
use crate::values::view::View;

/// How often a session is claimed again when another connection of its client took it in between.
const CLAIMS_MAX: usize = 8;

/// What became of a client that came back.
#[derive(Debug)]
pub enum Back {
    /// It is in its rooms.
    Recovered(Arc<Returning>),
    /// Nothing was kept.
    Unknown,
    /// The session is somebody else's.
    Foreign,
    /// Too much was missed, or it is no longer known what.
    Unrestorable,
    /// The keeper or the history did not answer: it must come again, and does not lose its session.
    TryAgain,
}

impl Recovery {
    /// Lets a client in where it was, if the key that it shows is that of its session. The caller holds
    /// its events back ([`Hub::hold`]) until it has told it so; `view` says by the client's name how it
    /// sees its rooms. To be polled to its end, even if the client goes away meanwhile.
    ///
    /// [`Hub::hold`]: crate::Hub::hold
    pub async fn come_back(
        &self,
        connection: Weak<dyn Replaceable>,
        arrival: &Arrival<'_>,
        key: SessionKey,
        view: impl FnOnce(u128) -> View + Send,
    ) -> Back {
        let returning = Returning::new(connection, arrival, key, None);
        let back = self.take_over(arrival, &returning, view).await;
        count(match &back {
            Back::Recovered(_) => &self.counters.recovered,
            Back::Unknown => &self.counters.unknown,
            Back::Foreign => &self.counters.foreign,
            Back::Unrestorable => &self.counters.unrestorable,
            Back::TryAgain => return back,
        });
        back
    }

    /// Lets a client in as if it had never been here, under a new key. It keeps its old offset, if it
    /// has one: nothing that it is told may look older.
    pub fn begin(
        &self,
        connection: Weak<dyn Replaceable>,
        arrival: &Arrival<'_>,
        key: SessionKey,
        name: u128,
    ) -> Arc<Returning> {
        let stale: Option<Offset> = arrival.offset.and_then(|text| text.parse().ok());
        // One of another epoch says nothing of what it will be told now.
        let stale = stale.filter(|offset| offset.epoch == self.hub.epoch());
        let stale = stale.map_or(0, |offset| offset.given());
        arrival.viewer.given_at_least(self.hub.position().max(stale));
        let returning = Returning::new(connection, arrival, key, Some(name));
        self.book.lock().enter(&returning);
        returning
    }

    async fn take_over(
        &self,
        arrival: &Arrival<'_>,
        returning: &Arc<Returning>,
        view: impl FnOnce(u128) -> View,
    ) -> Back {
        // From the moment of the claim on, the next connection with this key waits for this one.
        let _changing = returning.changing.lock().await;
        let claimed = self.book.lock().claim(returning);
        let unsaved = match claimed {
            Claimed::Foreign => return Back::Foreign,
            Claimed::NotHere => None,
            Claimed::Waiting(last) => {
                let _changed = last.changing.lock().await;
                last.unsaved()
            }
            Claimed::Live(old) => {
                count(&self.counters.replaced);
                if let Some(connection) = old.connection.upgrade() {
                    connection.replace();
                }
                let _changed = old.changing.lock().await;
                old.unsaved()
            }
        };
        let back = self.restore_one(arrival, returning, view, unsaved).await;
        match back {
            Back::Recovered(_) => {}
            Back::TryAgain => self.left(returning),
            Back::Foreign | Back::Unknown | Back::Unrestorable => {
                // Its client begins anew; what cannot be restored exactly is not kept any longer.
                if let Some(held) = self.leaves_for_good(returning) {
                    self.forget(&[held]).await;
                }
            }
        }
        back
    }

    async fn restore_one(
        &self,
        arrival: &Arrival<'_>,
        returning: &Arc<Returning>,
        view: impl FnOnce(u128) -> View,
        unsaved: Option<SavedSession>,
    ) -> Back {
        let session = match unsaved {
            // No other node knows of it.
            Some(session) => {
                returning.is_unsaved();
                returning.has(Generation::FIRST);
                session
            }
            None => match self.claim(returning).await {
                Ok(Ok(session)) => session,
                Ok(Err(back)) => return back,
                Err(error) => {
                    tracing::warn!(%error, "a session could not be found now");
                    return Back::TryAgain;
                }
            },
        };
        // Its places are those of other events, also if no offset says so.
        if session.epoch != self.hub.epoch() {
            tracing::debug!("a session is of another epoch");
            return Back::Unrestorable;
        }
        let name = returning.is(session.name);
        let offset: Option<Offset> = match arrival.offset.map(str::parse) {
            None => None,
            Some(Ok(offset)) => Some(offset),
            Some(Err(_)) => return Back::Unrestorable,
        };
        let view = View { channel: returning.channel, ..view(name) };
        match self.hub.resume(arrival.viewer, &session.stays, offset.as_ref(), view).await {
            Ok(()) => Back::Recovered(Arc::clone(returning)),
            Err(error @ (JoinError::History(_) | JoinError::Closed)) => {
                tracing::debug!(%error, "a session could not be restored now");
                Back::TryAgain
            }
            Err(error) => {
                tracing::debug!(%error, "a session cannot be restored exactly");
                Back::Unrestorable
            }
        }
    }

    /// Makes a session that is kept this connection's, or says why not.
    async fn claim(
        &self,
        returning: &Returning,
    ) -> Result<Result<SavedSession, Back>, KeeperError> {
        for _ in 0..CLAIMS_MAX {
            let Some((generation, found)) = self.keeper.find(returning.key).await? else {
                tracing::debug!("a session is not known");
                return Ok(Err(Back::Unknown));
            };
            // Looked at before it is claimed: a stranger takes nothing from whoever has it.
            if found.owner != returning.owner {
                return Ok(Err(Back::Foreign));
            }
            let found = Held { key: returning.key, generation };
            // What was found may be older than what is kept when it is claimed.
            if let Some(session) = self.keeper.claim(found).await? {
                returning.has(generation.next());
                return Ok(Ok(session));
            }
            // Another node was faster. Its connection may be one that the client has given up already, so
            // to begin anew here would lose what is kept: it is taken over from there, as if that
            // connection had come long ago.
        }
        Ok(Err(Back::TryAgain))
    }
}
