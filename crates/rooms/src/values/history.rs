//! What the engine needs from the store that keeps the events.
//!
//! The engine asks for a few things only: which rooms exist, how far a room is, how far it was at a
//! position or behind an event, and a page of events. It never writes.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use crate::values::event::Event;
use crate::values::place::Place;

/// The events that a log no longer keeps, or was never given.
#[async_trait]
pub trait History: Send + Sync + 'static {
    /// The place behind the room's last event; `None` if there is no such room (no viewer can join
    /// it).
    async fn head(&self, room: &str) -> Result<Option<Place>, HistoryError>;

    /// At most `limit` events of the room behind the ordinal `after`, in order, without a hole.
    /// Events that are no longer kept are left out at the front.
    async fn read(&self, room: &str, after: u64, limit: usize) -> Result<Vec<Event>, HistoryError>;

    /// The place behind the room's last event at or before this position, [`Place::START`] if it
    /// had none then; `None` if that is no longer known (no client can be recovered at that point).
    async fn place_at(&self, room: &str, position: u64) -> Result<Option<Place>, HistoryError>;

    /// The place behind the event with this ordinal, above 0; `None` if it is no longer known.
    async fn place(&self, room: &str, ordinal: u64) -> Result<Option<Place>, HistoryError>;

    /// False if a room's events are gone once the room is empty.
    fn keeps_events(&self) -> bool {
        true
    }
}

/// A history that keeps nothing: every room exists and begins empty. For rooms whose events count
/// only while the room has viewers; see [`Hub::append`](crate::Hub::append).
#[derive(Clone, Copy, Debug, Default)]
pub struct NoHistory;

#[async_trait]
impl History for NoHistory {
    async fn head(&self, _room: &str) -> Result<Option<Place>, HistoryError> {
        Ok(Some(Place::START))
    }

    async fn read(&self, _: &str, _: u64, _: usize) -> Result<Vec<Event>, HistoryError> {
        Ok(Vec::new())
    }

    async fn place_at(&self, _: &str, _: u64) -> Result<Option<Place>, HistoryError> {
        Ok(None)
    }

    async fn place(&self, _: &str, _: u64) -> Result<Option<Place>, HistoryError> {
        Ok(None)
    }

    fn keeps_events(&self) -> bool {
        false
    }
}

/// History could not answer. Cloned for all callers that waited for the same answer.
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
