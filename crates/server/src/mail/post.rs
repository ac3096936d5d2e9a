//! A way to send letters.

use std::fmt;

use async_trait::async_trait;
use store::LetterId;

use super::letter::Letter;

/// Why a letter was not sent. It contains neither the address nor the text.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotSent {
    /// It will never be accepted.
    #[error("refused: {0}")]
    Refused(String),
    #[error("not now: {0}")]
    Later(String),
}

#[async_trait]
pub(crate) trait Post: fmt::Debug + Send + Sync {
    async fn send(&self, id: LetterId, letter: &Letter) -> Result<(), NotSent>;
}
