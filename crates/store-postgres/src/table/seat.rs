//! `seat_legs`, and the live tickets, holds and blocks that stand behind them: which seats are
//! taken.

use std::collections::HashMap;

use domain::{Holder, NeighbourRule, Pnr, RouteId, SeatLegs, SeatSnapshot, Sitters, TakenSeat};
use store::{TakenLeg, holder_columns, holder_of, shown_status, taken_seats};
use tokio_postgres::Row;
use uuid::Uuid;

use super::route_view;
use crate::column::{
    bad, gender, get, id, optional_gender, read, seat, stored_seat, ticket_status,
};
use crate::db::Db;
use crate::fault::Result;

pub(crate) fn columns(holder: Holder) -> (i16, Uuid) {
    let (kind, id) = holder_columns(holder);
    (i16::from(kind), id)
}

pub(crate) fn holder(row: &Row) -> Result<Holder> {
    let id: Uuid = id(row, "holder_id")?;
    read(row, "holder_kind", |kind: i16| stored_holder(kind, id))
}

/// The holders of legs on these routes.
pub(crate) async fn legs(db: Db<'_>, routes: &[RouteId]) -> Result<HashMap<RouteId, SeatLegs>> {
    let routes: Vec<Uuid> = routes.iter().map(|id| id.0).collect();
    // One row for each route: a bus has hundreds of legs, and a row of its own for each costs the
    // most.
    let sql = "SELECT n.id AS route_id, l.seats, l.legs, l.kinds, l.holders \
         FROM unnest($1::uuid[]) AS n (id) CROSS JOIN LATERAL ( \
         SELECT array_agg(seat_number) AS seats, array_agg(leg) AS legs, \
         array_agg(holder_kind) AS kinds, array_agg(holder_id) AS holders \
         FROM seat_legs WHERE seat_legs.route_id = n.id) l WHERE l.seats IS NOT NULL";
    let rows = db.rows(sql, &[&routes]).await?;
    rows.iter().map(|row| Ok((id(row, "route_id")?, legs_of_route(row)?))).collect()
}

/// From arrays of one length.
fn legs_of_route(row: &Row) -> Result<SeatLegs> {
    let (numbers, positions): (Vec<i16>, Vec<i16>) = (get(row, "seats")?, get(row, "legs")?);
    let (kinds, ids): (Vec<i16>, Vec<Uuid>) = (get(row, "kinds")?, get(row, "holders")?);
    let mut legs = SeatLegs::default();
    for (((number, position), kind), id) in numbers.iter().zip(positions).zip(kinds).zip(ids) {
        let seat = stored_seat(*number).ok_or_else(|| bad("seats"))?;
        let leg = stored_leg(position).ok_or_else(|| bad("legs"))?;
        let holder = stored_holder(kind, id).ok_or_else(|| bad("kinds"))?;
        legs.set(seat, leg, Some(holder));
    }
    Ok(legs)
}

fn stored_leg(leg: i16) -> Option<u8> {
    u8::try_from(leg).ok()
}

pub(crate) fn stored_holder(kind: i16, id: Uuid) -> Option<Holder> {
    holder_of(u8::try_from(kind).ok()?, id)
}

fn leg(row: &Row) -> Result<u8> {
    read(row, "leg", stored_leg)
}

/// Passengers with a seat on the routes that have a neighbour rule, their own or the company's
/// default.
pub(crate) async fn sitters(
    db: Db<'_>,
    routes: &[RouteId],
    house: NeighbourRule,
) -> Result<HashMap<RouteId, Sitters>> {
    let routes: Vec<Uuid> = routes.iter().map(|id| id.0).collect();
    let sql = "SELECT t.route_id, t.id, t.gender, t.pnr FROM tickets t WHERE t.id = ANY(ARRAY(\
         SELECT holder_id FROM seat_legs WHERE holder_kind = 0 AND route_id = ANY(ARRAY(\
         SELECT id FROM routes WHERE id = ANY($1) AND coalesce(neighbour_rule, $2) <> $3))))";
    let (house, off) = (house.as_str(), NeighbourRule::Off.as_str());
    let mut sitters: HashMap<RouteId, Sitters> = HashMap::new();
    for row in db.rows(sql, &[&routes, &house, &off]).await? {
        let of_route = sitters.entry(id(&row, "route_id")?).or_default();
        of_route.put(id(&row, "id")?, gender(&row, "gender")?, Pnr::from_stored(get(&row, "pnr")?));
    }
    Ok(sitters)
}

fn taken_leg(row: &Row) -> Result<TakenLeg> {
    let holder = holder(row)?;
    let status = shown_status(holder, || ticket_status(row, "status"))?;
    let (seat, gender) = (seat(row, "seat_number")?, optional_gender(row, "gender")?);
    Ok(TakenLeg { seat, leg: leg(row)?, holder, status, gender })
}

/// Through the legs that are taken: a route may have many more tickets, because every reservation
/// that ran out left one. A run of legs with one holder is a piece.
async fn taken(db: Db<'_>, route_id: RouteId) -> Result<Vec<TakenSeat>> {
    let sql = "SELECT l.seat_number, l.leg, l.holder_kind, l.holder_id, t.status, t.gender \
         FROM seat_legs l LEFT JOIN tickets t ON t.id = l.holder_id \
         WHERE l.route_id = $1 ORDER BY l.seat_number, l.leg";
    let rows = db.rows(sql, &[&route_id.0]).await?;
    let legs: Vec<TakenLeg> = rows.iter().map(taken_leg).collect::<Result<_>>()?;
    Ok(taken_seats(&legs))
}

pub(crate) async fn snapshot(db: Db<'_>, route_id: RouteId) -> Result<Option<SeatSnapshot>> {
    let Some(view) = route_view::by_id(db, route_id).await? else { return Ok(None) };
    let taken = taken(db, route_id).await?;
    Ok(Some(SeatSnapshot { seq: view.route.seq, route: view.route, bus: view.bus, taken }))
}
