//! What identifies a passenger besides the name: the Turkish identity number, or a passport.
//!
//! They are checked here and nowhere else, each into one normal form. Neither shows in debug
//! output, which reaches logs.

mod identity_number;
mod masked;
mod passport;

use std::fmt;

use crate::FieldErrors;

pub use identity_number::{IdentityNumber, IdentityNumberError};
pub use passport::{
    CountryCode, CountryCodeError, PASSPORT_NUMBER_CHARS_MAX, PASSPORT_NUMBER_CHARS_MIN, Passport,
    PassportNumber, PassportNumberError,
};

/// One or the other: a passenger shows one document.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Identity {
    Turkish(IdentityNumber),
    Passport(Passport),
}

/// The raw words of it, as they came.
#[derive(Clone, Default)]
pub struct IdentityForm {
    pub tc_kimlik_no: Option<String>,
    pub passport: Option<PassportForm>,
}

#[derive(Clone)]
pub struct PassportForm {
    pub number: String,
    pub country: String,
}

impl fmt::Debug for IdentityForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdentityForm(…)")
    }
}

impl fmt::Debug for PassportForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PassportForm(…)")
    }
}

impl IdentityForm {
    /// `at`: the pointer of the passenger. `None`: something is wrong with it.
    pub(crate) fn check(&self, at: &str, errors: &mut FieldErrors) -> Option<Option<Identity>> {
        match (&self.tc_kimlik_no, &self.passport) {
            (Some(_), Some(_)) => {
                errors.push(format!("{at}/passport"), "must not stand beside tcKimlikNo");
                None
            }
            (Some(text), None) => {
                let number =
                    errors.check(&format!("{at}/tcKimlikNo"), IdentityNumber::parse(text))?;
                Some(Some(Identity::Turkish(number)))
            }
            (None, Some(PassportForm { number, country })) => {
                let at = format!("{at}/passport");
                let number = errors.check(&format!("{at}/number"), PassportNumber::parse(number));
                let country = errors.check(&format!("{at}/country"), CountryCode::parse(country));
                Some(Some(Identity::Passport(Passport { number: number?, country: country? })))
            }
            (None, None) => Some(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_of_a_document_does_not_identify() {
        assert_eq!(IdentityNumber::parse("10000000146").unwrap().masked(), "100******46");
        for (number, shown) in [
            ("12345", "1***5"),
            ("U12345678", "U1*****78"),
            ("U1234567890123456789", "U12***************89"),
        ] {
            assert_eq!(PassportNumber::parse(number).unwrap().masked(), shown);
        }
    }

    #[test]
    fn none_shows_in_debug_output() {
        let identity = Identity::Turkish(IdentityNumber::parse("10000000146").unwrap());
        let number = PassportNumber::parse("U12345678").unwrap();
        let country = CountryCode::parse("DE").unwrap();
        let passport = Identity::Passport(Passport { number, country });
        let passport_form = PassportForm { number: "U12345678".into(), country: "DE".into() };
        let form = IdentityForm { tc_kimlik_no: None, passport: Some(passport_form) };
        let shown = format!("{identity:?} {passport:?} {form:?}");
        assert!(!shown.contains("100") && !shown.contains("1234"), "{shown}");
    }
}
