//! Number plates: one vehicle, however its plate is typed.

use std::fmt;

use crate::visible::{is_dash, plain};

/// A plate reduced to what is stamped on it: capital letters and digits.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PlateKey(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a number plate: 2 to 16 letters, digits, blanks and dashes")]
pub struct PlateError;

const PLATE_CHARS: std::ops::RangeInclusive<usize> = 2..=16;

/// Longer than any spelling of a plate; a bound on the work.
const SPELLING_CHARS_MAX: usize = 64;

/// The form in which a plate is kept and shown: `34ABC123` and `34-abc-123` are `34 ABC 123`, as on
/// Turkish vehicles; other countries' keep their own blanks and dashes.
pub fn plate(text: &str) -> Result<String, PlateError> {
    if text.chars().count() > SPELLING_CHARS_MAX {
        return Err(PlateError);
    }
    let capitals = capitals(text);
    let key = PlateKey::of_capitals(&capitals);
    let well_formed = PLATE_CHARS.contains(&key.0.chars().count())
        && capitals.chars().all(|c| c.is_alphanumeric() || c == ' ' || c == '-');
    let plate = key.as_turkish().unwrap_or(capitals);
    let fits = PLATE_CHARS.contains(&plate.chars().count());
    if well_formed && fits { Ok(plate) } else { Err(PlateError) }
}

/// No plate has a dotless or a dotted letter: they are what a Turkish keyboard makes of I.
fn capitals(text: &str) -> String {
    let upper = plain(text).replace('İ', "I").to_uppercase();
    plain(&upper).chars().map(|c| if is_dash(c) { '-' } else { c }).collect()
}

impl PlateKey {
    pub fn new(plate: &str) -> Self {
        Self::of_capitals(&capitals(plate))
    }

    fn of_capitals(capitals: &str) -> Self {
        Self(capitals.chars().filter(|c| c.is_alphanumeric()).collect())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Province, letters, number, with blanks between them.
    fn as_turkish(&self) -> Option<String> {
        let (province, rest) = self.0.split_at_checked(2)?;
        let letters = rest.bytes().take_while(u8::is_ascii_uppercase).count();
        let (letters, number) = rest.split_at_checked(letters)?;
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let fits = digits(province)
            && digits(number)
            && (1..=3).contains(&letters.len())
            && (1..=5).contains(&number.len());
        fits.then(|| format!("{province} {letters} {number}"))
    }
}

impl fmt::Debug for PlateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_vehicle_has_one_plate() {
        for typed in [
            "34ABC123",
            "34 ABC 123",
            "34-abc-123",
            "  34  abc 123 ",
            "34\u{a0}ABC\u{2013}123",
            "34\u{200b}abc123",
        ] {
            assert_eq!(plate(typed).as_deref(), Ok("34 ABC 123"), "{typed:?}");
        }
        for typed in ["34 İBC 1", "34 ıbc 1", "34ibc1", "34 I\u{307}BC 1"] {
            assert_eq!(plate(typed).as_deref(), Ok("34 IBC 1"), "{typed:?}");
        }
        assert_eq!(plate("b-mw  1234").as_deref(), Ok("B-MW 1234"));
        assert_eq!(PlateKey::new("b mw-1234"), PlateKey::new("BMW1234"));
    }

    #[test]
    fn what_is_no_plate() {
        for wrong in [
            "",
            "3",
            "- -",
            "34 ABC 123 456 789 0",
            "34'; --",
            "34\0AB",
            "34 ABC 12\u{301}3",
            "\u{200b}\u{3164}",
        ] {
            assert_eq!(plate(wrong), Err(PlateError), "{wrong:?}");
        }
    }

    proptest! {
        #[test]
        fn a_kept_plate_is_kept_as_it_is(typed in "([0-9]{2}[a-zA-ZıİßçÇ -]{1,5}[0-9]{1,5}|\\PC{2,8})") {
            if let Ok(kept) = plate(&typed) {
                prop_assert_eq!(plate(&kept), Ok(kept.clone()));
                prop_assert_eq!(PlateKey::new(&kept), PlateKey::new(&typed));
                let key = PlateKey::new(&kept);
                prop_assert_eq!(PlateKey::new(key.as_str()), key.clone());
                prop_assert_eq!(PlateKey::new(&kept.to_lowercase()), key);
            }
        }
    }
}
