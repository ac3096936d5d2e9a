//! How long to wait before a history that gave nothing is asked again.

use std::time::Duration;

const PAUSE_MIN: Duration = Duration::from_millis(20);
const PAUSE_MAX: Duration = Duration::from_secs(2);

/// Doubles with every try that brought nothing.
pub(crate) fn retry_pause(fruitless: u32) -> Duration {
    PAUSE_MIN.saturating_mul(1 << fruitless.min(10)).min(PAUSE_MAX)
}
