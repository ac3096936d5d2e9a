//! The seats of a bus as one booking finds them on its segment: free, taken by others, or its own.
//!
//! It answers who may sit where under the neighbour rule, and which seats would do instead. Seats
//! that are taken only on legs outside the segment do not count.

use crate::neighbour_rule::Genders;
use crate::{Gender, NeighbourRule, SeatGrid, SeatNumber};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Free,
    /// By another booking, a hold or a block; by several when they share the legs between them.
    Taken(Genders),
    /// By the booking that is asking.
    Own,
}

#[derive(Clone, Debug)]
pub struct Seating<'a> {
    grid: &'a SeatGrid,
    rule: NeighbourRule,
    /// In the order of the grid.
    places: Vec<Place>,
}

impl<'a> Seating<'a> {
    /// An empty bus.
    pub fn new(grid: &'a SeatGrid, rule: NeighbourRule) -> Self {
        Self { grid, rule, places: vec![Place::Free; grid.len()] }
    }

    /// Another booking holds a leg of it: a hold and a block have no gender.
    pub fn take(&mut self, seat: SeatNumber, gender: Option<Gender>) {
        let Some(at) = self.grid.position(seat) else { return };
        let place = &mut self.places[at];
        let mut genders = match place {
            Place::Taken(genders) => *genders,
            Place::Free | Place::Own => Genders::default(),
        };
        genders = genders.with_all(gender.into_iter().collect());
        *place = Place::Taken(genders);
    }

    /// The booking that is asking has this seat, or asks for it. Taken by others, it stays so.
    pub fn keep_for_own(&mut self, seat: SeatNumber) {
        if let Some(at) = self.grid.position(seat)
            && self.places[at] == Place::Free
        {
            self.places[at] = Place::Own;
        }
    }

    /// A hold on it ends with this booking.
    pub fn let_go(&mut self, seat: SeatNumber) {
        if let Some(at) = self.grid.position(seat) {
            self.places[at] = Place::Free;
        }
    }

