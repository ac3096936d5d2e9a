//! A client in a namespace, as its session knows it, and why it is no longer in it.

use std::any::Any;
use std::sync::Arc;

use rooms::CloseReason;
use rooms::recovery::ClientSession;

use crate::sid::Sid;

/// A namespace that the client is in. Without Socket.IO the session itself is the only one.
#[derive(Clone)]
pub(crate) struct Entered {
    pub(crate) namespace: u8,
    pub(crate) sid: Sid,
    pub(crate) state: Arc<dyn Any + Send + Sync>,
    /// Set if the client may be recovered.
    pub(crate) client_session: Option<Arc<ClientSession>>,
}

/// Why a socket is no longer connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disconnected {
    /// The client left the namespace.
    ByClient,
    /// The application called [`Socket::disconnect`](crate::Socket::disconnect).
    ByServer,
    /// The connection is over.
    Closed(CloseReason),
}
