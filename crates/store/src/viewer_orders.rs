//! Orders of administrators to viewers, on their way to other nodes.
//!
//! A node itself carries out the orders that it was given, and finds the orders of other nodes
//! here. An order is for the viewers of now: a node that starts begins after the newest order, and
//! old ones are forgotten.

use async_trait::async_trait;
use domain::ViewerOrder;
use jiff::Timestamp;

use crate::NodeId;
use crate::error::Query;

/// Orders that are read at once.
pub const VIEWER_ORDERS_READ_MAX: usize = 100;

/// How long an order can be found; a node that was away for longer has new viewers only.
pub const VIEWER_ORDER_SECONDS: u64 = 3_600;

/// Orders that are forgotten at once, when another is written.
pub const VIEWER_ORDERS_FORGOTTEN_MAX: usize = 100;

/// An order of another node.
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

    /// The orders after a number that nodes other than this one were given, the oldest first, at
    /// most [`VIEWER_ORDERS_READ_MAX`].
    async fn viewer_orders(&self, node: NodeId, behind: u64) -> Query<Vec<OrderOfOther>>;
}
