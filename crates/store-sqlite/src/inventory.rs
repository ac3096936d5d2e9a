//! Commands on the inventory: their facts are read, they are decided in memory, and their changes
//! are written at the end of the group, or before a job that reads tables by itself.
//!
//! There are no rules here. A leg that the working set has as free is written as taken: if the key
//! of `seat_legs` refuses it, the set was wrong, which is logged as a failure and undone.

use domain::fair_use::{Claim, Claims};
use domain::hold::HoldKey;
use domain::identity::Identity;
use domain::{
    BookingId, Command, NeighbourRule, RouteEvent, RouteFacts, RouteId, Scope, Ticket, UserId,
};
use store::{Answer, Envelope, RouteView, UserBrief, WorkingSet, Writes};

use crate::db::Db;
use crate::fault::{Result, is_taken};
use crate::inside::Inside;
use crate::table::{
    audit, block, booking, hold, idempotency_key, payment, reserved_from, route, route_event,
    route_write, run_out, seat, seated_passenger, ticket, user,
};

pub(crate) fn execute(
    inside: &mut Inside<'_>,
    command: &Command,
    envelope: &Envelope,
) -> Result<Answer> {
    let Inside { connection, set, users, .. } = inside;
    let (connection, users) = (*connection, *users);
    let person = |id| user::known_brief(connection, users, id);
    load(connection, set, &command.scope(), envelope.neighbours.house, &person)?;
    if let Some(user_id) = envelope.sender.actor.user_id() {
        put_person(set, user_id, &person)?;
    }
    if *inside.ignores_legs {
        set.facts().forget_legs();
    }
    Ok(set.decide(command, envelope)?)
}

/// Reads what a scope names and the set does not have yet.
fn load(
    connection: &Db,
    set: &mut WorkingSet,
    scope: &Scope<'_>,
    house: NeighbourRule,
    person: &impl Fn(UserId) -> Result<Option<UserBrief>>,
) -> Result<()> {
    for id in &scope.tickets {
        let known = set.facts().booking_of(*id);
        // The decision refuses an unknown ticket.
        let Some(booking_id) =
            known.map_or_else(|| booking::of_ticket(connection, *id), |id| Ok(Some(id)))?
        else {
            continue;
        };
        put_booking(connection, set, booking_id, (house, person))?;
    }
    for id in &scope.bookings {
        put_booking(connection, set, *id, (house, person))?;
    }
    for id in &scope.routes {
        put_route(connection, set, *id, house)?;
    }
    for key in &scope.holds {
        put_hold(connection, set, *key, house)?;
    }
    for id in &scope.blocks {
        if !set.facts().has_block(*id)
            && let Some(found) = block::by_id(connection, *id)?
        {
            set.facts().put_block(found);
        }
    }
    for pnr in scope.pnrs {
        if booking::has_pnr(connection, pnr)? {
            set.facts().put_used_pnr(pnr.clone());
        } else if set.facts().free_pnr(std::slice::from_ref(pnr)).is_ok() {
            // The first free one is the one that is taken: the others need not be looked up.
            break;
        }
    }
    put_seated(connection, set, scope)
}

/// Finds which passengers of the command have a seat already.
fn put_seated(connection: &Db, set: &mut WorkingSet, scope: &Scope<'_>) -> Result<()> {
    let shown = |ticket: &Ticket| Some((ticket.route_id, ticket.passenger.identity.clone()?));
    let mut documents: Vec<(RouteId, Identity)> = scope
        .documents
        .iter()
        .map(|(route_id, identity)| (*route_id, (*identity).clone()))
        .collect();
    let of_tickets = scope.tickets.iter().filter_map(|id| set.facts().booking_of(*id));
    let bookings: Vec<_> = of_tickets.chain(scope.bookings.iter().copied()).collect();
    for id in bookings {
        // The decision refuses an unknown booking.
        let Ok(booking) = set.facts().booking(id) else { continue };
        let tickets = booking.tickets.iter().map(|on| on.ticket);
        documents.extend(tickets.filter(|it| it.may_be_seated_again()).filter_map(shown));
    }
    for (route_id, identity) in documents {
        for found in seated_passenger::seated(connection, route_id, &identity)? {
            set.facts().put_seated(found);
        }
    }
    Ok(())
}

