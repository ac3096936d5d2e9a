//! Whether rows of the audit about reads by staff were lost lately.

use std::sync::atomic::AtomicBool;

/// Logged when it begins and when it is over, however many reads are lost.
#[derive(Debug, Default)]
pub(crate) struct LostRows(pub(super) AtomicBool);
