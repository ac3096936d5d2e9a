//! `route_events`: what happens on a route, numbered per route and in commit order.
//!
//! A seat's event and a change of the route are rows of one table, because they stand in one order.

use domain::{
    EventDraft, EventTicket, Gender, Ordinal, RouteEvent, RouteId, RoutePlace, RouteUpdate,
    SeatEvent, Seq,
};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::route::{self, place};
use crate::column::{
    bytes, count, event_kind, id, millis, money, optional_gender, optional_id, reason,
    route_change, seat, segment, signed, time,
};
use crate::fault::Result;

/// Writes a seat's event at its place in the order of commits.
pub(crate) fn insert(connection: &Connection, event: &SeatEvent) -> Result<()> {
    let draft = &event.draft;
    connection
        .prepare_cached(
            "INSERT INTO route_events (position, route_id, ordinal, seq, kind, at, seat_number, \
             from_stop_index, to_stop_index, from_city, to_city, price, gender, reason, ticket_id, \
             pnr, owner_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![
            signed(event.position),
            bytes(event.route_id.0),
            signed(event.ordinal.get()),
            signed(event.seq.get()),
            draft.kind.as_str(),
            millis(draft.at),
            draft.seat.get(),
            draft.segment.from().get(),
            draft.segment.to().get(),
            draft.from_city,
            draft.to_city,
            draft.price.get(),
            draft.gender.map(Gender::as_str),
            draft.reason.as_str(),
            draft.ticket_id().map(|id| bytes(id.0)),
            draft.ticket.as_ref().map(|ticket| ticket.pnr.as_str()),
            draft.owner_id().map(|id| bytes(id.0)),
        ])?;
    Ok(())
}

/// Writes a change of the route at its place in the order of commits.
pub(crate) fn insert_change(connection: &Connection, update: &RouteUpdate) -> Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO route_events (position, route_id, ordinal, seq, kind, at) \
             VALUES (?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![
            signed(update.position),
            bytes(update.route_id.0),
            signed(update.place.ordinal.get()),
            signed(update.place.seq.get()),
            update.change.as_str(),
            millis(update.at),
        ])?;
    Ok(())
}

/// The events of a group: from after the last place of the group before, up to its own last place.
pub(crate) fn of_group(
    connection: &Connection,
    place_before: u64,
    last_place: u64,
) -> Result<Vec<RouteEvent>> {
    let events = connection
        .prepare_cached(
            "SELECT * FROM route_events WHERE position > ? AND position <= ? ORDER BY position",
        )?
        .query_map(params![signed(place_before), signed(last_place)], event)?
        .collect::<rusqlite::Result<_>>()?;
    Ok(events)
}

fn event(row: &Row<'_>) -> rusqlite::Result<RouteEvent> {
    let (route_id, position) = (id(row, "route_id")?, count(row, "position")?);
    let place = place(row)?;
    let at = time(row, "at")?;
    if row.get::<_, Option<u16>>("seat_number")?.is_none() {
        let change = route_change(row, "kind")?;
        return Ok(RouteEvent::Update(RouteUpdate { route_id, place, position, change, at }));
    }
    Ok(RouteEvent::Seat(SeatEvent {
        route_id,
        ordinal: place.ordinal,
        seq: place.seq,
        position,
        draft: EventDraft {
            kind: event_kind(row, "kind")?,
            seat: seat(row, "seat_number")?,
            segment: segment(row)?,
            from_city: row.get("from_city")?,
            to_city: row.get("to_city")?,
            price: money(row, "price")?,
            gender: optional_gender(row, "gender")?,
            reason: reason(row, "reason")?,
            ticket: ticket(row)?,
            at,
        },
    }))
}

/// `None` in an event of a held or a blocked seat.
fn ticket(row: &Row<'_>) -> rusqlite::Result<Option<EventTicket>> {
    let Some(id) = optional_id(row, "ticket_id")? else { return Ok(None) };
    let pnr = domain::Pnr::from_stored(row.get("pnr")?);
    Ok(Some(EventTicket { id, pnr, owner_id: optional_id(row, "owner_id")? }))
}

