//! How a client begins: where it was, if it sends the key of a session that is its own and can be
//! recovered exactly, or anew.

use std::sync::{Arc, Weak};

use super::arrival::Arrival;
use super::book::Claimed;
use super::client_session::{ClientSession, Replaceable};
use super::keeper::KeeperError;
use super::session::{Generation, Held, SavedSession, SessionKey};
use super::sessions::Recovery;
use super::stats::count;
use crate::values::join_error::JoinError;
use crate::values::offset::Offset;
use crate::values::view::View;

/// How often a session is claimed again when another connection took it in between.
const CLAIMS_MAX: usize = 8;

/// How far another node, which gave a client its offset, may be ahead of this one.
const POSITIONS_AHEAD_MAX: u64 = 10_000;

/// The outcome of a recovery.
#[derive(Debug)]
pub enum RecoveryOutcome {
    /// It is in its rooms.
    Recovered(Arc<ClientSession>),
    /// Nothing was kept.
    Unknown,
    /// The session belongs to another owner.
    Foreign,
    /// The client missed too much, or the missed events are no longer kept.
    Unrecoverable,
    /// The keeper or the history did not answer: the client must try again, and keeps its session.
    TryAgain,
}

impl Recovery {
    /// Recovers a client where it was, if it sends the key of its session. The caller holds its
    /// events back ([`Hub::hold`]) until it has answered the client; `view` makes, from the
    /// client's name, its view of its rooms. To be polled to its end, even if the client goes away
    /// meanwhile.
    ///
    /// [`Hub::hold`]: crate::Hub::hold
    pub async fn recover(
        &self,
        connection: Weak<dyn Replaceable>,
        arrival: &Arrival<'_>,
        key: SessionKey,
        view: impl FnOnce(u128) -> View + Send,
    ) -> RecoveryOutcome {
        let client_session = ClientSession::new(connection, arrival, key, None);
        let back = self.take_over(arrival, &client_session, view).await;
        count(match &back {
            RecoveryOutcome::Recovered(_) => &self.counters.recovered,
            RecoveryOutcome::Unknown => &self.counters.unknown,
            RecoveryOutcome::Foreign => &self.counters.foreign,
            RecoveryOutcome::Unrecoverable => &self.counters.unrecoverable,
            RecoveryOutcome::TryAgain => return back,
        });
        back
    }

    /// Begins a client as if it had never been here, under a new key. It keeps its old offset, if
    /// it has one: no event that it gets may look older.
    pub fn begin(
        &self,
        connection: Weak<dyn Replaceable>,
        arrival: &Arrival<'_>,
        key: SessionKey,
        name: u128,
    ) -> Arc<ClientSession> {
        let stale = arrival.offset.and_then(|text| self.read(text));
        // An offset of another epoch says nothing about the events of this one.
        let stale = stale.filter(|offset| offset.epoch == self.hub.epoch());
        let stale = stale.map_or(0, |offset| offset.given());
        arrival.viewer.given_at_least(self.hub.position().max(stale));
        let client_session = ClientSession::new(connection, arrival, key, Some(name));
        self.book.lock().enter(&client_session);
        client_session
    }

