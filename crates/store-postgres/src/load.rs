//! The facts of a group, read for all of its commands at once: in two rounds, each one round trip.
//!
//! The first reads what the commands name, the second the routes and passengers that those things
//! name. The second is seldom needed: there is nothing to read for sales on routes that are known.
//! What the set has already is not read again: routes are kept from one group to the next,
//! and where another process has changed one in between, only the changed part is read.

mod again;
mod claims;
mod missing;
mod named;
mod passengers;

use std::collections::{BTreeSet, HashSet};

use domain::{BookingId, Payment, Pnr, RouteId, Ticket};
use store::{Wanted, WorkingSet};

use crate::db::Db;
use crate::fault::Result;
use missing::{Found, Missing};

/// The first round, as it was read.
pub(crate) struct Named {
    bookings: named::Bookings,
    rest: named::Rest,
    found: Found,
}

/// What the commands name.
pub(crate) async fn named(db: Db<'_>, set: &mut WorkingSet, wanted: &Wanted) -> Result<Named> {
    let missing = Missing::named(set, wanted);
    let (bookings, rest, found) = tokio::try_join!(
        named::bookings(db, wanted),
        named::rest(db, wanted),
        missing.read(db, wanted.house)
    )?;
    Ok(Named { bookings, rest, found })
}

/// Puts it into the set, with the routes and passengers that it names.
pub(crate) async fn complete(
    db: Db<'_>,
    set: &mut WorkingSet,
    wanted: &Wanted,
    named: Named,
) -> Result<()> {
    let Named { bookings, rest, found } = named;
    let asked: HashSet<RouteId> = found.asked.iter().copied().collect();
    let seated = found.put(set);
    let of_tickets = bookings.tickets.iter().map(|ticket| ticket.route_id);
    let of_holds = rest.holds.iter().map(|hold| hold.route_id);
    let routes: BTreeSet<RouteId> =
        wanted.routes.iter().copied().chain(of_tickets).chain(of_holds).collect();
    let routes = routes.into_iter().filter(|id| !asked.contains(id));
    let shown = passengers::of_tickets(wanted, &bookings.tickets);
    let missing = Missing::of(set, routes, [], shown);
    let spare_pnrs = spare_pnrs(set, wanted, &rest.used_pnrs);
    let (found, used_pnrs) = tokio::try_join!(
        missing.read(db, wanted.house),
        Box::pin(named::used_pnrs(db, spare_pnrs))
    )?;
    #[cfg(feature = "simulation")]
    let read_again = found.read_again();
    let seated_too = found.put(set);
    #[cfg(feature = "simulation")]
    Box::pin(assert_up_to_date(db, set, &read_again, wanted.house)).await?;
    put_bookings(set, bookings);
    // After the bookings: where a ticket is known already, that state counts.
    seated.into_iter().chain(seated_too).for_each(|seated| set.facts().put_seated(seated));
    put_rest(set, rest);
    used_pnrs.into_iter().for_each(|pnr| set.facts().put_used_pnr(pnr));
    Ok(())
}

/// The codes that have to be looked up beside the first ones: nearly always none. To look up all
/// eight of a booking took as long as its own row does.
fn spare_pnrs<'a>(set: &mut WorkingSet, wanted: &'a Wanted, used: &[Pnr]) -> &'a [Pnr] {
    let mut first = HashSet::new();
    let facts = set.facts();
    // Also where two bookings have one first code: the second of them takes another one.
    let is_taken = |pnr: &Pnr| facts.free_pnr(std::slice::from_ref(pnr)).is_err();
    let are_free = wanted.pnrs.iter().all(|pnr| first.insert(pnr) && !is_taken(pnr));
    if used.is_empty() && are_free { &[] } else { &wanted.spare_pnrs }
}

/// A route that was read in parts must equal the route read as a whole.
#[cfg(feature = "simulation")]
async fn assert_up_to_date(
    db: Db<'_>,
    set: &mut WorkingSet,
    routes: &[RouteId],
    house: domain::NeighbourRule,
) -> Result<()> {
    for read in missing::facts_of_routes(db, routes, house).await? {
        let kept = set.facts().route(read.route.id)?;
        assert!(kept.is_up_to(&read), "kept: {kept:#?}\nread: {read:#?}");
    }
    Ok(())
}

fn put_bookings(set: &mut WorkingSet, named: named::Bookings) {
    let named::Bookings { bookings, mut tickets, mut payments, people } = named;
    people.into_iter().for_each(|person| set.put_person(person));
    for booking in bookings {
        let id = booking.id;
        let (own, others) = parted(tickets, id, |ticket: &Ticket| ticket.booking_id);
        let (paid, unrelated) = parted(payments, id, |payment: &Payment| payment.booking_id);
        (tickets, payments) = (others, unrelated);
        set.facts().put_booking(booking, own, paid);
    }
}

/// Splits off those of a booking; both parts keep their order.
fn parted<T>(rows: Vec<T>, id: BookingId, of: impl Fn(&T) -> BookingId) -> (Vec<T>, Vec<T>) {
    rows.into_iter().partition(|row| of(row) == id)
}

fn put_rest(set: &mut WorkingSet, rest: named::Rest) {
    let named::Rest { keys, holds, blocks, used_pnrs } = rest;
    for row in keys {
        // A key that was set in this group is newer.
        if set.key(row.id).is_none() {
            set.put_key(row);
        }
    }
    holds.into_iter().for_each(|hold| set.facts().put_hold(hold));
    blocks.into_iter().for_each(|block| set.facts().put_block(block));
    used_pnrs.into_iter().for_each(|pnr| set.facts().put_used_pnr(pnr));
}
