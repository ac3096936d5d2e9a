//! The facts of a group, read for all of its commands at once: in two rounds, each one round trip.
//!
//! The first reads what the commands name, the second the routes and people that those name. What
//! the set has already is not read again: routes are kept from one group to the next, and where
//! another process has changed one in between, only the changed part is read.

mod again;
mod claims;
mod named;
mod passengers;

use std::collections::{BTreeSet, HashSet};

use domain::{
    BookingId, NeighbourRule, Payment, Pnr, RouteFacts, RouteId, SeatedPassenger, Ticket, UserId,
};
use store::{RouteView, Wanted, WorkingSet};
use tokio_postgres::Row;

use crate::column::{id, read, segment};
use crate::db::Db;
use crate::fault::Result;
use crate::table::{route_view, seat, user};
use passengers::Lookups;

/// The first round, as it was read.
pub(crate) struct Named {
    bookings: named::Bookings,
    rest: named::Rest,
}

/// What the commands name.
pub(crate) async fn named(db: Db<'_>, wanted: &Wanted) -> Result<Named> {
    let (bookings, rest) = tokio::try_join!(named::bookings(db, wanted), named::rest(db, wanted))?;
    Ok(Named { bookings, rest })
}

/// Puts it into the set, with the routes and people that it names.
pub(crate) async fn complete(
    db: Db<'_>,
    set: &mut WorkingSet,
    wanted: &Wanted,
    named: Named,
) -> Result<()> {
    let Named { bookings, rest } = named;
    let mut routes: BTreeSet<RouteId> = wanted.routes.iter().copied().collect();
    let mut people: BTreeSet<UserId> = wanted.people.iter().copied().collect();
    for ticket in bookings.tickets.iter() {
        routes.insert(ticket.route_id);
        people.extend(ticket.user_id.into_iter().chain(ticket.issued_by_id));
    }
    routes.extend(rest.holds.iter().map(|hold| hold.route_id));
    let facts = set.facts();
    let (old, unknown): (Vec<RouteId>, Vec<RouteId>) = routes
        .into_iter()
        .filter(|id| !facts.has_route(*id))
        .partition(|id| facts.old_seats(*id).is_some());
    let old = again::Old::of(facts, &old);
    let people: Vec<UserId> = people.into_iter().filter(|id| !set.has_person(*id)).collect();
    let shown = passengers::wanted(wanted, &bookings.tickets);
    let spare_pnrs = spare_pnrs(set, wanted, &rest.used_pnrs);
    let (routes, again, people, seated, used_pnrs) = tokio::try_join!(
        facts_of_routes(db, &unknown, wanted.house),
        // Each boxed: they are large, and seldom needed.
        Box::pin(again::read(db, &old)),
        briefs(db, &people),
        Box::pin(seated(db, &shown)),
        Box::pin(named::used_pnrs(db, spare_pnrs))
    )?;
    routes.into_iter().for_each(|facts| set.put_route(facts));
    #[cfg(feature = "simulation")]
    let read_again: Vec<RouteId> = again.keys().copied().collect();
    again.into_iter().for_each(|(id, again)| set.facts().put_route_again(id, again));
    #[cfg(feature = "simulation")]
    Box::pin(assert_up_to_date(db, set, &read_again, wanted.house)).await?;
    people.into_iter().for_each(|person| set.put_person(person));
    put_bookings(set, bookings);
    // After the bookings: where a ticket is known already, that state counts.
    seated.into_iter().for_each(|found| set.facts().put_seated(found));
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
    house: NeighbourRule,
) -> Result<()> {
    for read in facts_of_routes(db, routes, house).await? {
        let kept = set.facts().route(read.route.id)?;
        assert!(kept.is_up_to(&read), "kept: {kept:#?}\nread: {read:#?}");
    }
    Ok(())
}

async fn briefs(db: Db<'_>, ids: &[UserId]) -> Result<Vec<store::UserBrief>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    user::briefs(db, ids).await
}

async fn facts_of_routes(
    db: Db<'_>,
    ids: &[RouteId],
    house: NeighbourRule,
) -> Result<Vec<RouteFacts>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let (views, mut legs, mut claims, mut sitters) = tokio::try_join!(
        route_view::by_ids(db, ids),
        seat::legs(db, ids),
        claims::of_routes(db, ids),
        seat::sitters(db, ids, house)
    )?;
    let facts = views.into_values().map(|RouteView { route, bus }| {
        let id = route.id;
        let (legs, claims) = (legs.remove(&id), claims.remove(&id));
        let (legs, claims) = (legs.unwrap_or_default(), claims.unwrap_or_default());
        let mut facts = RouteFacts { route, bus, legs, claims, sitters: None };
        if facts.neighbour_rule(house) != NeighbourRule::Off {
            facts.sitters = Some(sitters.remove(&id).unwrap_or_default());
        }
        facts
    });
    Ok(facts.collect())
}

/// The live tickets of passengers with these documents.
async fn seated(db: Db<'_>, shown: &[passengers::Shown]) -> Result<Vec<SeatedPassenger>> {
    let [identities, passports] = passengers::lookups(db.keys(), shown);
    let by_identity = async {
        let Lookups { nth, routes, numbers, .. } = &identities;
        if nth.is_empty() {
            return Ok(Vec::new());
        }
        db.rows(passengers::BY_IDENTITY, &[nth, routes, numbers]).await
    };
    let by_passport = async {
        let Lookups { nth, routes, numbers, countries } = &passports;
        if nth.is_empty() {
            return Ok(Vec::new());
        }
        db.rows(passengers::BY_PASSPORT, &[nth, routes, numbers, countries]).await
    };
    let (by_identity, by_passport) = tokio::try_join!(by_identity, by_passport)?;
    let found = |row: &Row| {
        let nth = |nth: i32| shown.get(usize::try_from(nth).ok()?).cloned();
        let (route_id, identity) = read(row, "nth", nth)?;
        let (ticket_id, segment) = (id(row, "id")?, segment(row)?);
        Ok(SeatedPassenger { route_id, identity, ticket_id, segment })
    };
    by_identity.iter().chain(&by_passport).map(found).collect()
}

fn put_bookings(set: &mut WorkingSet, named: named::Bookings) {
    let named::Bookings { bookings, mut tickets, mut payments } = named;
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
