//! When a write of something that is not decided in memory is made, and on which version of it.

use domain::{Expected, Refusal};
use jiff::Timestamp;

use crate::Envelope;

/// What a write of the catalogue or of accounts goes by.
#[derive(Clone, Copy, Debug)]
pub struct Made<'a> {
    /// When it is decided.
    pub now: Timestamp,
    expected: Option<&'a Expected>,
}

impl<'a> Made<'a> {
    /// As the envelope says it.
    pub fn of(envelope: &'a Envelope) -> Self {
        Self { now: envelope.now, expected: envelope.sender.expected.as_ref() }
    }

    /// For what changes along with the thing that was named: it was that one that was looked at.
    #[must_use]
    pub fn along(self) -> Self {
        Self { expected: None, ..self }
    }

    /// Asked about what is to be changed, as it stands in the transaction, when nothing else speaks
    /// against the change and before anything of it is written.
    pub fn on(self, updated_at: Timestamp) -> Result<(), Refusal> {
        self.expected.map_or(Ok(()), |expected| expected.check(updated_at))
    }
}
