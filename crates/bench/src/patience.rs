//! How long a run waits before it is given up.

use std::time::Duration;

/// How long a crowd may take for one thing before the run is given up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
