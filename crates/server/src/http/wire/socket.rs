//! **Socket**: a connection that watches, as administrators see it, and what they order of such.

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
    /// The server that it is connected to, since its start.
    node: Uuid,
    transport: TransportWord,
    /// Null for who said nobody.
    user_id: Option<Uuid>,
    /// What it watches, at most 64.
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

/// One of the two.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Disconnection {
    pub(crate) user_id: Option<Uuid>,
    pub(crate) route_id: Option<Uuid>,
}

/// One of `userId` and `routeId`.
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
    /// The server that was asked, since its start.
    node: Uuid,
    /// So many connections it had that are meant.
    sockets: u64,
}

impl Ordered {
    pub(crate) fn new(NodeId(node): NodeId, sockets: u64) -> Self {
        Self { node, sockets }
    }
}
