//! The documents that passengers show: so few that the same one is often shown again, and alike in
//! everything but what makes them different documents.

use domain::identity::{IdentityForm, PassportForm};

use crate::chance::Chance;
use crate::fault::{Checked, Fault};

/// One of the town's documents, however it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Document(usize);

#[derive(Clone, Copy)]
enum Kind {
    /// A Turkish identity number.
    Turkish(&'static str),
    Passport {
        number: &'static str,
        /// Its code of three letters, and of two.
        country: (&'static str, &'static str),
    },
}

/// Most show one of the first.
const POPULAR: usize = 2;

const KINDS: [Kind; 5] = [
    Kind::Turkish("10000000146"),
    Kind::Passport { number: "U12345678", country: ("DEU", "de") },
    // The number of the one before, and another country.
    Kind::Passport { number: "U12345678", country: ("AUT", "at") },
    Kind::Turkish("12345678950"),
    // The digits of an identity number.
    Kind::Passport { number: "10000000146", country: ("DEU", "de") },
];

impl Document {
    pub(crate) fn all() -> Vec<Self> {
        (0..KINDS.len()).map(Self).collect()
    }

    /// One that a passenger shows.
    pub(crate) fn draw(chance: &Chance) -> Self {
        Self(chance.index(if chance.percent(60) { POPULAR } else { KINDS.len() }))
    }

    /// As a passenger may write it.
    pub(crate) fn form(self, chance: &Chance) -> IdentityForm {
        let is_plain = chance.percent(70);
        match KINDS[self.0] {
            Kind::Turkish(number) => {
                let text = if is_plain { number.to_owned() } else { format!(" {number} ") };
                IdentityForm { tc_kimlik_no: Some(text), passport: None }
            }
            Kind::Passport { number, country: (three, two) } => {
                let (first, rest) = number.split_at(1);
                let (number, country) = match is_plain {
                    true => (number.to_owned(), three.to_owned()),
                    false => (format!("{} {rest}", first.to_ascii_lowercase()), two.to_owned()),
                };
                let passport = Some(PassportForm { number, country });
                IdentityForm { tc_kimlik_no: None, passport }
            }
        }
    }

    /// The document of a row, whatever spelling the row has.
    pub(crate) fn of_row(
        identity_number: Option<&str>,
        passport: Option<(&str, &str)>,
    ) -> Checked<Option<Self>> {
        let is_it = |kind: &Kind| match (*kind, identity_number, passport) {
            (Kind::Turkish(number), Some(text), None) => is_spelling(text, number),
            (Kind::Passport { number, country }, None, Some((text, of))) => {
                is_spelling(text, number) && is_spelling(of, country.0)
            }
            _ => false,
        };
        match (identity_number, passport) {
            (None, None) => Ok(None),
            shown => match KINDS.iter().position(is_it) {
                Some(index) => Ok(Some(Self(index))),
                None => Err(Fault(format!("a row with the document {shown:?}"))),
            },
        }
    }
}

fn is_spelling(text: &str, of: &str) -> bool {
    let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    plain.eq_ignore_ascii_case(of)
}
