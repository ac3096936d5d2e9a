//! What the log says while a driver brings tables of an older version up to date: on a large
//! database that takes minutes, in which the program does nothing else.

use std::time::Instant;

/// Tables that are being brought up to date.
#[derive(Debug)]
pub struct Upgrade {
    from_version: i32,
    to_version: i32,
    begun: Instant,
}

impl Upgrade {
    /// Says what begins. `None`, and nothing said, where nothing is to be done, and for tables that
    /// are made now (`from_version` is `None`): that takes no time.
    #[must_use]
    pub fn begin(from_version: Option<i32>, to_version: i32) -> Option<Self> {
        let from_version = from_version.filter(|from| *from < to_version)?;
        tracing::info!(
            from_version,
            to_version,
            "the tables are being brought up to date; on a large database this takes minutes"
        );
        Some(Self { from_version, to_version, begun: Instant::now() })
    }

    /// Says how long it took.
    pub fn done(self) {
        let Self { from_version, to_version, begun } = self;
        let duration_ms = begun.elapsed().as_millis();
        tracing::info!(from_version, to_version, duration_ms, "the tables are up to date");
    }
}
