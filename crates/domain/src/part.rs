//! A part of a booking code or of a phone number, as staff remember it or hear it on the phone. It
//! has the form in which the whole is kept, and finds every whole that contains it.

use crate::phone::dialled;
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

    /// Of a phone number: its digits, without what is dialled before a Turkish one.
    pub fn of_phone(text: &str) -> Result<Self, PartError> {
        let typed = dialled(text).ok_or(PartError)?;
        let national = ["+90", "0090", "0"].iter().find_map(|before| typed.strip_prefix(before));
        // A number may end in `0053`. As a beginning it would be too short.
        let is_beginning = |rest: &&str| rest.len() >= PART_CHARS_MIN || typed.starts_with('+');
        let digits = national.filter(is_beginning).unwrap_or(&typed);
        let is_number =
            digits.strip_prefix('+').unwrap_or(digits).bytes().all(|b| b.is_ascii_digit());
        if !is_number {
            return Err(PartError);
        }
        Self::long_enough(digits.to_owned())
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
            ("0532 123", Some("532123")),
            ("+90 (532) 1", Some("5321")),
            ("0090 532 1", Some("5321")),
            ("+4930", Some("+4930")),
            ("0532", Some("0532")),
            ("0053", Some("0053")),
            ("05 321", Some("5321")),
            ("053", None),
            ("+90 532", None),
            ("123", None),
            ("12a4", None),
            ("%%%%", None),
            ("٤٥٦٧", None),
            ("12345678901234567", None),
        ] {
            assert_eq!(Part::of_phone(typed).ok().as_ref().map(Part::as_str), part, "{typed}");
        }
    }
}
