//! The test's own clock: departure times, in the company's time zone.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan, Zoned};

#[expect(clippy::disallowed_methods, reason = "the program under test reads the real clock too")]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// A local time some days from today, in Istanbul.
pub fn on_day(days: i64, hour: i8, minute: i8) -> Timestamp {
    let zone = TimeZone::get("Europe/Istanbul").expect("a bundled zone");
    let day = Zoned::new(now(), zone).date() + days.days();
    let zoned = day.to_datetime(Time::constant(hour, minute, 0, 0));
    zoned.in_tz("Europe/Istanbul").expect("no gap").timestamp()
}

/// The Istanbul day of an instant, as `YYYY-MM-DD`.
pub fn day_of(at: Timestamp) -> String {
    at.in_tz("Europe/Istanbul").expect("a bundled zone").date().to_string()
}

pub fn text(at: Timestamp) -> String {
    format!("{at:.3}")
}

pub fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

/// Waits until a moment has come: for what only the clock decides.
pub fn wait_until(moment: Timestamp) {
    while let Ok(rest) = std::time::Duration::try_from(moment.duration_since(now())) {
        if rest.is_zero() {
            return;
        }
        std::thread::sleep(rest);
    }
}
