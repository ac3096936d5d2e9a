//! A passenger: a name, a gender, and what identifies one besides.
//!
//! They are checked here and nowhere else: a [`Passenger`] is in the form in which it is kept, from
//! the request to the ticket.

use crate::identity::IdentityForm;
use crate::{FieldErrors, Gender};

pub use crate::identity::{Identity, IdentityNumber, Passport};
pub use crate::phone::{Phone, PhoneError};

/// Who sits on a seat. How they are reached is the ticket's phone number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passenger {
    pub name: String,
    pub gender: Gender,
    pub identity: Option<Identity>,
}

impl Passenger {
    pub fn identity_number(&self) -> Option<&IdentityNumber> {
        match self.identity.as_ref()? {
            Identity::Turkish(number) => Some(number),
            Identity::Passport(_) => None,
        }
    }

    pub fn passport(&self) -> Option<&Passport> {
        match self.identity.as_ref()? {
            Identity::Turkish(_) => None,
            Identity::Passport(passport) => Some(passport),
        }
    }
}

/// The raw words of a passenger, as they came.
#[derive(Clone, Debug)]
pub struct PassengerForm {
    pub name: String,
    pub gender: Gender,
    pub identity: IdentityForm,
}

impl PassengerForm {
    /// `at`: the pointer of what they stand in; empty for the body itself.
    pub fn check(&self, at: &str, errors: &mut FieldErrors) -> Option<Passenger> {
        let name = errors.check(&format!("{at}/passengerName"), crate::field::name(&self.name));
        let identity = self.identity.check(at, errors)?;
        Some(Passenger { name: name?, gender: self.gender, identity })
    }
}

/// Words of a name that are shown as initials.
const INITIALS_MAX: usize = 4;

/// `Ayşe Yılmaz` → `A. Y.`: enough for a person who already knows whom a ticket is for.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_of_a_passenger_identifies_no_one() {
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
    fn a_number_does_not_show_in_debug_output() {
        let shown = format!("{:?}", Phone::parse("5321234567").unwrap());
        assert!(!shown.contains("532"), "{shown}");
    }
}
