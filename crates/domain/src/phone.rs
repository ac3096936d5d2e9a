//! Phone numbers: every usual spelling of one is one number, and what cannot be dialled is none.
//!
//! A library knows the plans of all countries, and reads its tables into some 5 MB of memory on
//! first use. Nearly all numbers that a bus company in Turkey gets begin with one of the codes
//! below. So those are known without the library, and a test compares them with it.

use std::fmt;

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat};

use crate::visible::{is_dash, is_ignorable};

/// A Turkish number as its ten digits, any other as E.164 (`+4930901820`).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Phone(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a phone number: a Turkish one, or a foreign one that begins with + or 00")]
pub struct PhoneError;

/// Longer than any spelling of a number; a bound on the work.
const SPELLING_CHARS_MAX: usize = 64;

/// E.164 allows fifteen.
const DIGITS_MAX: usize = 15;

const TURKEY: &str = "90";
const TURKISH_DIGITS: usize = 10;

impl Phone {
    /// Blanks, dashes, dots, slashes, brackets and what is not shown do not matter (contract.md,
    /// `POST /tickets`).
    pub fn parse(text: &str) -> Result<Self, PhoneError> {
        let dialled = dialled(text).ok_or(PhoneError)?;
        let abroad = dialled.strip_prefix('+').or_else(|| dialled.strip_prefix("00"));
        let digits = abroad.unwrap_or(&dialled);
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(PhoneError);
        }
        match (digits.strip_prefix(TURKEY), abroad) {
            // `+90 (0)532 …` is often written, though no one can dial it.
            (Some(national), Some(_)) => turkish(national.strip_prefix('0').unwrap_or(national)),
            (Some(national), None) if digits.len() == TURKEY.len() + TURKISH_DIGITS => {
                turkish(national)
            }
            (None, Some(international)) => foreign(international),
            _ => turkish(digits.strip_prefix('0').unwrap_or(digits)),
        }
    }

    /// From a store that has checked it on the way in.
    pub fn from_stored(number: String) -> Self {
        Self(number)
    }

    /// Stands in place of a number that was erased: no caller can have this number.
    pub fn forgotten() -> Self {
        Self(String::new())
    }

    pub fn is_forgotten(&self) -> bool {
        self.0.is_empty()
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The characters of a spelling that are dialled; `None` when it is too long.
pub(crate) fn dialled(text: &str) -> Option<String> {
    if text.chars().count() > SPELLING_CHARS_MAX {
        return None;
    }
    let between = |c: char| {
        c.is_whitespace() || is_dash(c) || is_ignorable(c) || matches!(c, '.' | '/' | '(' | ')')
    };
    Some(text.chars().filter(|c| !between(*c)).collect())
}

fn turkish(national: &str) -> Result<Phone, PhoneError> {
    if national.len() != TURKISH_DIGITS {
        return Err(PhoneError);
    }
    if begins_with_known_code(national) || valid(&format!("{TURKEY}{national}")).is_some() {
        return Ok(Phone(national.to_owned()));
    }
    Err(PhoneError)
}

/// Codes of places all of whose numbers are in use.
#[rustfmt::skip]
const PLACES: [u16; 84] = [
    212, 216, 222, 224, 226, 228, 232, 236, 238, 242, 246, 248, 252, 256, 258, 262, 264, 266, 272,
    274, 276, 282, 284, 286, 288, 312, 318, 322, 324, 326, 328, 332, 338, 342, 344, 346, 348, 352,
    354, 356, 358, 362, 364, 366, 368, 370, 372, 374, 376, 378, 380, 382, 384, 386, 388, 392, 412,
    414, 416, 422, 424, 426, 428, 432, 434, 436, 438, 442, 446, 452, 454, 456, 458, 462, 464, 466,
    472, 474, 476, 478, 482, 484, 486, 488,
];

/// Codes of mobile networks all of whose numbers are in use.
#[rustfmt::skip]
const MOBILES: [u16; 50] = [
    500, 501, 502, 503, 504, 505, 506, 507, 508, 509, 510, 516, 524, 530, 531, 532, 533, 534, 535,
    536, 537, 538, 539, 540, 541, 542, 543, 544, 545, 546, 547, 548, 549, 550, 551, 552, 553, 554,
    555, 556, 557, 558, 559, 562, 564, 572, 574, 575, 594, 596,
];

fn begins_with_known_code(national: &str) -> bool {
    let code = national.get(..3).and_then(|code| code.parse::<u16>().ok());
    code.is_some_and(|code| MOBILES.contains(&code) || PLACES.binary_search(&code).is_ok())
}

fn foreign(digits: &str) -> Result<Phone, PhoneError> {
    valid(digits).map(Phone).ok_or(PhoneError)
}

/// The E.164 form of digits that begin with a country's code, if its plan has such a number.
fn valid(digits: &str) -> Option<String> {
    if digits.len() > DIGITS_MAX {
        return None;
    }
    let number = PHONE_NUMBER_UTIL.parse(format!("+{digits}"), None).ok()?;
    let e164 = || PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::E164).into_owned();
    PHONE_NUMBER_UTIL.is_valid_number(&number).then(e164)
}

