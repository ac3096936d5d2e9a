//! Orders to viewers that came in at another node: found in the database, and carried out here.
//!
//! An order reaches the viewers of every node within about [`LOOK_MILLISECONDS`]; while the
//! database does not answer, later. Each is carried out once: a node skips its own.

use std::time::Duration;

use store::{FanOutState, NodeId, Store, StoreError};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::gateway::Gateway;

const LOOK_MILLISECONDS: u64 = 500;

/// Looks until the server stops; never if there are no other nodes.
pub(crate) async fn carry_out(
    store: std::sync::Arc<dyn Store>,
    gateway: Gateway,
    node: NodeId,
    stopping: CancellationToken,
) {
    if gateway.fan_out() == FanOutState::Alone {
        return;
    }
    let mut looks = tokio::time::interval(Duration::from_millis(LOOK_MILLISECONDS));
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // Orders from before this start were not for viewers of this server.
    let mut done = None;
    // A failure is logged once, not twice a second for as long as it lasts.
    let mut has_failed = false;
    while stopping.run_until_cancelled(looks.tick()).await.is_some() {
        let looked = look(&*store, &gateway, node, &mut done).await;
        if let Err(error) = &looked
            && !has_failed
        {
            tracing::warn!(%error, "orders to viewers cannot be looked for");
        }
        has_failed = looked.is_err();
    }
}

async fn look(
    store: &dyn Store,
    gateway: &Gateway,
    node: NodeId,
    done: &mut Option<u64>,
) -> Result<(), StoreError> {
    let Some(behind) = done else {
        *done = Some(store.newest_viewer_order().await?);
        return Ok(());
    };
    for found in store.viewer_orders(node, *behind).await? {
        gateway.carry_out(found.order, found.at).await;
        *behind = found.number;
    }
    Ok(())
}
