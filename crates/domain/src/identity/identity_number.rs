//! The Turkish identity number. It has one form, because tickets are looked up by it.

use std::fmt;

use super::masked::masked;

/// A Turkish identity number (T.C. kimlik no): 11 digits with two check digits.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct IdentityNumber(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be an identity number of 11 digits with a valid check sum")]
pub struct IdentityNumberError;

impl IdentityNumber {
    pub fn parse(text: &str) -> Result<Self, IdentityNumberError> {
        let text = text.trim();
        let first_nine = text.get(..9).ok_or(IdentityNumberError)?;
        if !first_nine.bytes().all(|it| it.is_ascii_digit()) {
            return Err(IdentityNumberError);
        }
        let first_nine = first_nine.parse().map_err(|_| IdentityNumberError)?;
        let number = Self::with_check_digits(first_nine)?;
        if number.0 == text { Ok(number) } else { Err(IdentityNumberError) }
    }

    /// The number that begins with these nine digits. The published rule: the first digit is not
    /// 0; digit 10 is `(7 × (d1+d3+d5+d7+d9) − (d2+d4+d6+d8)) mod 10`; digit 11 is the sum of the
    /// first ten mod 10.
    pub fn with_check_digits(first_nine: u32) -> Result<Self, IdentityNumberError> {
        if !(100_000_000..=999_999_999).contains(&first_nine) {
            return Err(IdentityNumberError);
        }
        let sum_from = |place: u32| -> u32 {
            (place..=9).step_by(2).map(|it| first_nine / 10_u32.pow(9 - it) % 10).sum()
        };
        let (odd, even) = (sum_from(1), sum_from(2));
        // Enough tens to keep the difference above zero: four digits are 36 at most.
        let tenth = (7 * odd + 40 - even) % 10;
        let eleventh = (odd + even + tenth) % 10;
        Ok(Self(format!("{first_nine}{tenth}{eleventh}")))
    }

    /// From a store that has checked it on the way in.
    pub fn from_stored(digits: String) -> Self {
        Self(digits)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `123******45`: enough to recognise one's own, too little to use another person's.
    pub fn masked(&self) -> String {
        masked(&self.0, 3, 2)
    }
}

impl fmt::Debug for IdentityNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdentityNumber(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identity_numbers_have_check_digits() {
        assert!(IdentityNumber::parse("10000000146").is_ok());
        for wrong in [
            "10000000145",
            "10000000156",
            "00000000000",
            "1000000014",
            "100000001460",
            "1000000014a",
            "+10000000146",
            "+1000000014",
            "10000000é46",
            "",
        ] {
            assert!(IdentityNumber::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_changed_digit_is_noticed() {
        let good = "10000000146";
        for position in 0..11 {
            for digit in b'0'..=b'9' {
                let mut changed = good.as_bytes().to_vec();
                if changed[position] == digit {
                    continue;
                }
                changed[position] = digit;
                let changed = String::from_utf8(changed).unwrap();
                assert!(IdentityNumber::parse(&changed).is_err(), "{changed}");
            }
        }
    }
}
