//! A viewer loses its privileges when what gave them ends: the token's time, the role, the account.
//!
//! One task checks all known viewers: as soon as a token has expired, and every [`CHECKED_SECONDS`]
//! for everything else. Each viewer then sees its rooms with the privileges that its token has now;
//! where anonymous viewers are not allowed, its connection is ended, so that it reconnects and is
//! identified again. The privileges change in place: no subscription and no event is lost.
//!
//! A change that this process makes to an account takes effect before the change is answered
//! ([`Privileges::account_changed`]).

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use booking::Source;
use domain::{Account, TokenId, UserId};
use futures_util::StreamExt as _;
use futures_util::stream;
use parking_lot::Mutex;
use rooms::{Encoding, Hub};
use tokio::sync::{Mutex as AsyncMutex, Notify};
use tokio_util::sync::CancellationToken;

use super::door::Door;
use super::known::{Changes, Known};
use super::view::view;
use crate::config::{GatewayAuth, Mode};
use crate::identity::callers::Callers;
use crate::identity::tokens::Holder;
use crate::identity::unidentified::Unidentified;

/// How often accounts and roles are checked; what is promised is a minute.
const CHECKED_SECONDS: u64 = 5;

/// How long a change of an account waits at the most until its viewers have been checked.
const CHANGE_SECONDS_MAX: u64 = 2;

/// How long a viewer that came waits until it is known when its token expires.
const SOONER: Duration = Duration::from_millis(100);

/// Tokens that are looked up at one time.
const LOOK_UPS_MAX: usize = 64;

const WHY: &str = "this token is no longer good";

/// The known viewers. A clone is another handle to the same ones.
#[derive(Clone, Default)]
pub(crate) struct Privileges(Arc<Watched>);

#[derive(Default)]
struct Watched {
    entries: Mutex<Vec<Entry>>,
    /// A viewer came whose token may expire before the next check.
    sooner: Notify,
    /// Held for a whole check: a check that read before a change must not show its result after
    /// another check has shown the change.
    looking: AsyncMutex<()>,
    /// How many changes of accounts this process has made.
    changes: AtomicU64,
    /// An account was changed while a viewer was being identified, or could not be checked at once:
    /// all viewers are checked now.
    is_due: AtomicBool,
}

#[derive(Clone)]
struct Entry {
    known: Weak<Known>,
    user_id: UserId,
    door: Door,
}

/// What the task needs to check viewers.
pub(crate) struct Watch {
    pub(crate) hub: Hub,
    pub(crate) callers: Callers,
    pub(crate) source: Source,
    pub(crate) auth: GatewayAuth,
    pub(crate) mode: Mode,
}

impl Privileges {
    /// Checks a viewer from now on, until its `Known` is dropped.
    pub(crate) fn watch(&self, known: &Arc<Known>, door: Door) {
        // Before the entry is found by a check, whose result must stand.
        if let Some(door) = door.open() {
            door.trust(known.caller());
        }
        let user_id = known.holder.actor.user_id;
        self.0.entries.lock().push(Entry { known: Arc::downgrade(known), user_id, door });
        // Compared after the push: a change that is not seen here finds the entry.
        if known.changes != self.changes() {
            self.0.is_due.store(true, Ordering::SeqCst);
        }
        self.0.sooner.notify_one();
    }

    /// Handles to all viewers of an account.
    pub(crate) fn doors_of(&self, id: UserId) -> Vec<Door> {
        let entries = self.0.entries.lock();
        // Nothing is upgraded here: a check sees by the number of strong handles which entries are
        // no longer in use.
        let of_user =
            entries.iter().filter(|entry| entry.user_id == id && entry.known.strong_count() > 0);
        of_user.map(|entry| entry.door.clone()).collect()
    }

    /// To be read before the bearer of a token is looked up.
    pub(crate) fn changes(&self) -> Changes {
        Changes(self.0.changes.load(Ordering::SeqCst))
    }

    /// An account was changed, and the change is committed: its viewers are checked before this
    /// returns.
    pub(crate) async fn account_changed(&self, id: UserId, watch: &Watch) {
        self.0.changes.fetch_add(1, Ordering::SeqCst);
        let longest = Duration::from_secs(CHANGE_SECONDS_MAX);
        if tokio::time::timeout(longest, self.look(watch, Some(id))).await.is_err() {
            // A check of all was under way, or the store does not answer. All are checked next.
            self.0.is_due.store(true, Ordering::SeqCst);
            self.0.sooner.notify_one();
        }
    }

