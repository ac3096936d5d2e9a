//! A passenger, and what identifies one: the Turkish identity number, beside the name.
//!
//! They are checked here and nowhere else: a [`Passenger`] is in the form in which it is kept, from the
//! door to the ticket. Identity numbers have one normal form, because tickets are looked up by them.

use std::fmt;

use crate::{FieldErrors, Gender};

pub use crate::phone::{Phone, PhoneError};

/// Who sits on a seat. How they are reached is the ticket's phone number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passenger {
    pub name: String,
    pub gender: Gender,
    pub identity_number: Option<IdentityNumber>,
}

/// The raw words of a passenger, as they came.
#[derive(Clone, Debug)]
pub struct PassengerForm {
    pub name: String,
    pub gender: Gender,
    pub identity_number: Option<String>,
}

impl PassengerForm {
    /// `at`: the pointer of what they stand in; empty for the body itself.
    pub fn check(&self, at: &str, errors: &mut FieldErrors) -> Option<Passenger> {
        let name = errors.check(&format!("{at}/passengerName"), crate::field::name(&self.name));
        let identity_number = match &self.identity_number {
            Some(text) => {
                let number = IdentityNumber::parse(text);
                Some(errors.check(&format!("{at}/tcKimlikNo"), number)?)
            }
            None => None,
        };
        Some(Passenger { name: name?, gender: self.gender, identity_number })
    }
}

/// A Turkish identity number (T.C. kimlik no): 11 digits with two check digits.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct IdentityNumber(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be an identity number of 11 digits with a valid check sum")]
pub struct IdentityNumberError;

impl IdentityNumber {
    /// The published rule: the first digit is not 0; digit 10 is
    /// `(7 × (d1+d3+d5+d7+d9) − (d2+d4+d6+d8)) mod 10`; digit 11 is the sum of the first ten mod 10.
    pub fn parse(text: &str) -> Result<Self, IdentityNumberError> {
        let text = text.trim();
        let digits: Vec<i32> =
            text.chars().filter_map(|c| c.to_digit(10)).filter_map(|d| d.try_into().ok()).collect();
        if digits.len() != 11 || text.len() != 11 || digits[0] == 0 {
            return Err(IdentityNumberError);
        }
        let odd: i32 = digits[..9].iter().step_by(2).sum();
        let even: i32 = digits[1..8].iter().step_by(2).sum();
        let tenth = (7 * odd - even).rem_euclid(10);
        let eleventh = digits[..10].iter().sum::<i32>() % 10;
        if digits[9] == tenth && digits[10] == eleventh {
            Ok(Self(text.to_owned()))
        } else {
            Err(IdentityNumberError)
        }
    }

    /// From a store that has checked it on the way in.
    pub fn from_stored(digits: String) -> Self {
        Self(digits)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `123******45`: enough to recognise one's own, too little to use somebody else's.
    pub fn masked(&self) -> String {
        let hidden = |(at, digit)| if (3..9).contains(&at) { '*' } else { digit };
        self.0.chars().enumerate().map(hidden).collect()
    }
}

/// Words of a name that are shown as initials.
const INITIALS_MAX: usize = 4;

/// `Ayşe Yılmaz` → `A. Y.`: whom a ticket is for, told to somebody who knows it already.
pub fn initials(name: &str) -> String {
    let letter = |word: &str| word.chars().find(|c| c.is_alphanumeric());
    let upper = |c: char| match c {
        // These are mostly Turkish names, in which the capital of i is not I.
        'i' => "İ.".to_owned(),
        c => c.to_uppercase().chain(['.']).collect::<String>(),
    };
    let letters: Vec<String> =
        name.split_whitespace().filter_map(letter).take(INITIALS_MAX).map(upper).collect();
    letters.join(" ")
}

/// Debug output reaches logs; an identity number must not.
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

    #[test]
    fn what_is_shown_of_a_passenger_identifies_no_one() {
        assert_eq!(IdentityNumber::parse("10000000146").unwrap().masked(), "100******46");
        for (name, shown) in [
            ("Ayşe Yılmaz", "A. Y."),
            ("ilker  çelik", "İ. Ç."),
            ("(Dr.) O'Neill", "D. O."),
            ("👩‍🚀", ""),
            ("a b c d e f", "A. B. C. D."),
        ] {
            assert_eq!(initials(name), shown);
        }
    }

    #[test]
    fn neither_shows_in_debug_output() {
        let phone = Phone::parse("5321234567").unwrap();
        let identity = IdentityNumber::parse("10000000146").unwrap();
        let shown = format!("{phone:?} {identity:?}");
        assert!(!shown.contains("532") && !shown.contains("100"), "{shown}");
    }
}
