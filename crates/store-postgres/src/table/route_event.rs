//! `route_events`: what happens on a route, numbered per route and in commit order.
//!
//! A seat's event and a change of the route are rows of one table, because they stand in one order.

use domain::{
    EventDraft, EventTicket, Gender, Ordinal, Pnr, RouteEvent, RouteId, RoutePlace, RouteUpdate,
    SeatEvent, Seq,
};
use tokio_postgres::Row;

use crate::batch::{Batch, column};
use crate::column::{
    at, count, event_kind, get, id, money, optional_gender, optional_id, ordinal, reason,
    route_change, seat, seat_number, segment, seq, signed, time,
};
use crate::db::Db;
use crate::fault::Result;

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

/// Of all routes, behind one place and up to another.
pub(crate) async fn between(db: Db<'_>, after: u64, to: u64) -> Result<Vec<RouteEvent>> {
    let sql = concat!(
        "SELECT ",
        columns!(),
        " FROM route_events WHERE position > $1 AND position <= $2 ORDER BY position"
    );
    db.rows(sql, &[&signed(after), &signed(to)]).await?.iter().map(event).collect()
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

/// None in an event of a held or a blocked seat.
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
    let rows = db.rows(AFTER, &[&route_id.0, &signed(after.get()), &signed(limit as u64)]).await?;
    rows.iter().map(event).collect()
}

/// Behind a route's newest event; None for an unknown route.
pub(crate) async fn head(db: Db<'_>, route_id: RouteId) -> Result<Option<RoutePlace>> {
    let sql = "SELECT ordinal, seq FROM route_heads WHERE route_id = $1";
    db.optional(sql, &[&route_id.0]).await?.as_ref().map(place).transpose()
}

/// Events of one route are committed in the order of their numbers, so the newest one that is old
/// enough is found from the end: what is asked about has just happened.
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
    let found = found.as_ref().map(place).transpose()?;
    Ok(Some(found.unwrap_or(RoutePlace::START)))
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

/// The place right behind the seat event with this number.
///
/// No index has the seat events' own numbers: every sale would pay for it. A number is never above
/// its ordinal, and both rise together, so a few steps of halving find it; one, on a route that has
/// never changed.
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
        if place.is_some_and(|place| place.seq < seq) {
            low = middle + 1;
        } else {
            high = middle;
        }
        middle = low + (high - low) / 2;
    }
    place_of(db, route_id, Ordinal::new(low)).await
}
