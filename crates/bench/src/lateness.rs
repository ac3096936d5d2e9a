//! How long after a commit the viewers have the event, from the packets to viewers and the answers
//! to sellers.
//!
//! The commit itself cannot be seen from outside, so it is placed between two moments that can:
//! - *at most*: from the event's `timestamp`, which the server takes before it hands the command to
//!   the store (whole milliseconds, rounded down): waiting for the writer, the sync to disk and all
//!   that follows are in it;
//! - *at least*: from the moment at which the client has the HTTP answer, which leaves right after
//!   the commit; an event that was there first counts as zero.
//!
//! Client and server share one machine and so one clock.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::ensure;
use hdrhistogram::Histogram;
use memchr::memmem;

use crate::json::text_behind;
use crate::patience::PATIENCE;
use crate::viewer::Sight;

/// One event of one ticket: the random half of the ticket's id, and whether it was cancelled.
pub(crate) type Key = (u64, bool);

/// When the seller was answered.
pub(crate) type Answered = HashMap<Key, Instant>;

/// The key of a sale, or of its cancellation.
pub(crate) fn key(ticket_id: &str, is_cancelled: bool) -> Key {
    let digits = ticket_id.bytes().filter(u8::is_ascii_hexdigit).skip(16);
    let chance = digits.fold(0, |key, digit| {
        let value = char::from(digit).to_digit(16).unwrap_or_default();
        (key << 4) | u64::from(value)
    });
    (chance, is_cancelled)
}

/// What all viewers together have seen since the last call.
pub(crate) struct Lateness {
    count: Cell<usize>,
    times: RefCell<Times>,
}

/// The times of some events, of every viewer.
pub(crate) struct Times {
    /// In microseconds.
    from_timestamp: Histogram<u64>,
    arrivals: Vec<(Key, Instant)>,
}

impl Times {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let from_timestamp = Histogram::new_with_bounds(1, 60_000_000, 3)?;
        Ok(Self { from_timestamp, arrivals: Vec::new() })
    }

    /// The time within which this share of the viewers had the event, at most.
    pub(crate) fn at_most(&self, share: f64) -> Duration {
        Duration::from_micros(self.from_timestamp.value_at_quantile(share))
    }

    /// Sorted.
    pub(crate) fn after_answers(&self, answered: &Answered) -> Vec<Duration> {
        let after =
            |(key, at): &(Key, Instant)| Some(at.saturating_duration_since(*answered.get(key)?));
        let mut times: Vec<Duration> = self.arrivals.iter().filter_map(after).collect();
        times.sort_unstable();
        times
    }
}

impl Lateness {
    pub(crate) fn new() -> anyhow::Result<Self> {
        Ok(Self { count: Cell::new(0), times: RefCell::new(Times::new()?) })
    }

    /// The times so far, once this many events have come; then it starts again.
    pub(crate) async fn take(&self, packets: usize) -> anyhow::Result<Times> {
        let start = Instant::now();
        while self.count.get() < packets {
            let came = self.count.get();
            ensure!(start.elapsed() < PATIENCE, "{came} of {packets} events came");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let came = self.count.replace(0);
        ensure!(came == packets, "{came} of {packets} events came");
        Ok(self.times.replace(Times::new()?))
    }
}

/// One viewer's part in [`Lateness`].
pub(crate) struct Watching(pub(crate) Rc<Lateness>);

const DAY_MICROS: u64 = 86_400_000_000;

impl Sight for Watching {
    fn packet(&mut self, packet: &[u8], at: Instant) {
        let count = &self.0.count;
        count.set(count.get() + 1);
        let mut times = self.0.times.borrow_mut();
        if let Some(told) = text_behind(packet, br#""timestamp":""#).and_then(micros_of_day) {
            // Not `at`: how far the two clocks are apart changes.
            let late = (clock_micros() + DAY_MICROS - told) % DAY_MICROS;
            // Rounded up, the time may lie ahead.
            let late = if late > DAY_MICROS / 2 { 0 } else { late };
            times.from_timestamp.saturating_record(late.max(1));
        }
        // `seat_available` names no ticket.
        if let Some(ticket_id) = text_behind(packet, br#""ticketId":""#) {
            let is_cancelled = memmem::find(packet, br#":"seat_cancelled""#).is_some();
            times.arrivals.push((key(ticket_id, is_cancelled), at));
        }
    }
}

/// Microseconds of the day, by the clock of the server's `timestamp`.
#[expect(clippy::disallowed_methods, reason = "the load generator has a clock of its own")]
fn clock_micros() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_micros()).unwrap_or_default() % DAY_MICROS
}

/// Of `2025-10-14T10:30:00.123Z`, without looking at the day.
fn micros_of_day(timestamp: &str) -> Option<u64> {
    let part = |from: usize, to: usize| timestamp.get(from..to)?.parse::<u64>().ok();
    let seconds = part(11, 13)? * 3_600 + part(14, 16)? * 60 + part(17, 19)?;
    Some(seconds * 1_000_000 + part(20, 23)? * 1_000)
}

#[cfg(test)]
mod tests {
    use super::{key, micros_of_day};

    #[test]
    fn a_timestamp_is_a_time_of_day() {
        assert_eq!(micros_of_day("2025-10-14T10:30:05.123Z"), Some(37_805_123_000));
        assert_eq!(micros_of_day("yesterday"), None);
    }

    #[test]
    fn a_ticket_is_known_by_the_chance_in_its_id() {
        let id = "0199e1a0-0000-7abc-8123-456789abcdef";
        assert_eq!(key(id, true), (0x8123_4567_89ab_cdef, true));
    }
}