/// Debug output reaches logs; a phone number must not.
impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phone(…)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parsed(text: &str) -> Option<String> {
        Phone::parse(text).ok().map(|phone| phone.0)
    }

    #[test]
    fn every_usual_spelling_of_a_turkish_number_is_its_ten_digits() {
        for text in [
            "5321234567",
            "05321234567",
            "905321234567",
            "+905321234567",
            "00905321234567",
            "+90 (532) 123 45 67",
            "0532-123-45-67",
            "0 (532) 123 45 67",
            "+90 (0)532 123 45 67",
            "0532.123.45.67",
            "0532/123 45 67",
            "0090 532 123 4567",
            "\u{202a}+90\u{a0}532\u{2011}123\u{2011}45\u{2011}67\u{202c}",
            "\u{feff}0532 123 45 67",
        ] {
            assert_eq!(parsed(text).as_deref(), Some("5321234567"), "{text:?}");
        }
        assert_eq!(parsed("0212 555 12 34").as_deref(), Some("2125551234"));
    }

    #[test]
    fn foreign_numbers_are_kept_as_e164() {
        for (text, kept) in [
            ("+49 30 901820", "+4930901820"),
            ("0049-30-901820", "+4930901820"),
            ("+49 (0)30 901820", "+4930901820"),
            ("+44 20 7946 0958", "+442079460958"),
            ("+1 (212) 555-2368", "+12125552368"),
            ("+994 50 123 45 67", "+994501234567"),
            ("+7 912 345-67-89", "+79123456789"),
        ] {
            assert_eq!(parsed(text).as_deref(), Some(kept), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_dialled_is_no_number() {
        let long = "5".repeat(SPELLING_CHARS_MAX + 1);
        for text in [
            "",
            "+",
            "00",
            "0",
            "532123456",
            "53212345678",
            "+15321234567",
            "5321234abc",
            "٥٣٢١٢٣٤٥٦٧",
            "５３２１２３４５６７",
            "00530530303",
            "00000000000",
            "0530530303",
            "1234567890",
            "+90",
            "+90 532 123 45",
            "+90 5321234567 8",
            "+999 123 456 789",
            "4930901820",
            "444 0 888",
            "++905321234567",
            "+90+5321234567",
            "532 123 45 67 x9",
            &long,
        ] {
            assert_eq!(parsed(text), None, "{text:?}");
        }
    }

    /// The plan changes every few years: then the library changes, and this test shows where.
    #[test]
    fn the_library_knows_every_number_of_the_known_codes() {
        for code in PLACES.iter().chain(&MOBILES) {
            for rest in ["0000000", "1234567", "5550000", "9999999"] {
                let national = format!("{code}{rest}");
                let expected = format!("+{TURKEY}{national}");
                assert_eq!(valid(&expected[1..]), Some(expected), "{national}");
            }
        }
        assert!(PLACES.is_sorted());
    }

    #[test]
    fn what_is_not_in_the_known_codes_is_asked_for() {
        assert_eq!(parsed("0850 222 33 44").as_deref(), Some("8502223344"));
        assert_eq!(parsed("0582 200 12 34").as_deref(), Some("5822001234"));
        assert_eq!(parsed("0582 100 12 34"), None);
    }

    #[test]
    fn a_number_does_not_print() {
        let shown = format!("{:?}", Phone::parse("5321234567"));
        assert!(!shown.contains("532"), "{shown}");
    }

    fn spelled(number: &str, gaps: &[usize]) -> String {
        const GAPS: [&str; 8] = ["", " ", "-", "\u{a0}", ".", "/", "\u{200b}", "\u{2013}"];
        let gap = |at: usize| GAPS[gaps.get(at).copied().unwrap_or(0) % GAPS.len()];
        number
            .chars()
            .enumerate()
            .flat_map(|(at, c)| format!("{c}{}", gap(at)).chars().collect::<Vec<_>>())
            .collect()
    }

    proptest! {
        #[test]
        fn a_number_is_found_by_every_spelling(
            national in "(53|54)[0-9]{8}",
            prefix in 0usize..6,
            gaps in proptest::collection::vec(0usize..8, 0..16),
        ) {
            let prefix = ["", "0", "90", "+90", "0090", "+900"][prefix];
            let typed = spelled(&format!("{prefix}{national}"), &gaps);
            prop_assert_eq!(parsed(&typed), Some(national));
        }

        #[test]
        fn a_kept_number_is_kept_as_it_is(
            typed in "(\\+|00|)[1-9][0-9]{6,13}",
            gaps in proptest::collection::vec(0usize..8, 0..16),
        ) {
            if let Some(kept) = parsed(&typed) {
                prop_assert_eq!(parsed(&kept), Some(kept.clone()));
                prop_assert_eq!(parsed(&spelled(&kept, &gaps)), Some(kept));
            }
        }
    }
}
