//! Orders to viewers that came in at another node: found in the database, and carried out here.
//!
//! An order reaches the viewers of every node within about [`LOOK_MILLISECONDS`]; while the
//! database does not answer, later. Each is carried out once: a node skips its own. A database that
//! has gone back gives the numbers of lost orders to others: its viewers have begun anew, and so
//! does the count.

use std::time::Duration;

use store::{Epoch, FanOutState, NodeId, Store, StoreError};
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

/// The newest order that was carried out, and the epoch that it is of.
type Done = Option<(Epoch, u64)>;

async fn look(
    store: &dyn Store,
    gateway: &Gateway,
    node: NodeId,
    done: &mut Done,
) -> Result<(), StoreError> {
    let epoch = gateway.epoch();
    let Some((_, behind)) = done.as_mut().filter(|(of, _)| *of == epoch) else {
        // Orders from before were not for viewers that this server has now.
        *done = Some((epoch, store.newest_viewer_order().await?));
        return Ok(());
    };
    for found in store.viewer_orders(node, *behind).await? {
        gateway.carry_out(found.order, found.at).await;
        *behind = found.number;
    }
    Ok(())
}
