//! A text that must not be seen: not in a log, a panic, `check-config` or a debug print of the
//! configuration.
//!
//! Only [`Secret::expose`] returns it, so that every use can be found by that word. There is no
//! `PartialEq`: secrets are compared only by code that does it in constant time.

use std::fmt;

/// Printed in place of a secret.
const HIDDEN: &str = "***";

/// A key or password.
#[derive(Clone)]
pub(crate) struct Secret(String);

impl Secret {
    pub(crate) fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(HIDDEN)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(HIDDEN)
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn a_secret_prints_as_stars_only() {
        let secret = Secret::new("hunter2".to_owned());
        assert_eq!(
            format!("{secret} {secret:?} {secret:#?} {:?}", Some(&secret)),
            "*** *** *** Some(***)"
        );
        assert_eq!(secret.expose(), "hunter2");
    }
}
