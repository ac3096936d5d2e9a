//! All parts of the port together: what a driver implements.

use async_trait::async_trait;

use crate::error::Query;
use crate::{
    AuditTrail, Catalogue, Fittings, Inventory, People, Tracking, ViewerOrders, ViewerSessions,
};

/// Where everything is kept: all parts of the port. A caller that needs one part takes that part.
///
/// Commands are durable when they return: an answered command survives `kill -9` and power loss.
/// Queries see every command that was answered before they were asked.
#[async_trait]
pub trait Store:
    Inventory + Catalogue + Fittings + Tracking + People + AuditTrail + ViewerSessions + ViewerOrders
{
    /// Whether commands can be carried out right now. When the last one could not be written, this
    /// tries again: else a server without commands would never be ready again.
    async fn ready(&self) -> Query<()>;
}
