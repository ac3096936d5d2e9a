//! What identifies a passenger besides the name: the Turkish identity number, or a passport.
//!
//! They are checked here and nowhere else. Each has one normal form, because tickets are looked up by
//! identity numbers, and a passport is compared with what is printed in it. Neither shows in debug output,
//! which reaches logs.

use std::fmt;

use crate::FieldErrors;
use crate::visible::{is_dash, plain};

/// One or the other: a passenger shows one document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    Turkish(IdentityNumber),
    Passport(Passport),
}

/// The raw words of it, as they came.
#[derive(Clone, Default)]
pub struct IdentityForm {
    pub tc_kimlik_no: Option<String>,
    pub passport: Option<PassportForm>,
}

#[derive(Clone)]
pub struct PassportForm {
    pub number: String,
    pub country: String,
}

impl fmt::Debug for IdentityForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdentityForm(…)")
    }
}

impl fmt::Debug for PassportForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PassportForm(…)")
    }
}

impl IdentityForm {
    /// `at`: the pointer of the passenger. `None`: something is wrong with it.
    pub(crate) fn check(&self, at: &str, errors: &mut FieldErrors) -> Option<Option<Identity>> {
        match (&self.tc_kimlik_no, &self.passport) {
            (Some(_), Some(_)) => {
                errors.push(format!("{at}/passport"), "must not stand beside tcKimlikNo");
                None
            }
            (Some(text), None) => {
                let number =
                    errors.check(&format!("{at}/tcKimlikNo"), IdentityNumber::parse(text))?;
                Some(Some(Identity::Turkish(number)))
            }
            (None, Some(PassportForm { number, country })) => {
                let at = format!("{at}/passport");
                let number = errors.check(&format!("{at}/number"), PassportNumber::parse(number));
                let country = errors.check(&format!("{at}/country"), CountryCode::parse(country));
                Some(Some(Identity::Passport(Passport { number: number?, country: country? })))
            }
            (None, None) => Some(None),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passport {
    pub number: PassportNumber,
    /// The state that issued it.
    pub country: CountryCode,
}

/// A Turkish identity number (T.C. kimlik no): 11 digits with two check digits.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct IdentityNumber(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be an identity number of 11 digits with a valid check sum")]
pub struct IdentityNumberError;

impl IdentityNumber {
    /// The published rule: the first digit is not 0; digit 10 is
    /// `(7 × (d1+d3+d5+d7+d9) − (d2+d4+d6+d8)) mod 10`; digit 11 is the sum of the first ten mod 10.
    pub fn parse(text: &str) -> Result<Self, IdentityNumberError> {
        let text = text.trim();
        let digits: Vec<i32> =
            text.chars().filter_map(|c| c.to_digit(10)).filter_map(|d| d.try_into().ok()).collect();
        if digits.len() != 11 || text.len() != 11 || digits[0] == 0 {
            return Err(IdentityNumberError);
        }
        let odd: i32 = digits[..9].iter().step_by(2).sum();
        let even: i32 = digits[1..8].iter().step_by(2).sum();
        let tenth = (7 * odd - even).rem_euclid(10);
        let eleventh = digits[..10].iter().sum::<i32>() % 10;
        if digits[9] == tenth && digits[10] == eleventh {
            Ok(Self(text.to_owned()))
        } else {
            Err(IdentityNumberError)
        }
    }

    /// From a store that has checked it on the way in.
    pub fn from_stored(digits: String) -> Self {
        Self(digits)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `123******45`: enough to recognise one's own, too little to use somebody else's.
    pub fn masked(&self) -> String {
        masked(&self.0, 3, 2)
    }
}

impl fmt::Debug for IdentityNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdentityNumber(…)")
    }
}

/// Real ones have 6 to 9 characters (ICAO Doc 9303, part 4: a longer one goes on behind the nine of the
/// machine-readable zone).
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

fn masked(text: &str, shown_first: usize, shown_last: usize) -> String {
    let length = text.chars().count();
    let hidden = shown_first..length.saturating_sub(shown_last);
    text.chars().enumerate().map(|(at, c)| if hidden.contains(&at) { '*' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identity_numbers_have_check_digits() {
        assert!(IdentityNumber::parse("10000000146").is_ok());
        for wrong in [
            "10000000145",
            "10000000156",
            "00000000000",
            "1000000014",
            "100000001460",
            "1000000014a",
            "",
        ] {
            assert!(IdentityNumber::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_changed_digit_is_noticed() {
        let good = "10000000146";
        for position in 0..11 {
            for digit in b'0'..=b'9' {
                let mut changed = good.as_bytes().to_vec();
                if changed[position] == digit {
                    continue;
                }
                changed[position] = digit;
                let changed = String::from_utf8(changed).unwrap();
                assert!(IdentityNumber::parse(&changed).is_err(), "{changed}");
            }
        }
    }

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

    #[test]
    fn what_is_shown_of_a_document_does_not_identify() {
        assert_eq!(IdentityNumber::parse("10000000146").unwrap().masked(), "100******46");
        for (number, shown) in [
            ("12345", "1***5"),
            ("U12345678", "U1*****78"),
            ("U1234567890123456789", "U12***************89"),
        ] {
            assert_eq!(PassportNumber::parse(number).unwrap().masked(), shown);
        }
    }

    #[test]
    fn none_shows_in_debug_output() {
        let identity = Identity::Turkish(IdentityNumber::parse("10000000146").unwrap());
        let number = PassportNumber::parse("U12345678").unwrap();
        let country = CountryCode::parse("DE").unwrap();
        let passport = Identity::Passport(Passport { number, country });
        let passport_form = PassportForm { number: "U12345678".into(), country: "DE".into() };
        let form = IdentityForm { tc_kimlik_no: None, passport: Some(passport_form) };
        let shown = format!("{identity:?} {passport:?} {form:?}");
        assert!(!shown.contains("100") && !shown.contains("1234"), "{shown}");
    }
}
