//! Accounts that another process changes while this one runs (`seatwire admin` beside the server).
//!
//! The store caches accounts that it has read. A change by this process is seen at once; for one
//! from outside the store has to look, and this file says how often. This is how long the token of
//! a disabled account is still accepted at the most.

use std::sync::Arc;
use std::time::Duration;

use store::People;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

const LOOK_MILLISECONDS: u64 = 500;

/// Looks until the server stops.
pub(crate) async fn look_for_them(store: Arc<dyn People>, stopping: CancellationToken) {
    let mut looks = tokio::time::interval(Duration::from_millis(LOOK_MILLISECONDS));
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // A failure is logged once, not twice a second for as long as it lasts.
    let mut has_failed = false;
    while stopping.run_until_cancelled(looks.tick()).await.is_some() {
        let looked = store.look_for_changed_accounts().await;
        if let Err(error) = &looked
            && !has_failed
        {
            tracing::warn!(%error, "changed accounts cannot be looked for");
        }
        has_failed = looked.is_err();
    }
}
