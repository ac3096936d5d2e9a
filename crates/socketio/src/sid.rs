//! Identifiers of sessions and sockets: 120 random bits, kept as bytes, shown as text.
//!
//! A caller that knows a session's id can send packets for it over polling, so it comes from the
//! system's secure source.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

const BYTES: usize = 15;
/// Length of the text form.
const CHARS: usize = 20;

/// The id of a session or of a socket: 20 characters of `A-Za-z0-9_-`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sid([u8; BYTES]);

impl Sid {
    /// A new random id; an error if the system gives no randomness.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; BYTES];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }
}

impl Sid {
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The same id as a number.
    pub(crate) fn number(self) -> u128 {
        self.0.iter().fold(0, |number, byte| number << 8 | u128::from(*byte))
    }

    /// The id that is this number.
    pub(crate) fn of_number(number: u128) -> Self {
        let [_, bytes @ ..] = number.to_be_bytes();
        Self(bytes)
    }
}

impl fmt::Display for Sid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for Sid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sid({self})")
    }
}

/// The text is not an id that this server could have given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a session id")]
pub struct NotASid;

impl FromStr for Sid {
    type Err = NotASid;

    fn from_str(text: &str) -> Result<Self, NotASid> {
        if text.len() != CHARS {
            return Err(NotASid);
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| NotASid)?;
        bytes.try_into().map(Self).map_err(|_| NotASid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_form_round_trips() {
        let sid = Sid::random().unwrap();
        assert_eq!(sid.to_string().len(), CHARS);
        assert_eq!(sid.to_string().parse(), Ok(sid));
        assert_eq!(Sid::of_number(sid.number()), sid);
        assert_ne!(Sid::random().unwrap(), sid);
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "abc", "====================", "äääääääääää", "AAAAAAAAAAAAAAAAAAAAA"]
        {
            assert_eq!(text.parse::<Sid>(), Err(NotASid), "{text}");
        }
    }
}