    pub fn grid(&self) -> &'a SeatGrid {
        self.grid
    }

    pub(crate) fn is_free_at(&self, at: usize) -> bool {
        self.places[at] == Place::Free
    }

    pub(crate) fn is_own_at(&self, at: usize) -> bool {
        self.places[at] == Place::Own
    }

    /// How many seats beside this one are taken by others.
    pub(crate) fn strangers_beside(&self, at: usize) -> usize {
        self.grid.beside(at).filter(|at| matches!(self.places[*at], Place::Taken(_))).count()
    }

    /// Whether the rule lets a passenger of this gender sit here, also if it is not free.
    pub fn admits(&self, seat: SeatNumber, gender: Gender) -> bool {
        self.grid.position(seat).is_none_or(|at| self.admits_at(at, gender))
    }

    pub(crate) fn admits_at(&self, at: usize, gender: Gender) -> bool {
        self.rule == NeighbourRule::Off || self.genders_beside(at).admit(gender)
    }

    fn genders_beside(&self, at: usize) -> Genders {
        self.grid.beside(at).fold(Genders::default(), |all, at| match self.places[at] {
            Place::Taken(genders) => all.with_all(genders),
            Place::Free | Place::Own => all,
        })
    }

    /// The only gender to which this free seat is offered; `None` when it is for all. A seat
    /// between a man and a woman is offered to `OTHER`, who may sit anywhere.
    pub fn offered_to(&self, seat: SeatNumber) -> Option<Gender> {
        let at = self.grid.position(seat).filter(|at| self.is_free_at(*at))?;
        match [Gender::Male, Gender::Female].map(|gender| self.admits_at(at, gender)) {
            [true, true] => None,
            [true, false] => Some(Gender::Male),
            [false, true] => Some(Gender::Female),
            [false, false] => Some(Gender::Other),
        }
    }

    /// One of these seats for each passenger, as far as the seats suffice. They go in the
    /// passengers' order if the rule allows that, else in an order that the rule allows, if there
    /// is one.
    pub fn share_out(&self, mut seats: Vec<SeatNumber>, passengers: &[Gender]) -> Vec<SeatNumber> {
        let passengers = &passengers[..passengers.len().min(seats.len())];
        let mut in_order = passengers.iter().zip(&seats);
        if in_order.all(|(gender, seat)| self.admits(*seat, *gender)) {
            seats.truncate(passengers.len());
            return seats;
        }
        // Passengers who may not sit everywhere choose first, each the seat that is open to the
        // fewest.
        let mut turns: Vec<usize> = (0..passengers.len()).collect();
        turns.sort_by_key(|at| passengers[*at] == Gender::Other);
        let mut given = vec![None; passengers.len()];
        for at in turns {
            let cost = |seat: &SeatNumber| {
                let admitted = Gender::ALL.iter().filter(|gender| self.admits(*seat, **gender));
                (!self.admits(*seat, passengers[at]), admitted.count())
            };
            let best = (0..seats.len()).min_by_key(|index| cost(&seats[*index]));
            given[at] = best.map(|index| seats.remove(index));
        }
        given.into_iter().flatten().collect()
    }

    /// The free seats where the rule lets a passenger of this gender sit, by number.
    pub fn seats_that_would_do(&self, gender: Gender) -> Vec<SeatNumber> {
        let would_do = |at: &usize| self.is_free_at(*at) && self.admits_at(*at, gender);
        let mut seats: Vec<_> =
            (0..self.places.len()).filter(would_do).map(|at| self.grid.places()[at].seat).collect();
        seats.sort_unstable();
        seats
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Layout, LayoutType};
    use Gender::{Female, Male, Other};

    fn seat(number: u16) -> SeatNumber {
        SeatNumber::new(number).unwrap()
    }

    fn would_do(seating: &Seating<'_>, gender: Gender) -> Vec<u16> {
        seating.seats_that_would_do(gender).into_iter().map(SeatNumber::get).collect()
    }

    #[test]
    fn a_seat_beside_a_woman_is_for_women() {
        // Rows of 1 2 | 3, 4 5 | 6.
        let grid = SeatGrid::of(&Layout::generate(LayoutType::TwoOne, 6));
        let mut seating = Seating::new(&grid, NeighbourRule::SameGender);
        seating.take(seat(1), Some(Female));
        assert!(!seating.admits(seat(2), Male) && seating.admits(seat(2), Female));
        assert!(seating.admits(seat(2), Other) && seating.admits(seat(3), Male));
        assert_eq!(seating.offered_to(seat(2)), Some(Female));
        assert_eq!(seating.offered_to(seat(1)), None, "it is taken");
        assert_eq!(seating.offered_to(seat(3)), None, "the corridor is between");
        assert_eq!(would_do(&seating, Male), [3, 4, 5, 6]);
        assert_eq!(would_do(&seating, Female), [2, 3, 4, 5, 6]);
    }

    #[test]
    fn a_seat_whose_neighbour_changes_on_the_way_is_for_neither() {
        let grid = SeatGrid::of(&Layout::generate(LayoutType::TwoOne, 6));
        let mut seating = Seating::new(&grid, NeighbourRule::SameGender);
        seating.take(seat(5), Some(Male));
        seating.take(seat(5), Some(Female));
        assert_eq!(seating.offered_to(seat(4)), Some(Other));
        assert!(seating.admits(seat(4), Other));
        assert_eq!(would_do(&seating, Male), [1, 2, 3, 6]);
    }

    #[test]
    fn ones_own_booking_holds_and_blocks_refuse_no_one() {
        let grid = SeatGrid::of(&Layout::generate(LayoutType::TwoOne, 6));
        let mut seating = Seating::new(&grid, NeighbourRule::SameGender);
        seating.keep_for_own(seat(1));
        seating.take(seat(4), None);
        assert_eq!((seating.offered_to(seat(2)), seating.offered_to(seat(5))), (None, None));
        seating.take(seat(1), Some(Male));
        seating.keep_for_own(seat(1));
        assert_eq!(seating.offered_to(seat(2)), Some(Male), "what others have is not one's own");
    }

    #[test]
    fn seats_are_shared_out_as_the_rule_lets_them_sit() {
        let grid = SeatGrid::of(&Layout::generate(LayoutType::TwoOne, 6));
        let mut seating = Seating::new(&grid, NeighbourRule::SameGender);
        seating.take(seat(1), Some(Female));
        seating.take(seat(4), Some(Male));
        let shared = |seats: &[u16], passengers: &[Gender]| -> Vec<u16> {
            let seats = seats.iter().map(|number| seat(*number)).collect();
            seating.share_out(seats, passengers).into_iter().map(SeatNumber::get).collect()
        };
        assert_eq!(shared(&[2, 3, 5], &[Female, Female]), [2, 3], "in their order");
        assert_eq!(shared(&[2, 3, 5], &[Male, Female]), [5, 2], "each where the rule allows");
        assert_eq!(shared(&[2, 3, 5], &[Other, Male, Female]), [3, 5, 2]);
        assert_eq!(shared(&[2], &[Male, Female]), [2], "there is no other order");
        assert_eq!(shared(&[], &[Male]), []);
    }

    #[test]
    fn without_the_rule_everything_free_is_for_everybody() {
        let grid = SeatGrid::of(&Layout::generate(LayoutType::TwoOne, 6));
        let mut seating = Seating::new(&grid, NeighbourRule::Off);
        seating.take(seat(1), Some(Female));
        assert_eq!(seating.offered_to(seat(2)), None);
        assert_eq!(would_do(&seating, Male), [2, 3, 4, 5, 6]);
    }
}
