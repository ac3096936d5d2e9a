//! `route_events`: what happens on a route, numbered per route and in commit order.
//!
//! A seat's event and a change of the route are rows of one table, because they stand in one order.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    EventDraft, EventTicket, Gender, Ordinal, Pnr, RouteEvent, RouteId, RoutePlace, RouteUpdate,
    SeatEvent, Seq,
};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::batch::{Batch, column};
use crate::column::{
    at, at_most, count, event_kind, get, id, money, optional_gender, optional_id, ordinal, reason,
    route_change, seat, seat_number, segment, seq, signed, time,
};
use crate::db::Db;
use crate::fault::{Fault, Result};

/// All that [`event`] reads.
macro_rules! columns {
    () => {
        "position, route_id, ordinal, seq, kind, at, seat_number, from_stop_index, to_stop_index, \
         from_city, to_city, price, gender, reason, ticket_id, pnr, owner_id"
    };
}

const INSERT: &str = concat!(
    "INSERT INTO route_events (",
    columns!(),
    ") SELECT * FROM unnest($1::bigint[], $2::uuid[], $3::bigint[], $4::bigint[], $5::text[], \
     $6::timestamptz[], $7::smallint[], $8::smallint[], $9::smallint[], $10::text[], $11::text[], \
     $12::bigint[], $13::text[], $14::text[], $15::uuid[], $16::text[], $17::uuid[])"
);

/// Seats' events at their places in the order of commits.
pub(crate) fn insert<'a>(batch: &mut Batch<'a>, events: &'a [SeatEvent]) {
    if events.is_empty() {
        return;
    }
    let events: Vec<&SeatEvent> = events.iter().collect();
    let values = vec![
        column(&events, |event| signed(event.position)),
        column(&events, |event| event.route_id.0),
        column(&events, |event| signed(event.ordinal.get())),
        column(&events, |event| signed(event.seq.get())),
        column(&events, |event| event.draft.kind.as_str()),
        column(&events, |event| at(event.draft.at)),
        column(&events, |event| seat_number(event.draft.seat)),
        column(&events, |event| i16::from(event.draft.segment.from().get())),
        column(&events, |event| i16::from(event.draft.segment.to().get())),
        column(&events, |event| event.draft.from_city.as_str()),
        column(&events, |event| event.draft.to_city.as_str()),
        column(&events, |event| event.draft.price.get()),
        column(&events, |event| event.draft.gender.map(Gender::as_str)),
        column(&events, |event| event.draft.reason.as_str()),
        column(&events, |event| event.draft.ticket_id().map(|id| id.0)),
        column(&events, |event| event.draft.ticket.as_ref().map(|ticket| ticket.pnr.as_str())),
        column(&events, |event| event.draft.owner_id().map(|id| id.0)),
    ];
    batch.add(INSERT, values);
}

/// Of all routes, after one place and up to another.
pub(crate) async fn between(db: Db<'_>, after: u64, to: u64) -> Result<Vec<RouteEvent>> {
    let sql = concat!(
        "SELECT ",
        columns!(),
        " FROM route_events WHERE position > $1 AND position <= $2 ORDER BY position"
    );
    db.rows(sql, &[&signed(after), &signed(to)]).await?.iter().map(event).collect()
}

/// Which event of which route stands on each place after one and up to another.
pub(crate) async fn names_between(
    db: Db<'_>,
    after: u64,
    to: u64,
) -> Result<Vec<(RouteId, Ordinal)>> {
    let sql = "SELECT route_id, ordinal FROM route_events WHERE position > $1 AND position <= $2 \
         ORDER BY position";
    let rows = db.rows(sql, &[&signed(after), &signed(to)]).await?;
    rows.iter().map(|row| Ok((id(row, "route_id")?, ordinal(row, "ordinal")?))).collect()
}

/// The place behind the newest event of each of these routes that exists. One query for each, sent
/// together: for several in one query the database would scan all routes.
pub(crate) async fn heads(
    db: Db<'_>,
    routes: BTreeSet<RouteId>,
) -> Result<BTreeMap<RouteId, RoutePlace>> {
    let heads = routes.into_iter().map(async |id| Ok::<_, Fault>((id, head(db, id).await?)));
    let heads = futures_util::future::try_join_all(heads).await?;
    Ok(heads.into_iter().filter_map(|(id, head)| Some((id, head?))).collect())
}

/// The place of each of these routes' newest event.
pub(crate) async fn newest_of(
    db: Db<'_>,
    routes: &BTreeSet<RouteId>,
) -> Result<Vec<(RouteId, RoutePlace)>> {
    let routes: Vec<Uuid> = routes.iter().map(|id| id.0).collect();
    let sql = "SELECT n.id, coalesce(e.ordinal, 0) AS ordinal, coalesce(e.seq, 0) AS seq \
         FROM unnest($1::uuid[]) AS n (id) LEFT JOIN LATERAL (SELECT ordinal, seq FROM route_events \
         WHERE route_events.route_id = n.id ORDER BY ordinal DESC LIMIT 1) e ON true";
    let rows = db.rows(sql, &[&routes]).await?;
    rows.iter().map(|row| Ok((id(row, "id")?, place(row)?))).collect()
}

/// Deletes the events of each of these routes up to this one; returns how many.
pub(crate) async fn delete_up_to(db: Db<'_>, last: &[(RouteId, Ordinal)]) -> Result<u64> {
    let (routes, ordinals): (Vec<Uuid>, Vec<i64>) =
        last.iter().map(|(route_id, ordinal)| (route_id.0, signed(ordinal.get()))).unzip();
    let sql = "DELETE FROM route_events USING unnest($1::uuid[], $2::bigint[]) AS gone (id, last) \
         WHERE route_events.route_id = gone.id AND route_events.ordinal <= gone.last";
    db.execute(sql, &[&routes, &ordinals]).await
}

