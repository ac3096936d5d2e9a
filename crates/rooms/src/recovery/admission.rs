//! How a client is let in: where it was, if it shows a session that is its own and can be restored
//! exactly, or anew.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};

use super::book::Claimed;
use super::keeper::{Keeper, KeptSession};
use super::returning::{Replaceable, Returning};
use super::{Recovery, count};
use crate::join::JoinError;
use crate::member::View;
use crate::offset::Offset;
use crate::viewer::Viewer;

/// A client that is about to be let in.
#[derive(Clone, Copy, Debug)]
pub struct Arrival<'a, O> {
    /// Its connection, which may have other channels.
    pub viewer: &'a Arc<Viewer>,
    /// Where its rooms are.
    pub channel: u8,
    /// Whose its session is, or would have to be.
    pub owner: O,
    /// How far it got, in its own words; `None` if it has received no event.
    pub offset: Option<&'a str>,
}

/// What became of a client that came back.
#[derive(Debug)]
pub enum Back<K: Keeper> {
    /// It is in its rooms.
    Recovered(Arc<Returning<K>>),
    /// Nothing was kept.
    Unknown,
    /// The session is somebody else's.
    Foreign,
    /// Too much was missed, or it is no longer known what.
    Unrestorable,
    /// The keeper or the history did not answer: it must come again, and does not lose its session.
    TryAgain,
}

impl<K: Keeper> Recovery<K> {
    /// Lets a client in where it was, if the key that it shows is that of its session. The caller holds
    /// its events back ([`Hub::hold`]) until it has told it so; `view` says by the client's name how it
    /// sees its rooms. To be polled to its end, even if the client goes away meanwhile.
    ///
    /// [`Hub::hold`]: crate::Hub::hold
    pub async fn come_back(
        &self,
        connection: Weak<dyn Replaceable>,
        arrival: Arrival<'_, K::Owner>,
        key: K::Key,
        view: impl FnOnce(&K::Name) -> View + Send,
    ) -> Back<K> {
        let returning = Returning::new(connection, &arrival, key, None);
        let back = self.take_over(&arrival, &returning, view).await;
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
        arrival: Arrival<'_, K::Owner>,
        key: K::Key,
        name: K::Name,
    ) -> Arc<Returning<K>> {
        let stale: Option<Offset> = arrival.offset.and_then(|text| text.parse().ok());
        // One of another epoch says nothing of what it will be told now.
        let stale = stale.filter(|offset| offset.epoch == self.hub.epoch());
        let stale = stale.map_or(0, |offset| offset.given());
        arrival.viewer.given_at_least(self.hub.position().max(stale));
        let returning = Returning::new(connection, &arrival, key, Some(name));
        self.book.lock().enter(&returning);
        returning
    }

    async fn take_over(
        &self,
        arrival: &Arrival<'_, K::Owner>,
        returning: &Arc<Returning<K>>,
        view: impl FnOnce(&K::Name) -> View,
    ) -> Back<K> {
        // From the moment of the claim on, the next connection with this key waits for this one.
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
        arrival: &Arrival<'_, K::Owner>,
        returning: &Arc<Returning<K>>,
        view: impl FnOnce(&K::Name) -> View,
        unsaved: Option<KeptSession<K>>,
    ) -> Back<K> {
        let kept = match unsaved {
            Some(kept) => {
                returning.is(kept.name.clone());
                returning.saved.store(false, Ordering::Release);
                Ok(Some(kept))
            }
            None => self.keeper.find(returning.key).await,
        };
        let kept = match kept {
            Ok(Some(kept)) => kept,
            Ok(None) => return Back::Unknown,
            Err(error) => {
                tracing::warn!(%error, "a session could not be found now");
                return Back::TryAgain;
            }
        };
        if kept.owner != returning.owner {
            return Back::Foreign;
        }
        let name = returning.is(kept.name);
        let offset: Option<Offset> = match arrival.offset.map(str::parse) {
            None => None,
            Some(Ok(offset)) => Some(offset),
            Some(Err(_)) => return Back::Unrestorable,
        };
        let view = View { channel: returning.channel, ..view(name) };
        match self.hub.resume(arrival.viewer, &kept.stays, offset.as_ref(), view).await {
            Ok(()) => Back::Recovered(Arc::clone(returning)),
            Err(error @ (JoinError::History(_) | JoinError::Closed)) => {
                tracing::debug!(%error, "a session could not be restored now");
                Back::TryAgain
            }
            Err(_) => Back::Unrestorable,
        }
    }
}
