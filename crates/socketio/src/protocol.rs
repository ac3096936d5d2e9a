//! The protocol above the sessions: Socket.IO with its namespaces, or the bare messages of
//! Engine.IO.
//!
//! Generic in the session, which it does not know: a session holds it and calls it.

use std::sync::Arc;

use async_trait::async_trait;

use crate::entered::{Disconnected, Entered};
use crate::websocket::connection::Received;

#[async_trait]
pub(crate) trait Protocol<S>: Send + Sync + 'static {
    /// Whether a client has to connect to a namespace before it gets or sends anything. If not, the
    /// session itself is the only namespace.
    fn has_namespaces(&self) -> bool;

    /// The name of a namespace that a client is in.
    fn namespace_name(&self, namespace: u8) -> &str;

    /// The client has connected. No message is handled before this is done. Not called with
    /// namespaces: there a client counts as connected when it is in one.
    async fn opened(&self, session: &Arc<S>);

    /// An Engine.IO message, with its packet type.
    fn message(&self, session: &Arc<S>, text: String) -> Received;

    fn binary(&self, session: &Arc<S>, bytes: Vec<u8>) -> Received;

    /// The client has left a namespace. Called after everything else of that namespace.
    async fn left(&self, session: &Arc<S>, entered: &Entered, reason: Disconnected);
}
