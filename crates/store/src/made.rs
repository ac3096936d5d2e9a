//! For writes that are not decided in memory: when a write is made, and on which version.

use domain::{Expected, Refusal};
use jiff::Timestamp;

use crate::Envelope;

/// The time and the version of a write of the catalogue or of accounts.
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

    /// For things that change along with the named one: the version was checked on the named one.
    #[must_use]
    pub fn along(self) -> Self {
        Self { expected: None, ..self }
    }

    /// Called for the thing that is to be changed, as it stands in the transaction: after all other
    /// checks, and before anything is written.
    pub fn on(self, updated_at: Timestamp) -> Result<(), Refusal> {
        self.expected.map_or(Ok(()), |expected| expected.check(updated_at))
    }
}
