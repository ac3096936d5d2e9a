//! Whether rows of the audit about what staff read were lost lately.

use std::sync::atomic::AtomicBool;

/// Said in the log when it begins and when it is over, however many read.
#[derive(Debug, Default)]
pub(crate) struct LostRows(pub(super) AtomicBool);
