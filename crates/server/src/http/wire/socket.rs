//! **Socket**: a connection that watches, as administrators see it, and the orders that they can
//! give.

use serde::{Deserialize, Serialize};
use store::NodeId;
use utoipa::ToSchema;
use uuid::Uuid;

use super::scalar::{TransportWord, Word};
use crate::gateway::OpenSocket;

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Socket)]
pub(crate) struct SocketBody {
    /// The server to which it is connected; the id changes with each start.
    node: Uuid,
    transport: TransportWord,
    /// Null for an anonymous viewer.
    user_id: Option<Uuid>,
    /// The routes that it watches, at most 64.
    route_ids: Vec<Uuid>,
}

impl SocketBody {
    pub(crate) fn new(socket: OpenSocket, NodeId(node): NodeId) -> Self {
        Self {
            node,
            transport: Word(socket.transport),
            user_id: socket.user_id.map(|id| id.0),
            route_ids: socket.route_ids.into_iter().map(|id| id.0).collect(),
        }
    }
}

/// Exactly one of the two.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Disconnection {
    pub(crate) user_id: Option<Uuid>,
    pub(crate) route_id: Option<Uuid>,
}

/// With exactly one of `userId` and `routeId`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewNotice {
    pub(crate) user_id: Option<Uuid>,
    pub(crate) route_id: Option<Uuid>,
    /// 1 to 500 characters.
    pub(crate) message: String,
}

#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Ordered {
    /// The server that answers; the id changes with each start.
    node: Uuid,
    /// How many of its connections the order reaches.
    sockets: u64,
}

impl Ordered {
    pub(crate) fn new(NodeId(node): NodeId, sockets: u64) -> Self {
        Self { node, sockets }
    }
}
