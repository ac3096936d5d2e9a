//! The door: where every change of what is stored enters.

use async_trait::async_trait;

use crate::error::Command;
use crate::{Done, Envelope};

/// Where every change enters.
#[async_trait]
pub trait Door: Send + Sync + 'static {
    /// Makes one write in one transaction: facts, decision, seat legs, ticket, payment, events and
    /// the route's next numbers, all or nothing. The events reach the
    /// [`CommittedStream`](crate::CommittedStream) after the commit, in commit order.
    async fn send(&self, envelope: Envelope) -> Command<Done>;
}
