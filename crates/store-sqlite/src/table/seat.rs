//! `seat_legs`, and the live tickets, holds and blocks that stand behind them: which seats are
//! taken.

use domain::{Holder, Pnr, RouteId, SeatLegs, SeatSnapshot, Segment, Sitters, TakenSeat};
use rusqlite::{Connection, Row, params};
use store::{Leg, TakenLeg, holder_columns, holder_of, shown_status, taken_seats};
use uuid::Uuid;

use crate::column::{bytes, count, gender, id, optional_gender, read, seat, ticket_status};
use crate::fault::{Result, one_row};
use crate::known_routes::KnownRoutes;

pub(super) fn columns(holder: Holder) -> (u8, [u8; 16]) {
    let (kind, id) = holder_columns(holder);
    (kind, bytes(id))
}

pub(super) fn holder(row: &Row<'_>) -> rusqlite::Result<Holder> {
    let id: Uuid = id(row, "holder_id")?;
    read(row, "holder_kind", |kind: u8| holder_of(kind, id))
}

/// Takes a leg. The primary key refuses one that has a holder.
pub(crate) fn take(connection: &Connection, leg: &Leg) -> rusqlite::Result<()> {
    let (kind, id) = columns(leg.holder);
    connection
        .prepare_cached(
            "INSERT INTO seat_legs (route_id, seat_number, leg, holder_kind, holder_id) \
             VALUES (?, ?, ?, ?, ?)",
        )?
        .execute(params![bytes(leg.route_id.0), leg.seat.get(), leg.leg, kind, id])
        .map(drop)
}

pub(crate) fn free(connection: &Connection, leg: &Leg) -> Result<()> {
    let (kind, id) = columns(leg.holder);
    let freed = connection
        .prepare_cached(
            "DELETE FROM seat_legs WHERE route_id = ? AND seat_number = ? AND leg = ? AND \
             holder_kind = ? AND holder_id = ?",
        )?
        .execute(params![bytes(leg.route_id.0), leg.seat.get(), leg.leg, kind, id])?;
    one_row("freeing a leg", freed)
}

/// Who holds which leg of a route.
pub(crate) fn legs(connection: &Connection, route_id: RouteId) -> Result<SeatLegs> {
    let mut legs = SeatLegs::default();
    let mut statement = connection.prepare_cached(
        "SELECT seat_number, leg, holder_kind, holder_id FROM seat_legs WHERE route_id = ?",
    )?;
    let mut rows = statement.query([bytes(route_id.0)])?;
    while let Some(row) = rows.next()? {
        legs.set(seat(row, "seat_number")?, row.get("leg")?, Some(holder(row)?));
    }
    Ok(legs)
}

/// Passengers with a seat on a route, for the neighbour rule.
pub(crate) fn sitters(connection: &Connection, route_id: RouteId) -> Result<Sitters> {
    let mut sitters = Sitters::default();
    let mut statement = connection.prepare_cached(
        "SELECT id, gender, pnr FROM tickets WHERE id IN \
         (SELECT holder_id FROM seat_legs WHERE route_id = ? AND holder_kind = 0)",
    )?;
    let mut rows = statement.query([bytes(route_id.0)])?;
    while let Some(row) = rows.next()? {
        sitters.put(id(row, "id")?, gender(row, "gender")?, Pnr::from_stored(row.get("pnr")?));
    }
    Ok(sitters)
}

fn taken_leg(row: &Row<'_>) -> rusqlite::Result<TakenLeg> {
    let holder = holder(row)?;
    let status = shown_status(holder, || ticket_status(row, "status"))?;
    let (seat, gender) = (seat(row, "seat_number")?, optional_gender(row, "gender")?);
    Ok(TakenLeg { seat, leg: row.get("leg")?, holder, status, gender })
}

/// Through the legs that are taken: a route may have many more tickets, because every reservation
/// that ran out left one. A run of legs with one holder is a piece.
pub(crate) fn taken(connection: &Connection, route_id: RouteId) -> Result<Vec<TakenSeat>> {
    let mut statement = connection.prepare_cached(
        "SELECT l.seat_number, l.leg, l.holder_kind, l.holder_id, t.status, t.gender \
         FROM seat_legs l LEFT JOIN tickets t ON t.id = l.holder_id \
         WHERE l.route_id = ? ORDER BY l.seat_number, l.leg",
    )?;
    let legs: Vec<TakenLeg> =
        statement.query_map([bytes(route_id.0)], taken_leg)?.collect::<rusqlite::Result<_>>()?;
    Ok(taken_seats(&legs))
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

pub(crate) fn snapshot(
    connection: &Connection,
    known: &KnownRoutes,
    route_id: RouteId,
) -> Result<Option<SeatSnapshot>> {
    let Some(view) = known.view(connection, route_id)? else { return Ok(None) };
    let taken = taken(connection, route_id)?;
    Ok(Some(SeatSnapshot { seq: view.route.seq, route: view.route, bus: view.bus, taken }))
}