/// Which event of which route stands on each place after one and up to another.
pub(crate) fn names_between(
    connection: &Connection,
    after: u64,
    to: u64,
) -> Result<Vec<(RouteId, Ordinal)>> {
    let names = connection
        .prepare_cached(
            "SELECT route_id, ordinal FROM route_events WHERE position > ? AND position <= ? \
             ORDER BY position",
        )?
        .query_map(params![signed(after), signed(to)], |row| {
            Ok((id(row, "route_id")?, Ordinal::new(count(row, "ordinal")?)))
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(names)
}

/// Deletes a route's events up to this one; returns how many.
pub(crate) fn delete_up_to(
    connection: &Connection,
    route_id: RouteId,
    ordinal: Ordinal,
) -> Result<usize> {
    let sql = "DELETE FROM route_events WHERE route_id = ? AND ordinal <= ?";
    let values = params![bytes(route_id.0), signed(ordinal.get())];
    Ok(connection.prepare_cached(sql)?.execute(values)?)
}

pub(crate) fn after(
    connection: &Connection,
    route_id: RouteId,
    after: Ordinal,
    limit: usize,
) -> Result<Vec<RouteEvent>> {
    let events = connection
        .prepare_cached(
            "SELECT * FROM route_events WHERE route_id = ? AND ordinal > ? ORDER BY ordinal LIMIT ?",
        )?
        .query_map(params![bytes(route_id.0), signed(after.get()), limit], event)?
        .collect::<rusqlite::Result<_>>()?;
    Ok(events)
}

/// Events of one route are committed in the order of their numbers, so the newest one that is old
/// enough is found from the end: the question is mostly about a recent event.
pub(crate) fn place_at(
    connection: &Connection,
    route_id: RouteId,
    position: u64,
) -> Result<Option<RoutePlace>> {
    if route::head(connection, route_id)?.is_none() {
        return Ok(None);
    }
    let found = connection
        .prepare_cached(
            "SELECT ordinal, seq FROM route_events WHERE route_id = ? AND position <= ? \
             ORDER BY ordinal DESC LIMIT 1",
        )?
        .query_row(params![bytes(route_id.0), signed(position)], place)
        .optional()?;
    match found {
        Some(found) => Ok(Some(found)),
        // It is before the first event, or before the first that is kept: then it is not known any
        // more.
        None => Ok((!has_lost_events(connection, route_id)?).then_some(RoutePlace::START)),
    }
}

/// Whether a route's first event was deleted.
fn has_lost_events(connection: &Connection, route_id: RouteId) -> Result<bool> {
    let first = connection
        .prepare_cached(
            "SELECT ordinal FROM route_events WHERE route_id = ? ORDER BY ordinal LIMIT 1",
        )?
        .query_row([bytes(route_id.0)], |row| count(row, "ordinal"))
        .optional()?;
    Ok(first.is_some_and(|first| first > 1))
}

/// The place behind the event with this ordinal.
pub(crate) fn place_of(
    connection: &Connection,
    route_id: RouteId,
    ordinal: Ordinal,
) -> Result<Option<RoutePlace>> {
    if ordinal == Ordinal::ZERO {
        return Ok(route::head(connection, route_id)?.map(|_| RoutePlace::START));
    }
    let found = connection
        .prepare_cached("SELECT ordinal, seq FROM route_events WHERE route_id = ? AND ordinal = ?")?
        .query_row(params![bytes(route_id.0), signed(ordinal.get())], place)
        .optional()?;
    Ok(found)
}

/// The place directly after the seat event with this number.
///
/// No index has the seat events' own numbers: every sale would pay for it. A number is never above
/// its ordinal, and both rise together, so a few steps of halving find it; one step, on a route
/// that never changed. Deleted events are before all that are kept.
pub(crate) fn place_after_seat_event(
    connection: &Connection,
    route_id: RouteId,
    seq: Seq,
) -> Result<Option<RoutePlace>> {
    let Some(head) = route::head(connection, route_id)? else { return Ok(None) };
    if seq > head.seq {
        return Ok(None);
    }
    let (mut low, mut high) = (seq.get(), head.ordinal.get());
    let mut middle = low;
    while low < high {
        let place = place_of(connection, route_id, Ordinal::new(middle))?;
        if place.is_none_or(|place| place.seq < seq) {
            low = middle + 1;
        } else {
            high = middle;
        }
        middle = low + (high - low) / 2;
    }
    if seq == Seq::ZERO {
        return Ok(Some(RoutePlace::START));
    }
    // If it was deleted, the search found the next one, or a change of the route after it: a viewer
    // that starts at either would miss something.
    let found = connection
        .prepare_cached(
            "SELECT ordinal, seq FROM route_events \
             WHERE route_id = ? AND ordinal = ? AND seat_number IS NOT NULL",
        )?
        .query_row(params![bytes(route_id.0), signed(low)], place)
        .optional()?;
    Ok(found.filter(|found| found.seq == seq))
}
