//! Who holds which leg of a route's seats, as the auditor keeps it.

use crate::cells::Place;
use crate::fault::{Checked, ensure};
use crate::town::{LEGS, SEATS};

pub(crate) type Holders = [Option<u128>; SEATS * LEGS];
pub(crate) type TakenIn = [Option<u64>; SEATS * LEGS];

pub(crate) fn is_held(holders: &Holders, place: Place) -> bool {
    holders[place.cells()].iter().any(Option::is_some)
}

pub(crate) fn take(
    holders: &mut Holders,
    taken_in: &mut TakenIn,
    place: Place,
    id: u128,
    step: u64,
) -> Checked {
    ensure(!is_held(holders, place), || "sold twice".to_owned())?;
    holders[place.cells()].fill(Some(id));
    taken_in[place.cells()].fill(Some(step));
    Ok(())
}

pub(crate) fn release(
    holders: &mut Holders,
    taken_in: &mut TakenIn,
    place: Place,
    id: u128,
    step: u64,
) -> Checked {
    let its_own = holders[place.cells()].iter().all(|holder| *holder == Some(id));
    ensure(its_own, || "it frees what it does not hold".to_owned())?;
    holders[place.cells()].fill(None);
    taken_in[place.cells()].fill(Some(step));
    Ok(())
}
