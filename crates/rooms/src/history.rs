//! What the engine needs from whoever keeps the events for good.
//!
//! The engine asks for four things only: which rooms exist, how far a room is, how far it was at a
//! position, and a page of events behind a seq. It never writes.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use crate::event::Event;

/// The events that a log no longer keeps, or has not been told of.
#[async_trait]
pub trait History: Send + Sync + 'static {
    /// The seq of the room's last event, 0 if it has none; `None` if there is no such room (nobody
    /// can join it).
    async fn head(&self, room: &str) -> Result<Option<u64>, HistoryError>;

    /// At most `limit` events of the room behind `after_seq`, in order, without a hole. Events that
    /// are no longer kept are left out at the front.
    async fn read(
        &self,
        room: &str,
        after_seq: u64,
        limit: usize,
    ) -> Result<Vec<Event>, HistoryError>;

    /// The seq of the room's last event at or before this position, 0 if it had none then; `None`
    /// if that is no longer known (nobody can come back to that point).
    async fn seq_at(&self, room: &str, position: u64) -> Result<Option<u64>, HistoryError>;

    /// False if a room's events are gone once nobody is in it.
    fn keeps_events(&self) -> bool {
        true
    }
}

/// A history that keeps nothing: every room exists and begins empty. For rooms whose events count
/// only while somebody is there; see [`Hub::append`](crate::Hub::append).
#[derive(Clone, Copy, Debug, Default)]
pub struct NoHistory;

#[async_trait]
impl History for NoHistory {
    async fn head(&self, _room: &str) -> Result<Option<u64>, HistoryError> {
        Ok(Some(0))
    }

    async fn read(&self, _: &str, _: u64, _: usize) -> Result<Vec<Event>, HistoryError> {
        Ok(Vec::new())
    }

    async fn seq_at(&self, _: &str, _: u64) -> Result<Option<u64>, HistoryError> {
        Ok(None)
    }

    fn keeps_events(&self) -> bool {
        false
    }
}

/// History could not answer. Cloned to everyone who waited for the same answer.
#[derive(Clone)]
pub struct HistoryError(Arc<dyn Error + Send + Sync>);

impl HistoryError {
    /// Wraps the cause.
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(Arc::from(cause.into()))
    }
}

impl fmt::Debug for HistoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for HistoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "history is not available: {}", self.0)
    }
}

impl Error for HistoryError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(self.0.as_ref())
    }
}
