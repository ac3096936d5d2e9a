//! Whether the neighbour rule was kept: no two strangers, a man and a woman, come to sit beside
//! each other, unless staff insisted or the rule was off. Which seats are beside each other is
//! written again here.

use std::collections::BTreeSet;

use domain::{Gender, NeighbourRule};

use crate::books::Books;
use crate::fault::{Checked, ensure};
use crate::rows::TicketRow;
use crate::town::SEATS;

#[derive(Debug)]
pub(crate) struct Neighbours {
    /// The rule where a route has none of its own.
    house: NeighbourRule,
    /// Strangers who sit so already: as long as they do, the rule is not checked again.
    known: BTreeSet<(u128, u128)>,
    /// Tickets and bookings on whose seats staff have insisted.
    insisted: BTreeSet<u128>,
    insisted_numbers: BTreeSet<u64>,
}

/// Rows of two seats, the corridor, and one.
const SEATS_IN_ROW: usize = 3;

fn are_beside(one: usize, other: usize) -> bool {
    let (left, right) = (one.min(other), one.max(other));
    left + 1 == right && left % SEATS_IN_ROW == 1 && right <= SEATS
}

fn are_strangers(one: &TicketRow, other: &TicketRow) -> bool {
    let genders = (one.gender, other.gender);
    one.route == other.route
        && one.booking != other.booking
        && one.place.from < other.place.to
        && other.place.from < one.place.to
        && are_beside(one.place.seat, other.place.seat)
        && matches!(genders, (Gender::Male, Gender::Female) | (Gender::Female, Gender::Male))
}

impl Neighbours {
    pub(crate) fn new(house: NeighbourRule) -> Self {
        Self {
            house,
            known: BTreeSet::new(),
            insisted: BTreeSet::new(),
            insisted_numbers: BTreeSet::new(),
        }
    }

    /// Staff insist on the seat of this ticket.
    pub(crate) fn insist(&mut self, ticket: u128) {
        self.insisted.insert(ticket);
    }

    /// Staff insist on the seats of the booking with this number; `None`: of any single ticket.
    pub(crate) fn insist_on_booking(&mut self, number: u64) {
        self.insisted_numbers.insert(number);
    }

    pub(crate) fn is_kept_on(&self, books: &Books, route: usize) -> bool {
        let own = books.rules.get(&route).copied().flatten();
        own.unwrap_or(self.house) == NeighbourRule::SameGender
    }

    /// Checks the tables before and after a commit.
    pub(crate) fn check(&mut self, before: &Books, after: &Books) -> Checked {
        let live: Vec<_> =
            after.tickets.iter().filter(|(_, row)| row.status.holds_seat()).collect();
        let mut sitting = BTreeSet::new();
        for (index, (id, row)) in live.iter().enumerate() {
            for (other_id, other) in &live[index + 1..] {
                if are_strangers(row, other) {
                    sitting.insert((**id, **other_id));
                }
            }
        }
        for (one, other) in sitting.difference(&self.known) {
            let route = after.tickets[one].route;
            // Where the rule changes in the same commit, either may have decided.
            let is_kept = self.is_kept_on(before, route) && self.is_kept_on(after, route);
            let is_free =
                !is_kept || self.is_insisted_on(after, *one) || self.is_insisted_on(after, *other);
            ensure(is_free, || {
                let (one, other) = (&after.tickets[one], &after.tickets[other]);
                format!("a stranger sits beside another: {one:?} and {other:?}")
            })?;
        }
        self.known = sitting;
        Ok(())
    }

    fn is_insisted_on(&self, books: &Books, ticket: u128) -> bool {
        let booking = books.tickets.get(&ticket).and_then(|row| books.bookings.get(&row.booking));
        let number = booking.and_then(|booking| booking.number);
        self.insisted.contains(&ticket)
            || number.is_some_and(|number| self.insisted_numbers.contains(&number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_beside_what() {
        let beside: Vec<_> = (1..=SEATS)
            .flat_map(|one| (one + 1..=SEATS).map(move |other| (one, other)))
            .filter(|(one, other)| are_beside(*other, *one))
            .collect();
        assert_eq!(beside, [(1, 2), (4, 5), (7, 8)]);
    }
}
