//! What is counted here, by name; the program describes it.

use metrics::counter;

/// What was handed to Redis.
pub const PUBLISHED: &str = "seatwire_redis_published_total";

/// What was not sent or not taken, by `reason`: `down` (no link), `queue` (more waited to be sent than
/// may), `unheard` (more came than was taken), `unreadable` (no message of ours).
pub const DROPPED: &str = "seatwire_redis_dropped_total";

/// How often the link was lost.
pub const LOST: &str = "seatwire_redis_losses_total";

const REASONS: [&str; 4] = ["down", "queue", "unheard", "unreadable"];

/// Shows what has not happened yet as 0: an alert cannot go by what is not there.
pub fn begin() {
    counter!(PUBLISHED).increment(0);
    counter!(LOST).increment(0);
    for reason in REASONS {
        counter!(DROPPED, "reason" => reason).increment(0);
    }
}
