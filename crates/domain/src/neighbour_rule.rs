//! The neighbour rule (contract.md, "Bookings"): who may sit beside whom.
//!
//! `same_gender`: a seat beside a seat that is taken on an overlapping leg by `MALE` or `FEMALE` is
//! refused to the other of the two, unless both are of one booking. `OTHER` may sit anywhere, and
//! anyone may sit beside `OTHER`. Which seats are beside each other, [`SeatGrid`](crate::SeatGrid)
//! says.

use crate::Gender;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NeighbourRule {
    #[default]
    Off,
    SameGender,
}

impl NeighbourRule {
    pub const ALL: [Self; 2] = [Self::Off, Self::SameGender];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::SameGender => "same_gender",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.as_str() == text)
    }
}

/// Whether a command keeps the neighbour rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RuleCheck {
    #[default]
    Enforced,
    /// A seat is taken against it; only staff may.
    OverriddenByStaff,
}

impl RuleCheck {
    pub const fn overridden_if(is_overridden: bool) -> Self {
        match is_overridden {
            true => Self::OverriddenByStaff,
            false => Self::Enforced,
        }
    }
}

/// Which neighbour rule holds where a route has none of its own, and whether it is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NeighbourTerms {
    pub house: NeighbourRule,
    pub check: RuleCheck,
}

/// The genders of those who sit somewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Genders(u8);

impl Genders {
    const fn bit(gender: Gender) -> u8 {
        match gender {
            Gender::Male => 1,
            Gender::Female => 2,
            Gender::Other => 4,
        }
    }

    pub fn insert(&mut self, gender: Gender) {
        self.0 |= Self::bit(gender);
    }

    pub const fn contains(self, gender: Gender) -> bool {
        self.0 & Self::bit(gender) != 0
    }

    #[must_use]
    pub const fn with_all(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// Whether a passenger of this gender may sit beside all of them.
    pub const fn admit(self, gender: Gender) -> bool {
        match gender {
            Gender::Male => !self.contains(Gender::Female),
            Gender::Female => !self.contains(Gender::Male),
            Gender::Other => true,
        }
    }
}

impl FromIterator<Gender> for Genders {
    fn from_iter<I: IntoIterator<Item = Gender>>(genders: I) -> Self {
        let mut all = Self::default();
        genders.into_iter().for_each(|gender| all.insert(gender));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Gender::{Female, Male, Other};

    #[test]
    fn who_may_sit_beside_whom() {
        for (beside, admitted) in [
            (&[][..], [true, true, true]),
            (&[Male], [true, false, true]),
            (&[Female], [false, true, true]),
            (&[Other], [true, true, true]),
            (&[Male, Female], [false, false, true]),
            (&[Male, Other], [true, false, true]),
        ] {
            let beside: Genders = beside.iter().copied().collect();
            assert_eq!(Gender::ALL.map(|gender| beside.admit(gender)), admitted, "{beside:?}");
        }
    }
}