    /// Checks all of them until the server stops.
    pub(crate) async fn run(self, watch: Arc<Watch>, stop: CancellationToken) {
        let period = Duration::from_secs(CHECKED_SECONDS);
        let mut next = tokio::time::Instant::now() + period;
        while !stop.is_cancelled() {
            if self.0.is_due.swap(false, Ordering::SeqCst) {
                self.look(&watch, None).await;
            }
            let at = self
                .first_expiry(watch.source.now().as_second())
                .map_or(next, |soon| soon.min(next));
            tokio::select! {
                () = stop.cancelled() => return,
                // Not for each of a crowd that comes at once.
                () = self.0.sooner.notified() => {
                    tokio::time::sleep(SOONER).await;
                    continue;
                }
                () = tokio::time::sleep_until(at) => {}
            }
            self.look(&watch, None).await;
            if at == next {
                next = tokio::time::Instant::now() + period;
            }
        }
    }

    /// When the first of the tokens expires that still give privileges.
    fn first_expiry(&self, now: i64) -> Option<tokio::time::Instant> {
        let entries = self.0.entries.lock();
        let good = entries.iter().filter_map(|entry| entry.known.upgrade());
        let first = good
            .filter(|known| known.caller().is_some())
            .map(|known| known.holder.expires)
            .min()?;
        let seconds = u64::try_from(first.saturating_sub(now)).unwrap_or(0);
        // At most one period: an instant has an upper bound, the expiry in a token has none.
        Some(tokio::time::Instant::now() + Duration::from_secs(seconds.min(CHECKED_SECONDS)))
    }

    /// One check of all viewers, or of the viewers of one account. Results are applied again at the
    /// next check: a subscription that was under way meanwhile may have brought the old view along.
    async fn look(&self, watch: &Watch, only: Option<UserId>) {
        let _one_at_a_time = self.0.looking.lock().await;
        let entries = {
            let mut entries = self.0.entries.lock();
            entries.retain(|entry| entry.known.strong_count() > 0);
            if entries.len() * 4 < entries.capacity() {
                entries.shrink_to_fit();
            }
            entries.clone()
        };
        let meant = entries.iter().filter(|entry| only.is_none_or(|id| entry.user_id == id));
        let now = watch.source.now().as_second();
        // Time needs no store: those whose time is over do not wait for it.
        let mut tokens = HashMap::new();
        for entry in meant.clone() {
            let Some(known) = entry.known.upgrade() else { continue };
            if known.holder.expires <= now {
                watch.apply(known, &entry.door, Worth::Nothing);
            } else {
                tokens.insert(known.holder.token, known.holder);
            }
        }
        let worths = watch.worths(tokens).await;
        for Entry { known, door, .. } in meant {
            let Some(known) = known.upgrade() else { continue };
            if let Some(worth) = worths.get(&known.holder.token) {
                watch.apply(known, door, *worth);
            }
        }
    }
}

/// The privileges that a token gives now.
#[derive(Clone, Copy)]
enum Worth {
    Is(Account),
    /// The account cannot be looked up. The bearer sees what every viewer may see, and is not
    /// disconnected.
    Unknown,
    Nothing,
}

impl Watch {
    /// Each token is looked up once, however many sockets it has. Some at a time: of a store that
    /// does not answer, the last one must not wait for all before it.
    async fn worths(&self, tokens: HashMap<TokenId, Holder>) -> HashMap<TokenId, Worth> {
        let look_up = |(token, holder)| async move { (token, self.worth(holder).await) };
        stream::iter(tokens).map(look_up).buffer_unordered(LOOK_UPS_MAX).collect().await
    }

    async fn worth(&self, holder: Holder) -> Worth {
        match self.callers.stands(holder).await {
            Ok(holder) => Worth::Is(holder.actor),
            Err(Unidentified::Unknown(_)) => Worth::Unknown,
            Err(
                Unidentified::BadToken
                | Unidentified::NoKeys
                | Unidentified::Gone
                | Unidentified::Disabled
                | Unidentified::Revoked,
            ) => Worth::Nothing,
        }
    }

    fn apply(&self, known: Arc<Known>, door: &Door, worth: Worth) {
        // Meanwhile the viewer may have authenticated again: then only this check holds the old
        // `Known`, and its privileges no longer matter.
        if Arc::strong_count(&known) == 1 {
            return;
        }
        let worth = match worth {
            Worth::Is(account) => Some(account),
            Worth::Unknown => None,
            Worth::Nothing if self.auth == GatewayAuth::Required => {
                // What it had until now is over, however long its connection takes to end.
                known.becomes(None);
                if let Some(door) = door.open() {
                    door.end(WHY);
                }
                return;
            }
            Worth::Nothing => None,
        };
        known.becomes(worth);
        self.show(door, worth);
    }

    fn show(&self, door: &Door, worth: Option<Account>) {
        // The encoding is the connection's own and stays.
        let rooms::View { audience, identity, .. } = view(self.mode, worth, Encoding::new(0));
        let Some(door) = door.open() else { return };
        door.trust(worth);
        door.show_as(&self.hub, audience, identity);
    }
}
