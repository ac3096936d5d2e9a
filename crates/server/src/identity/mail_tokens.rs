//! The token in a letter: a secret that can be used once, for a new password or to verify an
//! address. Only its digest is stored.

use std::fmt;

use booking::{NoRandomness, Source};
use store::{TokenDigest, TokenUse};

use super::{digests, random_text};

/// Does not print.
pub(crate) struct MailToken(String);

impl fmt::Debug for MailToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MailToken")
    }
}

impl MailToken {
    pub(crate) fn draw(used_for: TokenUse, source: &Source) -> Result<Self, NoRandomness> {
        let prefix = used_for.as_str().to_ascii_lowercase();
        Ok(Self(format!("{prefix}-{}", random_text::draw(source)?)))
    }

    /// Any text that was sent as a token; spaces around it come from the letter.
    pub(crate) fn sent(text: &str) -> Self {
        Self(text.trim().to_owned())
    }

    pub(crate) fn digest(&self) -> TokenDigest {
        TokenDigest(digests::of_token(&self.0))
    }

    pub(crate) fn text(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_drawn_once_and_says_what_it_is_for() {
        let source = Source::system();
        let draw = || MailToken::draw(TokenUse::Reset, &source).unwrap();
        let (one, other) = (draw(), draw());
        assert_ne!(one.digest(), other.digest());
        assert!(one.text().starts_with("reset-"));
        assert_eq!(MailToken::sent(&format!(" {}\n", one.text())).digest(), one.digest());
        assert_eq!(format!("{one:?}"), "MailToken");
    }
}