    async fn take_over(
        &self,
        arrival: &Arrival<'_>,
        client_session: &Arc<ClientSession>,
        view: impl FnOnce(u128) -> View,
    ) -> RecoveryOutcome {
        // From the moment of the claim on, the next connection with this key waits for this one.
        let _changing = client_session.changing.lock().await;
        let unsaved = match self.claim_here(client_session).await {
            Claimed::Foreign => return RecoveryOutcome::Foreign,
            Claimed::Undecided(_) => return RecoveryOutcome::TryAgain,
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
        let back = self.recover_session(arrival, client_session, view, unsaved).await;
        match back {
            RecoveryOutcome::Recovered(_) => {}
            // An offset that does not fit may be an old one: the client may have given up this
            // connection, and have gone on with another one meanwhile. So its session is kept for
            // its window, also if this client begins anew.
            RecoveryOutcome::TryAgain | RecoveryOutcome::Unrecoverable => {
                self.left(client_session);
            }
            // Nothing is kept under its key, or nothing that it may touch.
            RecoveryOutcome::Foreign | RecoveryOutcome::Unknown => {
                self.book.lock().unbook(client_session);
            }
        }
        back
    }

    /// An offset that a client has sent, if it can be one. One that is far ahead of all events was
    /// made up: every event until then would be older, and encoded for this client alone.
    fn read(&self, text: &str) -> Option<Offset> {
        let offset: Offset = text.parse().ok()?;
        let newest = self.hub.position().saturating_add(POSITIONS_AHEAD_MAX);
        (offset.epoch != self.hub.epoch() || offset.given() <= newest).then_some(offset)
    }

    /// What this node knows of the key, once it is known whose it is.
    async fn claim_here(&self, client_session: &Arc<ClientSession>) -> Claimed {
        let mut claimed = self.book.lock().claim(client_session);
        for _ in 0..CLAIMS_MAX {
            let Claimed::Undecided(other) = &claimed else { break };
            drop(other.changing.lock().await);
            claimed = self.book.lock().claim(client_session);
        }
        claimed
    }

    async fn recover_session(
        &self,
        arrival: &Arrival<'_>,
        client_session: &Arc<ClientSession>,
        view: impl FnOnce(u128) -> View,
        unsaved: Option<SavedSession>,
    ) -> RecoveryOutcome {
        let session = match unsaved {
            // No other node knows of it.
            Some(session) => {
                client_session.note_unsaved();
                client_session.goes_on(&session, Generation::FIRST);
                session
            }
            None => match self.claim(client_session).await {
                Ok(Ok(session)) => session,
                Ok(Err(back)) => return back,
                Err(error) => {
                    tracing::warn!(%error, "a session could not be found now");
                    return RecoveryOutcome::TryAgain;
                }
            },
        };
        // Its places belong to other events, also if no offset shows that.
        if session.epoch != self.hub.epoch() {
            tracing::debug!("a session is of another epoch");
            return RecoveryOutcome::Unrecoverable;
        }
        let name = client_session.set_name(session.name);
        let offset = match arrival.offset.map(|text| self.read(text)) {
            None => None,
            Some(None) => return RecoveryOutcome::Unrecoverable,
            // Every event of this session has its epoch, and clients send the newest offset that
            // they have: so this client has received no event of the session.
            Some(Some(offset)) if offset.epoch != session.epoch => None,
            Some(offset) => offset,
        };
        let view = View { channel: client_session.channel, ..view(name) };
        match self.hub.recover(arrival.viewer, &session.stays, offset.as_ref(), view).await {
            Ok(()) => RecoveryOutcome::Recovered(Arc::clone(client_session)),
            Err(error @ (JoinError::History(_) | JoinError::Closed)) => {
                tracing::debug!(%error, "a session could not be recovered now");
                RecoveryOutcome::TryAgain
            }
            Err(error) => {
                tracing::debug!(%error, "a session cannot be recovered exactly");
                RecoveryOutcome::Unrecoverable
            }
        }
    }

    /// Makes a kept session this connection's, or returns why not.
    async fn claim(
        &self,
        client_session: &ClientSession,
    ) -> Result<Result<SavedSession, RecoveryOutcome>, KeeperError> {
        for _ in 0..CLAIMS_MAX {
            let Some((generation, found)) = self.keeper.find(client_session.key).await? else {
                tracing::debug!("a session is not known");
                return Ok(Err(RecoveryOutcome::Unknown));
            };
            // Checked before the claim: a client with another owner must not take the session away.
            if !found.owner.admits(&client_session.owner()) {
                return Ok(Err(RecoveryOutcome::Foreign));
            }
            let found = Held { key: client_session.key, generation };
            // The session that was found may be older than the one at the claim.
            if let Some(session) = self.keeper.claim(found).await? {
                client_session.goes_on(&session, generation.next());
                return Ok(Ok(session));
            }
            // Another node was faster. The client may have given up that connection already, so to
            // begin anew here would lose the session: it is taken over from there, as from any
            // older connection.
        }
        Ok(Err(RecoveryOutcome::TryAgain))
    }
}
