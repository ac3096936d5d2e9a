//! Which seats are best for the passengers of one booking.
//!
//! Of all ways in which they can sit (on free seats, within the neighbour rule), it finds the one
//! that costs least, compared in this order:
//! 1. passengers who have no one of their booking beside them,
//! 2. rows between the first and the last of them,
//! 3. single seats left over on a bench on which two could still sit together before,
//! 4. seats away from the window, in the middle of a bench twice,
//! 5. strangers beside them,
//! 6. seats nearer to the back.
//!
//! Exact, not a guess: the search goes once over the seats from the front to the back. Its state is
//! all that the rest can depend on (who is still to be seated, and what the last seat was). The
//! same question always has the same answer, in at most [`CHOICE_STEPS_MAX`] steps.

mod search;

use crate::seat::SEATS_MAX;
use crate::seating::Seating;
use crate::{Gender, SeatNumber};
use search::Search;

/// The most passengers of one journey (contract.md, "Bookings").
pub const PASSENGERS_MAX: usize = 10;

/// With three genders among ten passengers there are at most 4 × 4 × 5 ways to have seated some of
/// them; the last seat was one of five things; the next one stays free or is given to one of three.
pub const CHOICE_STEPS_MAX: usize = (SEATS_MAX as usize) * 80 * 5 * 4 + FIRST_LOOK_STEPS_MAX;

/// The same with no difference between the passengers.
const FIRST_LOOK_STEPS_MAX: usize = (SEATS_MAX as usize) * (PASSENGERS_MAX + 1) * 5 * 2;

/// A seat for each of these passengers, in their order; `None` when there are too few free seats,
/// or too few that the neighbour rule allows them. Seats that the booking has already
/// ([`Seating::keep_for_own`]) count as seats of their company.
pub fn choose_seats(seating: &Seating<'_>, passengers: &[Gender]) -> Option<Vec<SeatNumber>> {
    assert!(
        passengers.len() <= PASSENGERS_MAX,
        "a journey with more is refused before its seats are chosen"
    );
    // Mostly these passengers may take the seats that are best without regard to gender: then they
    // sit in their own order, and the search is a fraction of the other.
    let anybody = Search::of_anybody(seating, passengers.len());
    let places = anybody.run()?;
    let mut given = passengers.iter().zip(&places);
    if given.all(|(gender, (at, _))| seating.admits_at(*at, *gender)) {
        return Some(places.iter().map(|(at, _)| seating.grid().places()[*at].seat).collect());
    }
    let mut places = Search::of_genders(seating, passengers).run()?;
    let seat_of = |gender: &Gender| {
        let first = places.iter().position(|(_, given)| *given == *gender as usize);
        let Some(first) = first else {
            unreachable!("the search gives out as many seats of each gender as it was asked for")
        };
        seating.grid().places()[places.remove(first).0].seat
    };
    Some(passengers.iter().map(seat_of).collect())
}

#[cfg(test)]
mod tests;
