//! The names of this crate's counters; the program describes them.

use metrics::counter;

/// Messages passed to Redis.
pub const PUBLISHED: &str = "seatwire_redis_published_total";

/// Messages not sent or not taken, by `reason`: `down` (no link), `queue` (too many waited to be
/// sent), `unheard` (more came than were taken), `unreadable` (not one of our messages).
pub const DROPPED: &str = "seatwire_redis_dropped_total";

/// How often the link was lost.
pub const LOST: &str = "seatwire_redis_losses_total";

const REASONS: [&str; 4] = ["down", "queue", "unheard", "unreadable"];

/// Shows counters without events as 0: an alert cannot use a metric that is missing.
pub fn begin() {
    counter!(PUBLISHED).increment(0);
    counter!(LOST).increment(0);
    for reason in REASONS {
        counter!(DROPPED, "reason" => reason).increment(0);
    }
}
