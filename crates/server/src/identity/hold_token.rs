//! The token of a hold: a secret that a caller gets once, when it holds seats. Only its hash goes
//! on from here.

use std::fmt;

use booking::{NoRandomness, Source};
use domain::hold::TokenHash;

use super::{digests, random_text};

/// Its text: what callers send back.
#[derive(Clone)]
pub(crate) struct HoldToken(String);

/// Prints nothing of it.
impl fmt::Debug for HoldToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HoldToken")
    }
}

impl HoldToken {
    pub(crate) fn draw(source: &Source) -> Result<Self, NoRandomness> {
        Ok(Self(random_text::draw(source)?))
    }

    /// Any text that was sent as a token: a text that never was one belongs to no hold.
    pub(crate) fn sent(text: String) -> Self {
        Self(text)
    }

    pub(crate) fn hash(&self) -> TokenHash {
        TokenHash(digests::of_token(&self.0))
    }

    pub(crate) fn into_text(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_drawn_once_and_found_by_its_text() {
        let source = Source::system();
        let (one, other) = (HoldToken::draw(&source).unwrap(), HoldToken::draw(&source).unwrap());
        assert_ne!(one.hash(), other.hash());
        assert_eq!(HoldToken::sent(one.clone().into_text()).hash(), one.hash());
        assert!(!format!("{one:?}").contains(&one.0) && one.0.len() == 32);
    }
}
