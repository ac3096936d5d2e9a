//! A passport: its number, and the country that issued it, in the form in which they are printed in
//! it.

use std::fmt;

use super::masked::masked;
use crate::visible::{is_dash, plain};

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Passport {
    pub number: PassportNumber,
    /// The state that issued it.
    pub country: CountryCode,
}

/// Real ones have 6 to 9 characters (ICAO Doc 9303, part 4: a longer one goes on behind the nine of
/// the machine-readable zone).
pub const PASSPORT_NUMBER_CHARS_MIN: usize = 5;
pub const PASSPORT_NUMBER_CHARS_MAX: usize = 20;

/// Capital letters A to Z and digits, without the spaces and dashes that people write between them.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PassportNumber(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be a passport number of {PASSPORT_NUMBER_CHARS_MIN} to {PASSPORT_NUMBER_CHARS_MAX} letters \
     (A to Z) and digits"
)]
pub struct PassportNumberError;

impl PassportNumber {
    pub fn parse(text: &str) -> Result<Self, PassportNumberError> {
        let number: String = plain(text)
            .chars()
            .filter(|c| !c.is_whitespace() && !is_dash(*c))
            .map(|c| c.to_ascii_uppercase())
            // Longer ones are refused below, and not kept whole until then.
            .take(PASSPORT_NUMBER_CHARS_MAX + 1)
            .collect();
        let is_number = number.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        let is_long_enough =
            (PASSPORT_NUMBER_CHARS_MIN..=PASSPORT_NUMBER_CHARS_MAX).contains(&number.len());
        if is_number && is_long_enough { Ok(Self(number)) } else { Err(PassportNumberError) }
    }

    /// From a store that has checked it on the way in.
    pub fn from_stored(number: String) -> Self {
        Self(number)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `U1*****78`: at least half of it is hidden, however short it is.
    pub fn masked(&self) -> String {
        let quarter = self.0.len() / 4;
        masked(&self.0, quarter.min(3), quarter.min(2))
    }
}

impl fmt::Debug for PassportNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PassportNumber(…)")
    }
}

/// A country of ISO 3166-1 by its alpha-3 code, which is what stands in a passport.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CountryCode(&'static str);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a country code of ISO 3166-1 with two or three letters, such as DE or DEU")]
pub struct CountryCodeError;

impl CountryCode {
    /// From an alpha-2 or an alpha-3 code, in capitals or not.
    pub fn parse(text: &str) -> Result<Self, CountryCodeError> {
        let code = text.trim().to_ascii_uppercase();
        let country = match code.len() {
            2 => rust_iso3166::from_alpha2(&code),
            3 => rust_iso3166::from_alpha3(&code),
            _ => None,
        };
        country.map(|country| Self(country.alpha3)).ok_or(CountryCodeError)
    }

    pub fn as_str(self) -> &'static str {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passport_numbers_have_one_form() {
        for (typed, kept) in [
            ("u 1234567-8", Some("U12345678")),
            ("C01X00T47", Some("C01X00T47")),
            ("12345", Some("12345")),
            ("1234", None),
            ("U1234567890123456789", Some("U1234567890123456789")),
            ("U12345678901234567890", None),
            ("Ü1234567", None),
            ("U1234/567", None),
            ("", None),
            ("     ", None),
        ] {
            let parsed = PassportNumber::parse(typed).ok();
            assert_eq!(parsed.as_ref().map(PassportNumber::as_str), kept, "{typed}");
            let again = kept.map(|kept| PassportNumber::parse(kept).unwrap());
            assert_eq!(again, parsed, "a normal form is its own");
        }
    }

    #[test]
    fn countries_are_those_of_iso_3166_1() {
        for (typed, kept) in [
            ("DE", Some("DEU")),
            ("deu", Some("DEU")),
            (" tr ", Some("TUR")),
            ("GBR", Some("GBR")),
            ("XX", None),
            ("ZZZ", None),
            ("D", None),
            ("DEUT", None),
            ("İR", None),
            ("", None),
        ] {
            assert_eq!(CountryCode::parse(typed).ok().map(CountryCode::as_str), kept, "{typed}");
        }
    }
}
