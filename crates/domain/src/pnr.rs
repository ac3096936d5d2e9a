//! The passenger name record: nine characters that a traveller reads out on the phone.

use std::fmt;

use crate::visible::{is_dash, plain};

/// `VV00` and five characters of `A-Z0-9` (contract.md, "PNR").
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pnr(String);

const PREFIX: &str = "VV00";
/// Where the prefix has its zeros.
const ZEROS: std::ops::Range<usize> = 2..4;
const RADIX: u32 = 36;
const ALPHABET: &[u8; 36] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// How many letters are drawn.
pub const PNR_DRAWN_CHARS: usize = 5;

/// How many codes there are.
pub const PNRS: u32 = RADIX.pow(5);

impl Pnr {
    /// Makes one from random bytes, or `None` when there are too few: bytes that would favour some
    /// letters (≥ 252 = 7 × 36) are skipped, so every letter is equally likely.
    pub fn from_random(bytes: &[u8]) -> Option<Self> {
        const CHARS: usize = PREFIX.len() + PNR_DRAWN_CHARS;
        let drawn = bytes.iter().filter(|byte| **byte < 252).take(PNR_DRAWN_CHARS);
        let mut pnr = String::with_capacity(CHARS);
        pnr.push_str(PREFIX);
        pnr.extend(drawn.map(|byte| char::from(ALPHABET[usize::from(byte % 36)])));
        (pnr.len() == CHARS).then_some(Self(pnr))
    }

    /// The code of a number below [`PNRS`]; a higher one begins again.
    pub fn from_number(number: u32) -> Self {
        let mut drawn = ['A'; PNR_DRAWN_CHARS];
        let mut rest = number;
        for letter in drawn.iter_mut().rev() {
            let digit = usize::try_from(rest % RADIX).unwrap_or_default();
            *letter = char::from(ALPHABET[digit]);
            rest /= RADIX;
        }
        Self(PREFIX.chars().chain(drawn).collect())
    }

    /// Its number; `None` for one from a store that is none.
    pub fn number(&self) -> Option<u32> {
        let drawn = self.0.strip_prefix(PREFIX)?;
        if drawn.len() != PNR_DRAWN_CHARS {
            return None;
        }
        drawn.bytes().try_fold(0, |number, byte| {
            let digit = ALPHABET.iter().position(|letter| *letter == byte)?;
            Some(number * RADIX + u32::try_from(digit).ok()?)
        })
    }

    /// Reads what a person typed. Case, blanks and dashes do not matter; `ı` and `İ` are I, and a
    /// letter O where every code has a zero is that zero.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = plain(text);
        let typed = plain.chars().filter(|c| !c.is_whitespace() && !is_dash(*c));
        let text: String = typed
            .enumerate()
            .map(|(at, c)| match c.to_ascii_uppercase() {
                'ı' | 'İ' => 'I',
                'O' if ZEROS.contains(&at) => '0',
                upper => upper,
            })
            .collect();
        let drawn = text.strip_prefix(PREFIX)?;
        let well_formed =
            drawn.len() == PNR_DRAWN_CHARS && drawn.bytes().all(|byte| ALPHABET.contains(&byte));
        well_formed.then_some(Self(text))
    }

    /// The other codes that this one could be a misreading of: O is taken for 0 and I for 1, and
    /// the other way round. At most 31.
    pub fn mistakable(&self) -> Vec<Self> {
        let mut codes = vec![self.0.clone()];
        for at in PREFIX.len()..self.0.len() {
            let other = match self.0.as_bytes()[at] {
                b'O' => "0",
                b'0' => "O",
                b'I' => "1",
                b'1' => "I",
                _ => continue,
            };
            let turned = |code: &String| format!("{}{other}{}", &code[..at], &code[at + 1..]);
            let more: Vec<String> = codes.iter().map(turned).collect();
            codes.extend(more);
        }
        codes.into_iter().skip(1).map(Self).collect()
    }

    /// One and the same for all codes that can be misread as each other ([`Pnr::mistakable`]).
    pub fn look_alike(&self) -> Self {
        let read = |c| match c {
            'O' => '0',
            'I' => '1',
            c => c,
        };
        Self(self.0.chars().map(read).collect())
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
    fn every_number_is_a_code() {
        assert_eq!(Pnr::from_number(0).as_str(), "VV00AAAAA");
        assert_eq!(Pnr::from_number(37).as_str(), "VV00AAABB");
        assert_eq!(Pnr::from_number(PNRS - 1).as_str(), "VV0099999");
        assert_eq!(Pnr::from_number(PNRS), Pnr::from_number(0));
        for number in (0..PNRS).step_by(60_013) {
            let pnr = Pnr::from_number(number);
            assert_eq!((Pnr::parse(pnr.as_str()), pnr.number()), (Some(pnr.clone()), Some(number)));
        }
        for none in ["", "P1", "VV00ABCD", "VV00ABCDEF", "VV00abcde", "VV00ABCDÇ"] {
            assert_eq!(Pnr::from_stored(none.to_owned()).number(), None, "{none}");
        }
    }

    #[test]
    fn reads_what_a_person_types() {
        for typed in [
            "VV00ABI12",
            " vv00abi12 ",
            "vv00 abi 12",
            "VV00-ABI-12",
            "vv00\u{2013}abı12",
            "VV00ABİ12",
            "vvOOabi12",
            "VVo0ABI12",
            "\u{feff}VV00\u{200b}ABI12\u{a0}",
            "ＶＶ００ＡＢＩ１２",
        ] {
            assert_eq!(Pnr::parse(typed).unwrap().as_str(), "VV00ABI12", "{typed:?}");
        }
        for wrong in [
            "",
            "VV00",
            "VV00ABCD",
            "VV00ABCDEF",
            "XX00ABCDE",
            "VV00ABC-1",
            "VV00ABCÇ",
            "VV00ABC1ß",
        ] {
            assert_eq!(Pnr::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_is_easily_misread() {
        let shown = |code| -> Vec<String> {
            Pnr::parse(code).unwrap().mistakable().into_iter().map(|pnr| pnr.0).collect()
        };
        assert_eq!(shown("VV00ABCDE"), [""; 0]);
        assert_eq!(shown("VV00A0CDE"), ["VV00AOCDE"]);
        assert_eq!(shown("VV00OBC1E"), ["VV000BC1E", "VV00OBCIE", "VV000BCIE"]);
        assert_eq!(shown("VV0001OI0").len(), 31);
        let code = Pnr::parse("VV00OBC1E").unwrap();
        for other in code.mistakable() {
            assert_eq!(other.look_alike(), code.look_alike(), "{other}");
        }
        assert_ne!(code.look_alike(), Pnr::parse("VV00OBC2E").unwrap().look_alike());
    }

    proptest::proptest! {
        #[test]
        fn a_code_is_found_however_it_is_written(
            bytes in proptest::collection::vec(0u8..252, PNR_DRAWN_CHARS),
            signs in proptest::collection::vec(0usize..6, 9),
            lower: bool,
        ) {
            let code = Pnr::from_random(&bytes).unwrap();
            let gaps = ["", " ", "-", "\u{a0}", "\u{200b}", "\u{2014}"];
            let typed: String =
                code.0.chars().zip(signs).flat_map(|(c, sign)| [gaps[sign], &c.to_string()].concat().chars().collect::<Vec<_>>()).collect();
            let typed = if lower { typed.to_lowercase() } else { typed };
            proptest::prop_assert_eq!(Pnr::parse(&typed), Some(code));
        }
    }
}
