//! A part of a booking code or of a phone number, as staff remember it or hear it on the phone. It
//! finds every whole that contains it.

use crate::phone::{Phone, dialled};
use crate::visible::{is_dash, plain};

/// Fewer characters are in nearly every code or number.
pub const PART_CHARS_MIN: usize = 4;

/// No code or number is longer.
const PART_CHARS_MAX: usize = 16;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must have at least {PART_CHARS_MIN} characters of it")]
pub struct PartError;

impl Part {
    /// Of a booking code. A character that no code has makes a part that is in no code.
    pub fn of_pnr(text: &str) -> Result<Self, PartError> {
        let plain = plain(text);
        let typed = plain.chars().filter(|c| !c.is_whitespace() && !is_dash(*c));
        let upper = typed.map(|c| match c.to_ascii_uppercase() {
            'ı' | 'İ' => 'I',
            upper => upper,
        });
        Self::long_enough(upper.take(PART_CHARS_MAX + 1).collect())
    }

    /// Of a phone number, also as it is dialled: `0532 …`, `+90 532 …`, `0049 30 …`.
    pub fn of_phone(text: &str) -> Result<Self, PartError> {
        let typed = dialled(text).ok_or(PartError)?;
        let turkish = ["+90", "0090"].iter().find_map(|before| typed.strip_prefix(before));
        let typed = turkish.map(|rest| format!("0{rest}")).unwrap_or(typed);
        let digits = typed.strip_prefix('+').unwrap_or(&typed);
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(PartError);
        }
        Self::long_enough(typed)
    }

    /// A part that begins with a zero is the beginning of the number, or stands anywhere in it:
    /// one number in ten ends in `0…`.
    pub fn is_of_phone(&self, phone: &Phone) -> bool {
        let (part, number) = (self.as_str(), phone.as_str());
        let begins = |dialled_first, number: &str| {
            part.strip_prefix(dialled_first).is_some_and(|rest| number.starts_with(rest))
        };
        number.contains(part)
            || begins("0", number)
            || number.strip_prefix('+').is_some_and(|abroad| begins("00", abroad))
    }

    fn long_enough(text: String) -> Result<Self, PartError> {
        let length = text.chars().count();
        if (PART_CHARS_MIN..=PART_CHARS_MAX).contains(&length) {
            Ok(Self(text))
        } else {
            Err(PartError)
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_has_the_form_of_the_whole() {
        for (typed, part) in [
            (" a1-b2 ", Some("A1B2")),
            ("vv00a", Some("VV00A")),
            ("ıi1İ", Some("II1I")),
            ("%_%_", Some("%_%_")),
            ("A1B", None),
            ("", None),
            ("VV00ABCDEFGHIJKLM", None),
        ] {
            assert_eq!(Part::of_pnr(typed).ok().as_ref().map(Part::as_str), part, "{typed}");
        }
        for (typed, part) in [
            ("4567", Some("4567")),
            ("45 67", Some("4567")),
            ("0532", Some("0532")),
            ("0053", Some("0053")),
            ("+90 (532) 1", Some("05321")),
            ("0090 532 1", Some("05321")),
            ("+4930", Some("+4930")),
            ("053", None),
            ("+90 53", None),
            ("123", None),
            ("12a4", None),
            ("12+34", None),
            ("%%%%", None),
            ("٤٥٦٧", None),
            ("12345678901234567", None),
        ] {
            assert_eq!(Part::of_phone(typed).ok().as_ref().map(Part::as_str), part, "{typed}");
        }
    }

    #[test]
    fn a_number_has_the_parts_that_are_dialled_or_read_out() {
        for (number, typed) in [
            ("532 123 0053", "0053"),
            ("532 123 0053", "0532"),
            ("532 123 0053", "0532 12"),
            ("532 123 0053", "+90 532 1"),
            ("532 123 0053", "0090 5321"),
            ("532 123 0053", "2300"),
            ("+49 30 901820", "1820"),
            ("+49 30 901820", "+4930"),
            ("+49 30 901820", "0049 30 9"),
            ("+49 30 901820", "4930"),
        ] {
            let (part, phone) = (Part::of_phone(typed).unwrap(), Phone::parse(number).unwrap());
            assert!(part.is_of_phone(&phone), "{number} {typed}");
        }
        for (number, typed) in [
            ("532 123 0053", "0123"),
            ("532 123 0053", "0033 5321"),
            ("532 123 0053", "+532"),
            ("+49 30 901820", "030 901820"),
        ] {
            let (part, phone) = (Part::of_phone(typed).unwrap(), Phone::parse(number).unwrap());
            assert!(!part.is_of_phone(&phone), "{number} {typed}");
        }
    }
}