fn put_booking(
    connection: &Db,
    set: &mut WorkingSet,
    id: BookingId,
    (house, person): (NeighbourRule, &impl Fn(UserId) -> Result<Option<UserBrief>>),
) -> Result<()> {
    if let Some(routes) = set.facts().routes_of(id) {
        // Known, but a change of a route in the same group may have removed the route.
        return routes.into_iter().try_for_each(|id| put_route(connection, set, id, house));
    }
    let Some(found) = booking::by_id(connection, id)? else { return Ok(()) };
    let tickets = ticket::of_booking(connection, id)?;
    for ticket in &tickets {
        put_route(connection, set, ticket.route_id, house)?;
        for id in [ticket.user_id, ticket.issued_by_id].into_iter().flatten() {
            put_person(set, id, person)?;
        }
    }
    let payments = payment::of_booking(connection, id)?;
    set.facts().put_booking(found, tickets, payments);
    Ok(())
}

fn put_route(
    connection: &Db,
    set: &mut WorkingSet,
    id: RouteId,
    house: NeighbourRule,
) -> Result<()> {
    if !set.facts().has_route(id)
        && let Some(RouteView { route, bus }) = route::by_id(connection, id)?
    {
        let legs = seat::legs(connection, id)?;
        let claims = claims(connection, id)?;
        let mut facts = RouteFacts { route, bus, legs, claims, sitters: None };
        if facts.neighbour_rule(house) != NeighbourRule::Off {
            facts.sitters = Some(seat::sitters(connection, id)?);
        }
        set.facts().put_route(facts);
    }
    Ok(())
}

/// Unpaid seats on a route, and seats that ran out, with their callers.
fn claims(connection: &Db, route_id: RouteId) -> Result<Claims> {
    let mut claims = Claims::default();
    run_out::of_route(connection, route_id, &mut claims)?;
    ticket::claims(connection, route_id, &mut claims)?;
    for hold in hold::live_on(connection, route_id)? {
        claims.put(hold.holder(), Claim::of_live_hold(&hold));
    }
    Ok(claims)
}

fn put_hold(
    connection: &Db,
    set: &mut WorkingSet,
    key: HoldKey,
    house: NeighbourRule,
) -> Result<()> {
    if let Ok(route_id) = set.facts().hold_by(key).map(|hold| hold.route_id) {
        // Known, but a change of the route in the same group may have removed the route.
        return put_route(connection, set, route_id, house);
    }
    // The decision refuses an unknown hold.
    if let Some(found) = hold::by_key(connection, key)? {
        put_route(connection, set, found.route_id, house)?;
        set.facts().put_hold(found);
    }
    Ok(())
}

fn put_person(
    set: &mut WorkingSet,
    id: UserId,
    person: &impl Fn(UserId) -> Result<Option<UserBrief>>,
) -> Result<()> {
    if !set.has_person(id)
        && let Some(brief) = person(id)?
    {
        set.put_person(brief);
    }
    Ok(())
}

/// Writes the changes of the commands so far.
pub(crate) fn flush(inside: &mut Inside<'_>) -> Result<()> {
    let connection = inside.connection;
    let writes = inside.set.take_writes();
    let Writes {
        bookings,
        tickets,
        freed,
        taken,
        payments,
        holds,
        blocks,
        run_outs,
        reserved_from,
        events,
        heads,
        keys,
        audit: rows,
    } = writes;
    for row in &bookings {
        if row.is_new {
            booking::insert(connection, &row.value)?;
        } else {
            booking::update(connection, &row.value)?;
        }
    }
    for row in &tickets {
        if row.is_new {
            ticket::insert(connection, &row.value)?;
        } else {
            ticket::update(connection, &row.value)?;
        }
    }
    for leg in &freed {
        seat::free(connection, leg)?;
    }
    for leg in &taken {
        if let Err(error) = seat::take(connection, leg) {
            if is_taken(&error) {
                tracing::error!(
                    route_id = %leg.route_id, seat = %leg.seat, leg = leg.leg,
                    holder = ?leg.holder,
                    "a leg that was thought free is taken: the command is undone and decided again"
                );
            }
            return Err(error.into());
        }
    }
    for row in &payments {
        payment::write(connection, row)?;
    }
    for row in &holds {
        hold::write(connection, row)?;
    }
    for row in &blocks {
        block::write(connection, row)?;
    }
    for (route_id, holder, claim) in &run_outs {
        run_out::write(connection, *route_id, *holder, claim.as_ref())?;
    }
    for (ticket_id, address) in &reserved_from {
        reserved_from::write(connection, *ticket_id, *address)?;
    }
    for event in &events {
        route_event::insert(connection, event)?;
    }
    for (route_id, head) in heads {
        route_write::set_head(connection, route_id, head)?;
    }
    for row in &keys {
        idempotency_key::write(connection, row)?;
    }
    for row in &rows {
        audit::insert(connection, row)?;
    }
    inside.events.extend(events.into_iter().map(RouteEvent::Seat));
    Ok(())
}
