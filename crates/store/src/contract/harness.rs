//! What a driver gives the suite.

use std::sync::Arc;

use async_trait::async_trait;

use crate::{CommittedStream, Store};

/// How a case gets a store of its own.
#[async_trait]
pub trait Harness: Sized + Send + 'static {
    /// An empty database that no other case sees.
    async fn new() -> Self;

    /// Opens it, the first time or again.
    async fn open(&mut self) -> (Arc<dyn Store>, CommittedStream);

    /// Takes the store that `open` gave and waits until it is fully closed. The caller holds no
    /// other handle.
    async fn close(&mut self, store: Arc<dyn Store>);
}
