//! The one thread on which everything runs, and its time.

use tokio::runtime::Runtime;

/// A runtime that a seed decides: one thread, and time that moves only when every task sleeps.
pub(crate) fn runtime() -> std::io::Result<Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()
}