/// A change of a route.
pub(crate) async fn insert_change(db: Db<'_>, update: &RouteUpdate) -> Result<()> {
    db.execute(
        "INSERT INTO route_events (position, route_id, ordinal, seq, kind, at) \
         VALUES ($1, $2, $3, $4, $5, $6)",
        &[
            &signed(update.position),
            &update.route_id.0,
            &signed(update.place.ordinal.get()),
            &signed(update.place.seq.get()),
            &update.change.as_str(),
            &at(update.at),
        ],
    )
    .await
    .map(drop)
}

pub(crate) fn place(row: &Row) -> Result<RoutePlace> {
    Ok(RoutePlace { ordinal: ordinal(row, "ordinal")?, seq: seq(row, "seq")? })
}

fn event(row: &Row) -> Result<RouteEvent> {
    let (route_id, position) = (id(row, "route_id")?, count(row, "position")?);
    let place = place(row)?;
    let at = time(row, "at")?;
    if get::<Option<i16>>(row, "seat_number")?.is_none() {
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
            from_city: get(row, "from_city")?,
            to_city: get(row, "to_city")?,
            price: money(row, "price")?,
            gender: optional_gender(row, "gender")?,
            reason: reason(row, "reason")?,
            ticket: ticket(row)?,
            at,
        },
    }))
}

/// `None` in an event of a held or a blocked seat.
fn ticket(row: &Row) -> Result<Option<EventTicket>> {
    let Some(id) = optional_id(row, "ticket_id")? else { return Ok(None) };
    let pnr = Pnr::from_stored(get(row, "pnr")?);
    Ok(Some(EventTicket { id, pnr, owner_id: optional_id(row, "owner_id")? }))
}

pub(crate) async fn after(
    db: Db<'_>,
    route_id: RouteId,
    after: Ordinal,
    limit: usize,
) -> Result<Vec<RouteEvent>> {
    const AFTER: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM route_events WHERE route_id = $1 AND ordinal > $2 ORDER BY ordinal LIMIT $3"
    );
    let rows = db.rows(AFTER, &[&route_id.0, &signed(after.get()), &at_most(limit)]).await?;
    rows.iter().map(event).collect()
}

/// The place behind a route's newest event; `None` for an unknown route.
pub(crate) async fn head(db: Db<'_>, route_id: RouteId) -> Result<Option<RoutePlace>> {
    let sql = "SELECT ordinal, seq FROM route_heads WHERE route_id = $1";
    db.optional(sql, &[&route_id.0]).await?.as_ref().map(place).transpose()
}

/// Events of one route are committed in the order of their numbers, so the newest one that is old
/// enough is found from the end: the question is mostly about a recent event.
pub(crate) async fn place_at(
    db: Db<'_>,
    route_id: RouteId,
    position: u64,
) -> Result<Option<RoutePlace>> {
    if head(db, route_id).await?.is_none() {
        return Ok(None);
    }
    let sql = "SELECT ordinal, seq FROM route_events WHERE route_id = $1 AND position <= $2 \
         ORDER BY ordinal DESC LIMIT 1";
    let found = db.optional(sql, &[&route_id.0, &signed(position)]).await?;
    match found.as_ref().map(place).transpose()? {
        Some(found) => Ok(Some(found)),
        // It is before the first event, or before the first that is kept: then it is not known any
        // more.
        None => Ok((!has_lost_events(db, route_id).await?).then_some(RoutePlace::START)),
    }
}

/// Whether a route's first event was deleted.
async fn has_lost_events(db: Db<'_>, route_id: RouteId) -> Result<bool> {
    let sql = "SELECT ordinal FROM route_events WHERE route_id = $1 ORDER BY ordinal LIMIT 1";
    let first = db.optional(sql, &[&route_id.0]).await?;
    let first = first.as_ref().map(|row| count(row, "ordinal")).transpose()?;
    Ok(first.is_some_and(|first| first > 1))
}

/// The place behind the event with this ordinal.
pub(crate) async fn place_of(
    db: Db<'_>,
    route_id: RouteId,
    ordinal: Ordinal,
) -> Result<Option<RoutePlace>> {
    if ordinal == Ordinal::ZERO {
        return Ok(head(db, route_id).await?.map(|_| RoutePlace::START));
    }
    let sql = "SELECT ordinal, seq FROM route_events WHERE route_id = $1 AND ordinal = $2";
    let found = db.optional(sql, &[&route_id.0, &signed(ordinal.get())]).await?;
    found.as_ref().map(place).transpose()
}

/// The place directly after the seat event with this number.
///
/// No index has the seat events' own numbers: every sale would pay for it. A number is never above
/// its ordinal, and both rise together, so a few steps of halving find it; one step, on a route
/// that never changed. Deleted events are before all that are kept.
pub(crate) async fn place_after_seat_event(
    db: Db<'_>,
    route_id: RouteId,
    seq: Seq,
) -> Result<Option<RoutePlace>> {
    let Some(head) = head(db, route_id).await? else { return Ok(None) };
    if seq > head.seq {
        return Ok(None);
    }
    let (mut low, mut high) = (seq.get(), head.ordinal.get());
    let mut middle = low;
    while low < high {
        let place = place_of(db, route_id, Ordinal::new(middle)).await?;
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
    let sql = "SELECT ordinal, seq FROM route_events \
         WHERE route_id = $1 AND ordinal = $2 AND seat_number IS NOT NULL";
    let found = db.optional(sql, &[&route_id.0, &signed(low)]).await?;
    Ok(found.as_ref().map(place).transpose()?.filter(|found| found.seq == seq))
}
