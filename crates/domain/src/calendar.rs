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

pub fn local_date(at: Timestamp, zone: &TimeZone) -> Date {
    zone.to_datetime(at).date()
}

/// The sentence for departures that people miss by a day: those between 00:00 and 03:59 local time
/// belong to the date on the ticket, but to the evening before in everybody's mind.
pub fn night_departure_note(departure: Timestamp, zone: &TimeZone) -> String {
    let local = zone.to_datetime(departure);
    if local.hour() >= 4 {
        return String::new();
    }
    let evening = local.date().checked_sub(1.day()).unwrap_or(local.date());
    format!(
        "Departs at {:02}:{:02} in the night from {} to {}: be at the stop on the evening of {}.",
        local.hour(),
        local.minute(),
        evening,
        local.date(),
        evening,
    )
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
    fn absurd_dates_are_no_days() {
        let istanbul = zone("Europe/Istanbul");
        for date in [Date::MIN, Date::MAX, "1999-12-31".parse().unwrap()] {
            assert_eq!(local_day(date, &istanbul), None);
        }
    }

    #[test]
    fn night_departures_are_explained() {
        let istanbul = zone("Europe/Istanbul");
        for (utc, noted) in [
            ("2026-12-01T20:59:00Z", false),
            ("2026-12-01T21:00:00Z", true),
            ("2026-12-02T00:59:00Z", true),
            ("2026-12-02T01:00:00Z", false),
        ] {
            let note = night_departure_note(utc.parse().unwrap(), &istanbul);
            assert_eq!(!note.is_empty(), noted, "{utc}: {note}");
            if noted {
                assert!(note.contains("2026-12-01") && note.contains("2026-12-02"), "{note}");
            }
        }
    }

    #[test]
    fn durations() {
        assert_eq!(duration_text(SignedDuration::from_mins(330)), "5h 30m");
        assert_eq!(duration_text(SignedDuration::from_hours(26)), "26h 0m");
    }
}
