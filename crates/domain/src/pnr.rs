//! The passenger name record: nine characters that a traveller reads out on the phone.

use std::fmt;

/// `VV00` and five characters of `A-Z0-9` (contract.md, "PNR").
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pnr(String);

const PREFIX: &str = "VV00";
const ALPHABET: &[u8; 36] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// How many letters are drawn.
pub const PNR_DRAWN_CHARS: usize = 5;

impl Pnr {
    /// Makes one of random bytes, or `None` when there are too few: bytes that would favour some
    /// letters (≥ 252 = 7 × 36) are passed over, so every letter is equally likely.
    pub fn from_random(bytes: &[u8]) -> Option<Self> {
        const CHARS: usize = PREFIX.len() + PNR_DRAWN_CHARS;
        let drawn = bytes.iter().filter(|byte| **byte < 252).take(PNR_DRAWN_CHARS);
        let mut pnr = String::with_capacity(CHARS);
        pnr.push_str(PREFIX);
        pnr.extend(drawn.map(|byte| char::from(ALPHABET[usize::from(byte % 36)])));
        (pnr.len() == CHARS).then_some(Self(pnr))
    }

    /// Reads what a person typed: case does not matter.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_uppercase();
        let drawn = text.strip_prefix(PREFIX)?;
        let well_formed =
            drawn.len() == PNR_DRAWN_CHARS && drawn.bytes().all(|byte| ALPHABET.contains(&byte));
        well_formed.then_some(Self(text))
    }

    /// From a store that has checked it on the way in.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Pnr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Pnr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_is_equally_likely() {
        let mut counts = [0u32; 36];
        for byte in 0..=255u8 {
            if let Some(pnr) = Pnr::from_random(&[byte; PNR_DRAWN_CHARS]) {
                let letter = pnr.as_str().as_bytes()[4];
                counts[ALPHABET.iter().position(|a| *a == letter).unwrap()] += 1;
            }
        }
        assert_eq!(counts, [7; 36]);
    }

    #[test]
    fn too_little_randomness_makes_none() {
        assert_eq!(Pnr::from_random(&[1, 2, 3, 4]), None);
        assert_eq!(Pnr::from_random(&[1, 2, 3, 4, 255]), None);
        assert_eq!(Pnr::from_random(&[255, 0, 1, 2, 3, 4]).unwrap().as_str(), "VV00ABCDE");
    }

    #[test]
    fn reads_what_a_person_types() {
        assert_eq!(Pnr::parse(" vv00abc12 ").unwrap().as_str(), "VV00ABC12");
        for wrong in ["", "VV00", "VV00ABCD", "VV00ABCDEF", "XX00ABCDE", "VV00ABC-1", "VV00ABCÇ"] {
            assert_eq!(Pnr::parse(wrong), None, "{wrong}");
        }
    }
}
