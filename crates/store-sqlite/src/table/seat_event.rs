//! `seat_events`: every change of every seat, numbered per route and in commit order.

use domain::{EventDraft, RouteId, SeatEvent, Seq};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::column::{
    bytes, count, event_kind, gender, id, millis, money, optional_id, reason, seat, segment, seq,
    signed, time,
};
use crate::fault::Result;

/// Writes an event and gives it its place in the order of commits.
pub(crate) fn insert(
    connection: &Connection,
    route_id: RouteId,
    seq: Seq,
    draft: EventDraft,
) -> Result<SeatEvent> {
    connection
        .prepare_cached(
            "INSERT INTO seat_events (route_id, seq, kind, seat_number, from_stop_index, \
             to_stop_index, from_city, to_city, price, gender, reason, ticket_id, pnr, owner_id, at) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![
            bytes(route_id.0),
            signed(seq.get()),
            draft.kind.as_str(),
            draft.seat.get(),
            draft.segment.from().get(),
            draft.segment.to().get(),
            draft.from_city,
            draft.to_city,
            draft.price.get(),
            draft.gender.as_str(),
            draft.reason.as_str(),
            bytes(draft.ticket_id.0),
            draft.pnr.as_str(),
            draft.owner_id.map(|id| bytes(id.0)),
            millis(draft.at),
        ])?;
    let position = u64::try_from(connection.last_insert_rowid()).unwrap_or_default();
    Ok(SeatEvent { route_id, seq, position, draft })
}

fn event(row: &Row<'_>) -> rusqlite::Result<SeatEvent> {
    Ok(SeatEvent {
        route_id: id(row, "route_id")?,
        seq: seq(row, "seq")?,
        position: count(row, "position")?,
        draft: EventDraft {
            kind: event_kind(row, "kind")?,
            seat: seat(row, "seat_number")?,
            segment: segment(row)?,
            from_city: row.get("from_city")?,
            to_city: row.get("to_city")?,
            price: money(row, "price")?,
            gender: gender(row, "gender")?,
            reason: reason(row, "reason")?,
            ticket_id: id(row, "ticket_id")?,
            pnr: domain::Pnr::from_stored(row.get("pnr")?),
            owner_id: optional_id(row, "owner_id")?,
            at: time(row, "at")?,
        },
    })
}

pub(crate) fn after(
    connection: &Connection,
    route_id: RouteId,
    after: Seq,
    limit: usize,
) -> Result<Vec<SeatEvent>> {
    let events = connection
        .prepare_cached(
            "SELECT * FROM seat_events WHERE route_id = ? AND seq > ? ORDER BY seq LIMIT ?",
        )?
        .query_map(params![bytes(route_id.0), signed(after.get()), limit], event)?
        .collect::<rusqlite::Result<_>>()?;
    Ok(events)
}

/// Events of one route are committed in the order of their numbers, so the newest one that is old
/// enough is found from the end: what is asked about has just happened.
pub(crate) fn seq_at(
    connection: &Connection,
    route_id: RouteId,
    position: u64,
) -> Result<Option<Seq>> {
    let found = connection
        .prepare_cached(
            "SELECT ifnull((SELECT seq FROM seat_events WHERE route_id = routes.id AND \
             position <= ? ORDER BY seq DESC LIMIT 1), 0) AS seq FROM routes WHERE id = ?",
        )?
        .query_row(params![signed(position), bytes(route_id.0)], |row| seq(row, "seq"))
        .optional()?;
    Ok(found)
}

pub(crate) fn last_position(connection: &Connection) -> Result<u64> {
    let last = connection
        .prepare_cached("SELECT ifnull(max(position), 0) AS last FROM seat_events")?
        .query_row([], |row| count(row, "last"))?;
    Ok(last)
}
