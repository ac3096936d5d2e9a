//! How long a request's head may take, and how long it may be.

use std::time::Duration;

/// A request's head has to arrive within this time: no client may hold a connection open byte by
/// byte.
pub(super) const HEAD_TIMEOUT: Duration = Duration::from_secs(15);

/// A request's head has to fit into this.
pub(super) const HEAD_BYTES_MAX: usize = 16 * 1024;
