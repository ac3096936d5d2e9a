//! [`ViewerOrders`]: one process has the file, so there are no orders of other nodes.

use async_trait::async_trait;
use store::{NodeId, OrderOfOther, ViewerOrders};

use super::{Query, SqliteStore};

#[async_trait]
impl ViewerOrders for SqliteStore {
    async fn newest_viewer_order(&self) -> Query<u64> {
        Ok(0)
    }

    async fn viewer_orders(&self, _: NodeId, _: u64) -> Query<Vec<OrderOfOther>> {
        Ok(Vec::new())
    }
}
