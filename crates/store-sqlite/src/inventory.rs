//! One command on one ticket: load the facts, let the domain decide, write what it decided.
//!
//! All of it inside the writer's transaction and this command's savepoint.

use std::sync::Arc;

use domain::command::TicketFacts;
use domain::{Bus, Change, Facts, Refusal, RouteEvent, SeatEvent, Subject, TicketCommand};
use store::{RouteView, TicketOutcome};

use crate::fault::Result;
use crate::group::Inside;
use crate::table::{payment, route, route_event, seat, ticket, user};

pub(crate) fn execute(inside: &mut Inside<'_>, command: &TicketCommand) -> Result<TicketOutcome> {
    let (facts, bus) = load(inside, command)?;
    let change = command.decide(&facts)?;
    let changed = change != Change::NOTHING;
    let events = write(inside, &facts, &change)?;
    let Facts { mut route, ticket, free_pnr: _ } = facts;
    if let Some(last) = events.last() {
        (route.ordinal, route.seq) = (last.ordinal, last.seq);
    }
    inside.events.extend(events.into_iter().map(RouteEvent::Seat));

    let payment = change.payment.as_ref().map(|payment| payment.payment().clone());
    let after = change.ticket.or(ticket.map(|facts| facts.ticket));
    let after = after.ok_or(Refusal::TicketNotFound)?;
    let person = |id| user::known_brief(inside.connection, inside.users, id);
    let view = ticket::view(after, RouteView { route, bus }, person)?;
    Ok(TicketOutcome { view, payment, changed })
}

fn load(inside: &mut Inside<'_>, command: &TicketCommand) -> Result<(Facts, Arc<Bus>)> {
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
    let RouteView { mut route, bus } = RouteView::clone(&*cached.ok_or(Refusal::RouteNotFound)?);
    let head = route::head(connection, route_id)?.ok_or(Refusal::RouteNotFound)?;
    (route.ordinal, route.seq) = (head.ordinal, head.seq);
    Ok((Facts { route, ticket, free_pnr }, bus))
}

fn write(inside: &Inside<'_>, facts: &Facts, change: &Change) -> Result<Vec<SeatEvent>> {
    let (connection, route_id) = (inside.connection, facts.route.id);
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
    let mut place = facts.route.head();
    let mut events = Vec::with_capacity(change.events.len());
    for draft in &change.events {
        place = place.after_seat_event();
        events.push(route_event::insert(connection, route_id, place, draft.clone())?);
    }
    if !events.is_empty() {
        route::set_head(connection, route_id, place)?;
    }
    Ok(events)
}
