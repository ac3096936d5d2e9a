//! Local days: a departure at 00:30 belongs to the day that the wall clock shows.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

/// Half-open: `start ≤ t < end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeRange {
    pub start: Timestamp,
    pub end: Timestamp,
}

/// The days that a calendar question may be about: inside these every conversion is exact.
const YEARS: std::ops::RangeInclusive<i16> = 2000..=2199;

/// The instants of one local day, 23 or 25 hours long when the clocks change. `None` for a date
/// outside the years 2000–2199.
pub fn local_day(date: Date, zone: &TimeZone) -> Option<TimeRange> {
    if !YEARS.contains(&date.year()) {
        return None;
    }
    let next = date.checked_add(1.day()).ok()?;
    let midnight = |day: Date| day.to_zoned(zone.clone()).map(|zoned| zoned.timestamp()).ok();
    Some(TimeRange { start: midnight(date)?, end: midnight(next)? })
}

/// The time that a search for a day covers: a bus that leaves in the night is found under the day
/// on its ticket and under the evening to which it belongs (see [`night_of`]).
pub fn day_with_its_night(date: Date, zone: &TimeZone) -> Option<TimeRange> {
    let TimeRange { start, end: midnight } = local_day(date, zone)?;
    let next = zone.to_datetime(midnight).date();
    let end = next.at(NIGHT_ENDS_HOUR, 0, 0, 0).to_zoned(zone.clone()).ok()?.timestamp();
    Some(TimeRange { start, end })
}

pub fn local_date(at: Timestamp, zone: &TimeZone) -> Date {
    zone.to_datetime(at).date()
}

/// Until this hour a departure belongs, for travellers, to the evening before (contract.md, `GET
/// /routes/search`).
pub const NIGHT_ENDS_HOUR: i8 = 3;

/// The two days between which a night departure stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Night {
    /// The day to which it belongs for travellers.
    pub evening: Date,
    /// The day on the ticket.
    pub morning: Date,
}

/// The night in which a bus leaves, if it leaves between 00:00 and 02:59 local time.
pub fn night_of(departure: Timestamp, zone: &TimeZone) -> Option<Night> {
    let local = zone.to_datetime(departure);
    if local.hour() >= NIGHT_ENDS_HOUR {
        return None;
    }
    Some(Night { evening: local.date().checked_sub(1.day()).ok()?, morning: local.date() })
}

/// `5h 30m`.
pub fn duration_text(duration: SignedDuration) -> String {
    let minutes = duration.as_mins().max(0);
    format!("{}h {}m", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    #[test]
    fn half_past_midnight_belongs_to_its_istanbul_day() {
        let istanbul = zone("Europe/Istanbul");
        let departure: Timestamp = "2026-12-31T21:30:00Z".parse().unwrap();
        let date = local_date(departure, &istanbul);
        assert_eq!(date.to_string(), "2027-01-01");
        let day = local_day(date, &istanbul).unwrap();
        assert!(day.start <= departure && departure < day.end);
        assert_eq!(day.start.to_string(), "2026-12-31T21:00:00Z");
    }

    #[test]
    fn a_day_is_as_long_as_its_zone_says() {
        let berlin = zone("Europe/Berlin");
        for (date, hours) in [("2026-03-29", 23), ("2026-10-25", 25), ("2026-07-01", 24)] {
            let day = local_day(date.parse().unwrap(), &berlin).unwrap();
            assert_eq!(day.end.duration_since(day.start).as_hours(), hours, "{date}");
        }
    }

    #[test]
    fn a_days_night_ends_at_three_by_the_wall_clock() {
        let berlin = zone("Europe/Berlin");
        // On 2026-03-29 there is no half past two, on 2026-10-25 there are two.
        for (date, hours) in [("2026-03-28", 26), ("2026-10-24", 28), ("2026-07-01", 27)] {
            let day = day_with_its_night(date.parse().unwrap(), &berlin).unwrap();
            assert_eq!(day.end.duration_since(day.start).as_hours(), hours, "{date}");
            assert_eq!(berlin.to_datetime(day.end).hour(), NIGHT_ENDS_HOUR, "{date}");
        }
    }

    #[test]
    fn absurd_dates_are_no_days() {
        let istanbul = zone("Europe/Istanbul");
        for date in [Date::MIN, Date::MAX, "1999-12-31".parse().unwrap()] {
            assert_eq!(local_day(date, &istanbul), None);
        }
    }

    #[test]
    fn a_night_ends_at_three() {
        let istanbul = zone("Europe/Istanbul");
        for (utc, is_night) in [
            ("2026-12-01T20:59:00Z", false),
            ("2026-12-01T21:00:00Z", true),
            ("2026-12-01T23:59:59.999Z", true),
            ("2026-12-02T00:00:00Z", false),
        ] {
            let night = night_of(utc.parse().unwrap(), &istanbul);
            let days = Night {
                evening: "2026-12-01".parse().unwrap(),
                morning: "2026-12-02".parse().unwrap(),
            };
            assert_eq!(night, is_night.then_some(days), "{utc}");
        }
    }

    #[test]
    fn durations() {
        assert_eq!(duration_text(SignedDuration::from_mins(330)), "5h 30m");
        assert_eq!(duration_text(SignedDuration::from_hours(26)), "26h 0m");
    }
}
