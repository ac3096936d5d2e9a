//! [`ViewerOrders`], as they are read.

use async_trait::async_trait;
use store::{NodeId, OrderOfOther, ViewerOrders};

use super::{PostgresStore, Query};
use crate::reads::read;
use crate::table::viewer_order;

#[async_trait]
impl ViewerOrders for PostgresStore {
    async fn newest_viewer_order(&self) -> Query<u64> {
        read!(self.readers, |db| viewer_order::newest(db).await)
    }

    async fn viewer_orders(&self, node: NodeId, behind: u64) -> Query<Vec<OrderOfOther>> {
        read!(self.readers, |db| viewer_order::of_others(db, node, behind).await)
    }
}
