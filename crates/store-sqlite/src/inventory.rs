//! One command on one ticket: load the facts, let the domain decide, write what it decided.
//!
//! All of it inside the writer's transaction and this command's savepoint.

use std::sync::Arc;

use domain::command::TicketFacts;
use domain::{Change, Facts, Refusal, RouteId, SeatEvent, Subject, TicketCommand};
use store::{RouteView, TicketOutcome};

use crate::fault::Result;
use crate::group::Inside;
use crate::table::{payment, route, seat, seat_event, ticket};

pub(crate) fn execute(inside: &mut Inside<'_>, command: &TicketCommand) -> Result<TicketOutcome> {
    let (mut view, facts) = load(inside, command)?;
    let change = command.decide(&facts)?;
    let changed = change != Change::NOTHING;
    let events = write(inside, view.route.id, &facts, &change)?;
    if let Some(last) = events.last() {
        view.route.seq = last.seq;
    }
    inside.events.extend(events);

    let payment = change.payment.as_ref().map(|payment| payment.payment().clone());
    let after = change.ticket.or(facts.ticket.map(|facts| facts.ticket));
    let after = after.ok_or(Refusal::TicketNotFound)?;
    let view = ticket::view(inside.connection, after, view)?;
    Ok(TicketOutcome { view, payment, changed })
}

fn load(inside: &mut Inside<'_>, command: &TicketCommand) -> Result<(RouteView, Facts)> {
    let connection = inside.connection;
    let (route_id, ticket, free_pnr) = match command.subject() {
        Subject::Route { route_id, pnr_candidates } => {
            (route_id, None, ticket::free_pnr(connection, pnr_candidates)?)
        }
        Subject::Ticket { ticket_id } => {
            let ticket = ticket::by_id(connection, ticket_id)?.ok_or(Refusal::TicketNotFound)?;
            let facts = TicketFacts {
                segment_free_of_others: seat::is_free_of_others(connection, &ticket)?,
                payments: payment::of_ticket(connection, ticket_id)?,
                ticket,
            };
            (facts.ticket.route_id, Some(facts), None)
        }
    };
    let cached = inside.routes.get(route_id, || route::by_id(connection, route_id))?;
    let mut view = Arc::unwrap_or_clone(cached.ok_or(Refusal::RouteNotFound)?);
    view.route.seq = route::head(connection, route_id)?.ok_or(Refusal::RouteNotFound)?;
    let facts = Facts { route: view.route.clone(), ticket, free_pnr };
    Ok((view, facts))
}

fn write(
    inside: &Inside<'_>,
    route_id: RouteId,
    facts: &Facts,
    change: &Change,
) -> Result<Vec<SeatEvent>> {
    let connection = inside.connection;
    let ticket_id = match (&change.ticket, &facts.ticket) {
        (Some(ticket), _) => Some(ticket.id),
        (None, Some(facts)) => Some(facts.ticket.id),
        (None, None) => None,
    };
    if let Some(ticket_id) = ticket_id {
        // Freed first: a ticket may move onto legs that it holds itself.
        if let Some(at) = change.free {
            seat::free(connection, route_id, at, ticket_id)?;
        }
        if let Some(at) = change.take {
            seat::take(connection, route_id, at, ticket_id)?;
        }
    }
    match (&change.ticket, &facts.ticket) {
        (Some(ticket), None) => ticket::insert(connection, ticket)?,
        (Some(ticket), Some(_)) => ticket::update(connection, ticket)?,
        (None, _) => {}
    }
    if let Some(change) = &change.payment {
        payment::write(connection, change)?;
    }
    let mut seq = facts.route.seq;
    let mut events = Vec::with_capacity(change.events.len());
    for draft in &change.events {
        seq = seq.next();
        events.push(seat_event::insert(connection, route_id, seq, draft.clone())?);
    }
    if !events.is_empty() {
        route::set_head(connection, route_id, seq)?;
    }
    Ok(events)
}
