//! Settings about time: how long holds and tokens last, and where a day begins.
//!
//! Every duration has a bound, so that adding one to a date cannot leave the calendar. No clock is
//! read here.

use std::time::Duration;

use jiff::tz::TimeZone;

use super::fault::quoted;

const HOLD_SECONDS_MAX: u32 = 86_400;
const RETENTION_DAYS_MAX: u32 = 36_500;
const KEEP_ALIVE_SECONDS_MAX: u64 = 3_600;
const DAY_SECONDS: u64 = 86_400;
const TOKEN_SECONDS_MAX: u64 = 365 * DAY_SECONDS;
/// A duration is shown in the largest unit that divides it.
const UNITS: [(&str, u64); 4] = [("d", DAY_SECONDS), ("h", 3600), ("m", 60), ("s", 1)];

/// How long a reservation may stay unpaid: 1 second to 1 day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HoldSeconds(u32);

impl HoldSeconds {
    pub(crate) fn get(self) -> u32 {
        self.0
    }
}

pub(super) fn hold_seconds(text: &str) -> Result<HoldSeconds, String> {
    match whole(text).and_then(|seconds| u32::try_from(seconds).ok()) {
        Some(seconds @ 1..=HOLD_SECONDS_MAX) => Ok(HoldSeconds(seconds)),
        _ => Err(format!(
            "{} is not a whole number of seconds from 1 to {HOLD_SECONDS_MAX}",
            quoted(text)
        )),
    }
}

/// How long an idle HTTP connection is kept: 1 second to 1 hour.
pub(super) fn keep_alive(text: &str) -> Result<Duration, String> {
    match whole(text) {
        Some(seconds @ 1..=KEEP_ALIVE_SECONDS_MAX) => Ok(Duration::from_secs(seconds)),
        _ => Err(format!(
            "{} is not a whole number of seconds from 1 to {KEEP_ALIVE_SECONDS_MAX}",
            quoted(text)
        )),
    }
}

/// How long something is kept: 1 day to a hundred years.
pub(super) fn retention_days(text: &str) -> Result<u32, String> {
    match whole(text).and_then(|days| u32::try_from(days).ok()) {
        Some(days @ 1..=RETENTION_DAYS_MAX) => Ok(days),
        _ => Err(format!(
            "{} is not a whole number of days from 1 to {RETENTION_DAYS_MAX}",
            quoted(text)
        )),
    }
}

pub(super) fn jwt_ttl(text: &str) -> Result<Duration, String> {
    let (number, unit_seconds) = UNITS
        .iter()
        .find_map(|(unit, seconds)| Some((text.strip_suffix(unit)?, *seconds)))
        .unwrap_or((text, 1));
    match whole(number).and_then(|number| number.checked_mul(unit_seconds)) {
        Some(seconds @ 1..=TOKEN_SECONDS_MAX) => Ok(Duration::from_secs(seconds)),
        _ => Err(format!("{} is not a length such as 7d, 12h, 30m, 45s, up to 365d", quoted(text))),
    }
}

/// A duration as it would be typed. Fractions of a second cannot be typed and are not shown.
pub(super) fn show(length: &Duration) -> String {
    let seconds = length.as_secs();
    let (unit, unit_seconds) = UNITS
        .into_iter()
        .find(|(_, unit_seconds)| seconds.is_multiple_of(*unit_seconds))
        .unwrap_or(("s", 1));
    format!("{}{unit}", seconds / unit_seconds)
}

pub(super) fn timezone(text: &str) -> Result<TimeZone, String> {
    match TimeZone::get(text) {
        // `Etc/Unknown` is a name, but a zone without a known midnight.
        Ok(zone) if !zone.is_unknown() => Ok(zone),
        _ => Err(format!("{} is not an IANA time zone, such as `Europe/Istanbul`", quoted(text))),
    }
}

/// Plain digits; Rust's own parser would allow a `+`.
pub(super) fn whole(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{faults, served};
    use super::{jwt_ttl, show};

    #[test]
    fn lengths() {
        for (text, seconds, shown) in [
            ("7d", 604_800, "7d"),
            ("36h", 129_600, "36h"),
            ("48h", 172_800, "2d"),
            ("30m", 1800, "30m"),
            ("45s", 45, "45s"),
            ("3600", 3600, "1h"),
            ("365d", 31_536_000, "365d"),
        ] {
            let length = served(&["--jwt-ttl", text], &[], "").jwt.ttl;
            assert_eq!((length.as_secs(), show(&length).as_str()), (seconds, shown));
            assert_eq!(jwt_ttl(shown), Ok(length));
        }
        for text in [
            "",
            "0",
            "0d",
            "366d",
            "-1d",
            "+1d",
            "1.5h",
            "1w",
            "d",
            "7 d",
            "1h30m",
            "99999999999999999999d",
            "213503982334601d",
        ] {
            assert_eq!(
                faults(&[&format!("--jwt-ttl={text}")], &[], ""),
                [format!(
                    "--jwt-ttl: {text:?} is not a length such as 7d, 12h, 30m, 45s, up to 365d"
                )]
            );
        }
    }

    #[test]
    fn holds() {
        for (text, seconds) in [("1", 1), ("0900", 900), ("86400", 86_400)] {
            assert_eq!(served(&["--hold-seconds", text], &[], "").hold_seconds.get(), seconds);
        }
        for text in ["", "0", "86401", "-1", "+1", "15m", "1.0", "4294967297"] {
            let told = format!(
                "--hold-seconds: {text:?} is not a whole number of seconds from 1 to 86400"
            );
            assert_eq!(faults(&[&format!("--hold-seconds={text}")], &[], ""), [told]);
        }
    }

    #[test]
    fn idle_connections() {
        assert_eq!(served(&[], &[], "").keep_alive.as_secs(), 75);
        let env = [("SEATWIRE_KEEP_ALIVE_SECONDS", "3600")];
        assert_eq!(served(&[], &env, "").keep_alive.as_secs(), 3600);
        for text in ["0", "3601", "75s", ""] {
            let told = format!(
                "--keep-alive-seconds: {text:?} is not a whole number of seconds from 1 to 3600"
            );
            assert_eq!(faults(&[&format!("--keep-alive-seconds={text}")], &[], ""), [told]);
        }
    }

    #[test]
    fn time_zones() {
        for (text, name) in [
            ("UTC", "UTC"),
            ("Europe/Istanbul", "Europe/Istanbul"),
            ("Asia/Nicosia", "Asia/Nicosia"),
        ] {
            assert_eq!(served(&["--timezone", text], &[], "").timezone.iana_name(), Some(name));
        }
        for text in ["", "Istanbul", "Europe/Ankara", "Etc/Unknown", "../../etc/passwd", "+03:00"] {
            let told =
                format!("--timezone: {text:?} is not an IANA time zone, such as `Europe/Istanbul`");
            assert_eq!(faults(&[&format!("--timezone={text}")], &[], ""), [told]);
        }
    }
}
