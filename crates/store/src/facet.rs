//! A ticket's status, payment status and gender as one number: `tickets.facet`, on every driver.
//!
//! The database keeps it with the ticket, and has no other column for the three. Ranges of an index
//! that differ in the facet alone are each in the order of ids.

use domain::Ticket;
use domain::ticket::{Gender, PaymentStatus, TicketStatus};

/// How many there are: 4 statuses, 3 payment statuses, 3 genders.
pub const FACETS: i64 = 36;

/// Some of the facets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facets(u64);

impl Facets {
    /// Those that these filters let through; `None` lets everything through.
    pub fn of(
        status: Option<TicketStatus>,
        payment_status: Option<PaymentStatus>,
        gender: Option<Gender>,
    ) -> Self {
        let facets = (0..FACETS).filter(|facet| {
            let (s, p, g) = Self::parts(*facet);
            status.is_none_or(|status| status == s)
                && payment_status.is_none_or(|payment| payment == p)
                && gender.is_none_or(|gender| gender == g)
        });
        facets.collect()
    }

    /// The facet of a ticket.
    pub fn of_ticket(ticket: &Ticket) -> i64 {
        Self::number(ticket.status, ticket.payment_status, ticket.passenger.gender)
    }

    /// The inverse of [`Facets::parts`].
    fn number(status: TicketStatus, payment_status: PaymentStatus, gender: Gender) -> i64 {
        let status = match status {
            TicketStatus::Reserved => 0,
            TicketStatus::Confirmed => 1,
            TicketStatus::Suspended => 2,
            TicketStatus::Cancelled => 3,
        };
        let payment_status = match payment_status {
            PaymentStatus::Pending => 0,
            PaymentStatus::Paid => 1,
            PaymentStatus::Refunded => 2,
        };
        let gender = match gender {
            Gender::Male => 0,
            Gender::Female => 1,
            Gender::Other => 2,
        };
        (status * 3 + payment_status) * 3 + gender
    }

    /// What a number stands for.
    pub fn parts(facet: i64) -> (TicketStatus, PaymentStatus, Gender) {
        let status = match facet / 9 {
            0 => TicketStatus::Reserved,
            1 => TicketStatus::Confirmed,
            2 => TicketStatus::Suspended,
            _ => TicketStatus::Cancelled,
        };
        let payment_status = match facet / 3 % 3 {
            0 => PaymentStatus::Pending,
            1 => PaymentStatus::Paid,
            _ => PaymentStatus::Refunded,
        };
        let gender = match facet % 3 {
            0 => Gender::Male,
            1 => Gender::Female,
            _ => Gender::Other,
        };
        (status, payment_status, gender)
    }

    /// Those that are in both.
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether none is left out.
    pub fn are_all(self) -> bool {
        self.iter().eq(0..FACETS)
    }

    /// As bits, for `(? >> facet) & 1`.
    pub fn mask(self) -> i64 {
        // 36 bits: never negative.
        self.0.cast_signed()
    }

    /// Whether this one is in the set.
    pub fn has(self, facet: i64) -> bool {
        self.mask() >> facet & 1 == 1
    }

    /// Those in the set, the lowest first.
    pub fn iter(self) -> impl Iterator<Item = i64> {
        (0..FACETS).filter(move |facet| self.has(*facet))
    }

    /// Neighbouring facets together, first and last: what is only counted needs no order.
    pub fn runs(self) -> Vec<(i64, i64)> {
        let mut runs: Vec<(i64, i64)> = Vec::new();
        for facet in self.iter() {
            match runs.last_mut() {
                Some((_, last)) if *last + 1 == facet => *last = facet,
                _ => runs.push((facet, facet)),
            }
        }
        runs
    }
}

impl FromIterator<i64> for Facets {
    fn from_iter<I: IntoIterator<Item = i64>>(facets: I) -> Self {
        Self(facets.into_iter().fold(0, |mask, facet| mask | 1 << facet))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_and_its_parts_are_the_same() {
        for facet in 0..FACETS {
            let (status, payment_status, gender) = Facets::parts(facet);
            assert_eq!(Facets::number(status, payment_status, gender), facet);
        }
    }

    #[test]
    fn filters_choose_their_facets() {
        let all = Facets::of(None, None, None);
        assert!(all.are_all());
        assert_eq!(all.runs(), [(0, 35)]);
        let suspended = Facets::of(Some(TicketStatus::Suspended), None, None);
        assert_eq!(suspended.runs(), [(18, 26)]);
        let paid = Facets::of(None, Some(PaymentStatus::Paid), None);
        assert_eq!(paid.runs(), [(3, 5), (12, 14), (21, 23), (30, 32)]);
        let one = Facets::of(
            Some(TicketStatus::Confirmed),
            Some(PaymentStatus::Paid),
            Some(Gender::Other),
        );
        assert_eq!(one.runs(), [(14, 14)]);
        assert_eq!(one.mask(), 1 << 14);
    }
}
