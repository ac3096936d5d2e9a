//! [`ViewerOrders`], as they are read.

use async_trait::async_trait;
use store::{NodeId, OrderOfOther, ViewerOrders};

use super::{PostgresStore, Query};
use crate::table::viewer_order;

#[async_trait]
impl ViewerOrders for PostgresStore {
    async fn newest_viewer_order(&self) -> Query<u64> {
        let moment = self.moment().await?;
        let found = viewer_order::newest(moment.db()).await;
        moment.done(found)
    }

    async fn viewer_orders(&self, node: NodeId, behind: u64) -> Query<Vec<OrderOfOther>> {
        let moment = self.moment().await?;
        let found = viewer_order::of_others(moment.db(), node, behind).await;
        moment.done(found)
    }
}
