//! What is wrong with one field of what a caller sent.

use std::fmt;

/// One bad field: where it stands (an RFC 6901 JSON pointer) and a sentence for its sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    pub pointer: String,
    pub message: String,
}

/// All faults of one input, so that its sender can mend them in one go.
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
            // What is wrong with the whole has no pointer.
            let space = if error.pointer.is_empty() { "" } else { " " };
            write!(f, "{comma}{}{space}{}", error.pointer, error.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for FieldErrors {}

/// The longest name of a person, city, model or company, in characters.
pub const NAME_CHARS_MAX: usize = 120;

/// A name people will read: trimmed, not empty, at most [`NAME_CHARS_MAX`] characters, no control
/// characters (a NUL or an escape sequence has no business on a ticket).
pub fn name(text: &str) -> Result<String, NameError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(NameError::Empty);
    }
    if text.chars().count() > NAME_CHARS_MAX {
        return Err(NameError::TooLong);
    }
    if text.chars().any(char::is_control) {
        return Err(NameError::Control);
    }
    Ok(text.to_owned())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    #[error("must not be empty")]
    Empty,
    #[error("must have at most 120 characters")]
    TooLong,
    #[error("must not contain control characters")]
    Control,
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
        assert_eq!(name("a\0b"), Err(NameError::Control));
    }
}
