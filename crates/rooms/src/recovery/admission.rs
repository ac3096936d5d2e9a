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

/// What a client shows that comes back, and as whom it was let in.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a, K, O> {
    /// Under what its session would be kept.
    pub key: K,
    /// Whose it would have to be.
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

enum Restored {
    Yes,
    Unknown,
    Foreign,
    Unrestorable,
    TryAgain,
}

impl<K: Keeper> Recovery<K> {
    /// Lets a client in where it was. The caller holds its events back ([`Hub::hold`]) until it has
    /// told it so. `new_name` is what it would be called otherwise; `view` says by its name how it
    /// sees its rooms.
    ///
    /// [`Hub::hold`]: crate::Hub::hold
    pub async fn come_back(
        &self,
        connection: Weak<dyn Replaceable>,
        viewer: &Arc<Viewer>,
        shown: Shown<'_, K::Key, K::Owner>,
        new_name: K::Name,
        view: impl FnOnce(&K::Name) -> View + Send,
    ) -> Back<K> {
        let Shown { key, owner, offset } = shown;
        let returning = Returning::new(connection, key, owner, new_name, true);
        let counters = &self.counters;
        match self.take_over(viewer, &returning, offset, view).await {
            Restored::Yes => {
                count(&counters.recovered);
                Back::Recovered(returning)
            }
            Restored::Unknown => {
                count(&counters.unknown);
                Back::Unknown
            }
            Restored::Foreign => {
                count(&counters.foreign);
                Back::Foreign
            }
            Restored::Unrestorable => {
                count(&counters.unrestorable);
                Back::Unrestorable
            }
            Restored::TryAgain => Back::TryAgain,
        }
    }

    /// Lets a client in as if it had never been here, under a new key. `offset` is what it has
    /// shown all the same: it keeps it, and nothing that it is told may look older.
    pub fn begin(
        &self,
        connection: Weak<dyn Replaceable>,
        viewer: &Viewer,
        shown: Shown<'_, K::Key, K::Owner>,
        name: K::Name,
    ) -> Arc<Returning<K>> {
        let Shown { key, owner, offset } = shown;
        let stale = offset.and_then(|text| text.parse().ok());
        let stale = stale.map_or(0, |offset: Offset| offset.given());
        viewer.given_at_least(self.hub.position().max(stale));
        let returning = Returning::new(connection, key, owner, name, false);
        self.book.lock().enter(&returning);
        returning
    }

    async fn take_over(
        &self,
        viewer: &Arc<Viewer>,
        returning: &Arc<Returning<K>>,
        offset: Option<&str>,
        view: impl FnOnce(&K::Name) -> View,
    ) -> Restored {
        // From the moment of the claim on, the next connection with this key waits for this one.
        let _changing = returning.changing.lock().await;
        let claimed = self.book.lock().claim(returning);
        let unsaved = match claimed {
            Claimed::Unknown => return Restored::Unknown,
            Claimed::Foreign => return Restored::Foreign,
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
        let restored = self.restore_one(viewer, returning, offset, view, unsaved).await;
        match restored {
            Restored::Yes => {}
            Restored::TryAgain | Restored::Foreign => self.left(returning),
            Restored::Unknown | Restored::Unrestorable => {
                // Its client begins anew; what cannot be restored exactly is not kept any longer.
                if let Some(key) = self.leaves_for_good(returning) {
                    self.forget(&[key]).await;
                }
            }
        }
        restored
    }

    async fn restore_one(
        &self,
        viewer: &Arc<Viewer>,
        returning: &Returning<K>,
        offset: Option<&str>,
        view: impl FnOnce(&K::Name) -> View,
        unsaved: Option<KeptSession<K>>,
    ) -> Restored {
        let kept = match unsaved {
            Some(kept) => {
                returning.is(kept.name.clone());
                Ok(Some(kept))
            }
            None => {
                returning.saved.store(true, Ordering::Release);
                self.keeper.find(returning.key).await
            }
        };
        let kept = match kept {
            Ok(Some(kept)) => kept,
            Ok(None) => return Restored::Unknown,
            Err(error) => {
                tracing::warn!(%error, "a session could not be found now");
                return Restored::TryAgain;
            }
        };
        if kept.owner != returning.owner {
            return Restored::Foreign;
        }
        returning.is(kept.name);
        let offset: Option<Offset> = match offset.map(str::parse) {
            None => None,
            Some(Ok(offset)) => Some(offset),
            Some(Err(_)) => return Restored::Unrestorable,
        };
        let view = view(returning.name());
        match self.hub.resume(viewer, &kept.stays, offset.as_ref(), view).await {
            Ok(()) => Restored::Yes,
            Err(error @ (JoinError::History(_) | JoinError::Closed)) => {
                tracing::debug!(%error, "a session could not be restored now");
                Restored::TryAgain
            }
            Err(_) => Restored::Unrestorable,
        }
    }
}
