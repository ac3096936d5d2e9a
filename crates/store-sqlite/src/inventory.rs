//! Commands on the inventory: their facts are read, they are decided in memory, and their changes
//! are written at the end of the group, or before a job that reads tables by itself.
//!
//! There are no rules here. A leg that the working set has as free is written as taken: if the key
//! of `seat_legs` refuses it, the set was wrong, which is logged as a failure and undone.

use domain::{Command, RouteEvent};
use store::{Answer, Envelope, Writes};

use crate::fault::{Result, is_taken};
use crate::inside::Inside;
use crate::loader::Loader;
use crate::table::{
    audit, block, booking, hold, idempotency_key, payment, reserved_from, route_event, route_write,
    run_out, seat, ticket,
};

pub(crate) fn execute(
    inside: &mut Inside<'_>,
    command: &Command,
    envelope: &Envelope,
) -> Result<Answer> {
    let Inside { connection: db, set, users, .. } = inside;
    let house = envelope.neighbours.house;
    let mut loader = Loader { db, set, users, house };
    loader.scope(&command.scope())?;
    if let Some(user_id) = envelope.sender.actor.user_id() {
        loader.person(user_id)?;
    }
    if *inside.ignores_legs {
        inside.set.facts().forget_legs();
    }
    Ok(inside.set.decide(command, envelope)?)
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
