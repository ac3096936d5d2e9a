//! `seat_legs`, and the live tickets that stand behind them: who sits where.

use domain::{RouteId, SeatLegs, Segment};
use rusqlite::{Connection, Row, params};
use store::{Leg, SeatSnapshot, TakenSeat};

use super::route;
use crate::column::{bytes, count, gender, id, seat, segment, ticket_status};
use crate::fault::{Result, one_row};

/// Takes a leg. The primary key refuses one that somebody has.
pub(crate) fn take(connection: &Connection, leg: &Leg) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO seat_legs (route_id, seat_number, leg, ticket_id) VALUES (?, ?, ?, ?)",
        )?
        .execute(params![bytes(leg.route_id.0), leg.seat.get(), leg.leg, bytes(leg.ticket_id.0)])
        .map(drop)
}

pub(crate) fn free(connection: &Connection, leg: &Leg) -> Result<()> {
    let freed = connection
        .prepare_cached(
            "DELETE FROM seat_legs WHERE route_id = ? AND seat_number = ? AND leg = ? AND \
             ticket_id = ?",
        )?
        .execute(params![bytes(leg.route_id.0), leg.seat.get(), leg.leg, bytes(leg.ticket_id.0)])?;
    one_row("freeing a leg", freed)
}

/// Who holds which leg of a route.
pub(crate) fn legs(connection: &Connection, route_id: RouteId) -> Result<SeatLegs> {
    let mut legs = SeatLegs::default();
    let mut statement = connection
        .prepare_cached("SELECT seat_number, leg, ticket_id FROM seat_legs WHERE route_id = ?")?;
    let mut rows = statement.query([bytes(route_id.0)])?;
    while let Some(row) = rows.next()? {
        legs.set(seat(row, "seat_number")?, row.get("leg")?, Some(id(row, "ticket_id")?));
    }
    Ok(legs)
}

fn taken_seat(row: &Row<'_>) -> rusqlite::Result<TakenSeat> {
    Ok(TakenSeat {
        seat: seat(row, "seat_number")?,
        segment: segment(row)?,
        status: ticket_status(row, "status")?,
        gender: gender(row, "gender")?,
    })
}

/// Through the legs that are taken: a route's tickets may be many more, for every hold that ran out
/// left one. A ticket is found at its first leg.
pub(crate) fn taken(connection: &Connection, route_id: RouteId) -> Result<Vec<TakenSeat>> {
    let taken = connection
        .prepare_cached(
            "SELECT t.seat_number, t.from_stop_index, t.to_stop_index, t.status, t.gender \
             FROM seat_legs CROSS JOIN tickets t ON t.id = seat_legs.ticket_id \
             WHERE seat_legs.route_id = ?1 AND NOT EXISTS (SELECT 1 FROM seat_legs before \
             WHERE before.route_id = ?1 AND before.seat_number = seat_legs.seat_number \
             AND before.leg = seat_legs.leg - 1 AND before.ticket_id = seat_legs.ticket_id) \
             ORDER BY seat_legs.seat_number, seat_legs.leg",
        )?
        .query_map([bytes(route_id.0)], taken_seat)?
        .collect::<rusqlite::Result<_>>()?;
    Ok(taken)
}

/// Seats of which a leg of the segment is taken.
pub(crate) fn taken_on(
    connection: &Connection,
    route_id: RouteId,
    segment: Segment,
) -> Result<u64> {
    let legs = segment.legs();
    let taken = connection
        .prepare_cached(
            "SELECT count(DISTINCT seat_number) AS taken FROM seat_legs \
             WHERE route_id = ? AND leg >= ? AND leg < ?",
        )?
        .query_row(params![bytes(route_id.0), legs.start, legs.end], |row| count(row, "taken"))?;
    Ok(taken)
}

pub(crate) fn snapshot(connection: &Connection, route_id: RouteId) -> Result<Option<SeatSnapshot>> {
    let Some(view) = route::by_id(connection, route_id)? else { return Ok(None) };
    let taken = taken(connection, route_id)?;
    Ok(Some(SeatSnapshot { seq: view.route.seq, route: view.route, taken }))
}
