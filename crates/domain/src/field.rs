//! What is wrong with one field of what a caller sent.

use std::fmt;

use unicode_normalization::UnicodeNormalization as _;

use crate::visible::{
    is_control, is_direction_control, is_ignorable, is_joiner, is_seen, single_blanks,
};

/// One bad field: where it stands (an RFC 6901 JSON pointer) and a sentence for its sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    pub pointer: String,
    pub message: String,
}

/// All faults of one input, so that its sender can correct them all at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldErrors(Vec<FieldError>);

impl FieldErrors {
    pub fn one(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        let mut errors = Self::default();
        errors.push(pointer, message);
        errors
    }

    pub fn push(&mut self, pointer: impl Into<String>, message: impl Into<String>) {
        self.0.push(FieldError { pointer: pointer.into(), message: message.into() });
    }

    /// Keeps a good value; notes why a bad one is bad.
    pub fn check<T, E: fmt::Display>(&mut self, pointer: &str, value: Result<T, E>) -> Option<T> {
        value.map_err(|error| self.push(pointer, error.to_string())).ok()
    }

    pub fn extend(&mut self, others: &Self) {
        self.0.extend_from_slice(&others.0);
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = &FieldError> {
        self.0.iter()
    }

    /// `Ok` when nothing was noted.
    pub fn into_result(self) -> Result<(), Self> {
        if self.0.is_empty() { Ok(()) } else { Err(self) }
    }
}

impl fmt::Display for FieldErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { "; " };
            // A fault of the whole input has no pointer.
            let space = if error.pointer.is_empty() { "" } else { " " };
            write!(f, "{comma}{}{space}{}", error.pointer, error.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for FieldErrors {}

/// The longest name of a person, city, model or company, in characters.
pub const NAME_CHARS_MAX: usize = 120;

/// A name that people read, of a person, a place or a thing, in the form of [`readable`], with at
/// most [`NAME_CHARS_MAX`] characters.
pub fn name(text: &str) -> Result<String, NameError> {
    let text = readable(text)?;
    if text.chars().count() > NAME_CHARS_MAX {
        return Err(NameError::TooLong);
    }
    Ok(text)
}

/// A line that people read, in the form in which it is kept: with single blanks, composed, with
/// something visible in it, and with nothing that makes it look like another text (a NUL, an escape
/// sequence, a change of direction).
pub fn readable(text: &str) -> Result<String, NameError> {
    // Not shown, and not needed to write any name.
    let shown =
        text.chars().filter(|c| !is_ignorable(*c) || is_joiner(*c) || is_direction_control(*c));
    let composed: String = shown.nfc().collect();
    let text = composed.trim_matches(|c: char| c.is_whitespace() || is_joiner(c));
    if text.chars().any(is_control) {
        return Err(NameError::Control);
    }
    if text.chars().any(is_direction_control) {
        return Err(NameError::Direction);
    }
    if !text.chars().any(is_seen) {
        return Err(NameError::Empty);
    }
    Ok(single_blanks(text))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    #[error("must not be empty: it needs something that can be seen")]
    Empty,
    #[error("must have at most 120 characters")]
    TooLong,
    #[error("must not contain control characters")]
    Control,
    #[error("must not contain characters that turn the direction of writing")]
    Direction,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert_eq!(name("  Ayşe Yılmaz "), Ok("Ayşe Yılmaz".to_owned()));
        assert_eq!(name("Robert'); DROP TABLE tickets;--").map(|n| n.len()), Ok(31));
        assert_eq!(name("👩‍🚀"), Ok("👩‍🚀".to_owned()));
        assert_eq!(name(" \t "), Err(NameError::Empty));
        assert_eq!(name(&"ş".repeat(NAME_CHARS_MAX + 1)), Err(NameError::TooLong));
        assert!(name(&"ş".repeat(NAME_CHARS_MAX)).is_ok());
        for control in ["a\0b", "a\tb", "a\u{2028}b", "\u{1b}[31m", "a\u{fff9}b"] {
            assert_eq!(name(control), Err(NameError::Control), "{control:?}");
        }
    }

    #[test]
    fn a_name_of_nothing_is_none() {
        let filler = "\u{3164}";
        for nothing in [
            "",
            "\u{200b}",
            "\u{feff}\u{a0}",
            filler,
            "\u{2800}",
            "\u{301}",
            "\u{200d}",
            "\u{e000}",
        ] {
            assert_eq!(name(nothing), Err(NameError::Empty), "{nothing:?}");
        }
        for turned in ["\u{202e}desrever", "a\u{2066}b", "\u{200f}", "A\u{202c}"] {
            assert_eq!(name(turned), Err(NameError::Direction), "{turned:?}");
        }
    }

    #[test]
    fn one_name_has_one_form() {
        for text in ["Ayşe Yılmaz", " Ays\u{327}e\u{a0}\u{a0}Yılmaz", "Ayşe \u{200b}Yılmaz\u{feff}"]
        {
            assert_eq!(name(text), Ok("Ayşe Yılmaz".to_owned()), "{text:?}");
        }
        // Persian and emoji are written with joiners.
        assert_eq!(name("علی‌رضا").map(|name| name.contains('\u{200c}')), Ok(true));
    }

    proptest::proptest! {
        #[test]
        fn a_kept_name_is_kept_as_it_is(text in ".{0,16}") {
            if let Ok(kept) = name(&text) {
                proptest::prop_assert_eq!(name(&kept), Ok(kept));
            }
        }
    }
}
