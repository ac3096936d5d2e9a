//! The note for a traveller whose bus leaves in the night: the evening to which people think it
//! belongs, and the date on the ticket. Without it people come a day late.

use domain::calendar::{Night, night_of};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::http::language::Language;

/// A short phrase for a departure between 00:00 and 02:59 local time, otherwise nothing.
pub(super) fn night_note(departure: Timestamp, zone: &TimeZone, language: Language) -> String {
    let Some(Night { evening, morning }) = night_of(departure, zone) else { return String::new() };
    match language {
        Language::Turkish => turkish(evening, morning),
        Language::English => english(evening, morning),
    }
}

/// A month in Turkish, with its endings for the night's evening and for its morning: they follow
/// the month's last vowel.
const MONTHS_TURKISH: [(&str, &str, &str); 12] = [
    ("Ocak", "ı", "a"),
    ("Şubat", "ı", "a"),
    ("Mart", "ı", "a"),
    ("Nisan", "ı", "a"),
    ("Mayıs", "ı", "a"),
    ("Haziran", "ı", "a"),
    ("Temmuz", "u", "a"),
    ("Ağustos", "u", "a"),
    ("Eylül", "ü", "e"),
    ("Ekim", "i", "e"),
    ("Kasım", "ı", "a"),
    ("Aralık", "ı", "a"),
];

const MONTHS_ENGLISH: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// `30 Kasım'ı 1 Aralık'a bağlayan gece`.
fn turkish(evening: Date, morning: Date) -> String {
    let (from, leads_from, _) = month(evening, &MONTHS_TURKISH);
    let (to, _, leads_to) = month(morning, &MONTHS_TURKISH);
    let (from_day, to_day) = (evening.day(), morning.day());
    format!("{from_day} {from}'{leads_from} {to_day} {to}'{leads_to} bağlayan gece")
}

/// `night from 30 November to 1 December`.
fn english(evening: Date, morning: Date) -> String {
    let (from, to) = (month(evening, &MONTHS_ENGLISH), month(morning, &MONTHS_ENGLISH));
    format!("night from {} {from} to {} {to}", evening.day(), morning.day())
}

pub(super) fn month_name(date: Date, language: Language) -> &'static str {
    match language {
        Language::Turkish => month(date, &MONTHS_TURKISH).0,
        Language::English => month(date, &MONTHS_ENGLISH),
    }
}

fn month<T: Copy>(date: Date, months: &[T; 12]) -> T {
    let index = usize::from(date.month().unsigned_abs()).saturating_sub(1);
    // A date's month is 1 to 12.
    months[index.min(11)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_night_is_told_in_either_language() {
        let zone = TimeZone::get("Europe/Istanbul").unwrap();
        for (utc, turkish, english) in [
            ("2026-12-01T20:59:00Z", "", ""),
            (
                "2026-11-30T21:00:00Z",
                "30 Kasım'ı 1 Aralık'a bağlayan gece",
                "night from 30 November to 1 December",
            ),
            (
                "2026-10-14T23:59:00Z",
                "14 Ekim'i 15 Ekim'e bağlayan gece",
                "night from 14 October to 15 October",
            ),
            (
                "2026-08-31T21:30:00Z",
                "31 Ağustos'u 1 Eylül'e bağlayan gece",
                "night from 31 August to 1 September",
            ),
            ("2026-10-15T00:00:00Z", "", ""),
        ] {
            let departure = utc.parse().unwrap();
            assert_eq!(night_note(departure, &zone, Language::Turkish), turkish, "{utc}");
            assert_eq!(night_note(departure, &zone, Language::English), english, "{utc}");
        }
    }
}
