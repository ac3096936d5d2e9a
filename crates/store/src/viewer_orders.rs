//! What administrators order of viewers, on its way to other nodes.
//!
//! A node carries out what was ordered at it by itself, and finds the orders of others here. An order is
//! for those who watch now: a node that starts begins behind the newest, and old ones are forgotten.

use async_trait::async_trait;
use domain::ViewerOrder;
use jiff::Timestamp;

use crate::NodeId;
use crate::error::Query;

/// Orders that are read at once.
pub const VIEWER_ORDERS_READ_MAX: usize = 100;

/// For so long an order can be found; who was not heard of for longer has viewers of its own again.
pub const VIEWER_ORDER_SECONDS: u64 = 3_600;

/// Orders that are forgotten at once, when another is written.
pub const VIEWER_ORDERS_FORGOTTEN_MAX: usize = 100;

/// One of another node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderOfOther {
    /// Rises with every order of all nodes; some numbers are left out.
    pub number: u64,
    /// What is to be done.
    pub order: ViewerOrder,
    /// When it was ordered.
    pub at: Timestamp,
}

/// Orders of other nodes.
#[async_trait]
pub trait ViewerOrders: Send + Sync + 'static {
    /// The number of the newest order of all nodes; 0 if there is none.
    async fn newest_viewer_order(&self) -> Query<u64>;

    /// Those behind a number that another node than this one has taken, the oldest first, at most
    /// [`VIEWER_ORDERS_READ_MAX`].
    async fn viewer_orders(&self, node: NodeId, behind: u64) -> Query<Vec<OrderOfOther>>;
}
