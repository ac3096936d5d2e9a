//! `routes`, `stops`, `fares`, written: a dated departure and what belongs to it.
//!
//! None of its columns has how far its events are ([`super::route_view`]).

use domain::RoutePlan;
use domain::version::changed_at;
use domain::{
    BusId, NeighbourRule, Refusal, Route, RouteChange, RouteId, RoutePatch, RoutePlace, Segment,
};
use jiff::Timestamp;
use store::{Made, RouteView};
use tokio_postgres::types::{Json, ToSql};

use super::route_view::{place, required};
use super::{bus, bus_time, segment};
use crate::column::{at, id};
use crate::db::Db;
use crate::fault::{Result, these_rows};

const INSERT: &str = "INSERT INTO routes (id, bus_id, departs_at, arrives_at, price, kind, \
     rest_stops, captain, first_driver, second_driver, assistant, is_active, neighbour_rule, \
     created_at, updated_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
const UPDATE: &str = "UPDATE routes SET bus_id = $2, departs_at = $3, arrives_at = $4, price = $5, \
     kind = $6, rest_stops = $7, captain = $8, first_driver = $9, second_driver = $10, \
     assistant = $11, is_active = $12, neighbour_rule = $13, created_at = $14, updated_at = $15 \
     WHERE id = $1";

/// The checks against other rows.
async fn must_be_possible(
    db: Db<'_>,
    id: RouteId,
    plan: &RoutePlan,
    old: Option<&Route>,
) -> Result<()> {
    bus::by_id(db, plan.bus_id).await?.ok_or(Refusal::BusNotFound)?;
    bus_time::must_be_free(db, id, plan, old).await
}

async fn write(
    db: Db<'_>,
    id: RouteId,
    plan: &RoutePlan,
    old: Option<&Route>,
    now: Timestamp,
) -> Result<()> {
    let (Some(first), Some(last)) = (plan.stops.first(), plan.stops.last()) else {
        unreachable!("a plan has at least two stops")
    };
    let sql = if old.is_none() { INSERT } else { UPDATE };
    let values: &[&(dyn ToSql + Sync)] = &[
        &id.0,
        &plan.bus_id.0,
        &at(first.time),
        &at(last.time),
        &plan.price.get(),
        &plan.kind.as_str(),
        &Json(&plan.rest_stops),
        &plan.crew.captain,
        &plan.crew.first_driver,
        &plan.crew.second_driver,
        &plan.crew.assistant,
        &plan.is_active,
        &plan.neighbour_rule.map(NeighbourRule::as_str),
        &at(old.map_or(now, |old| old.created_at)),
        &at(now),
    ];
    these_rows("writing a departure", db.execute(sql, values).await?, 1)?;
    if old.is_some() {
        for table in
            ["DELETE FROM stops WHERE route_id = $1", "DELETE FROM fares WHERE route_id = $1"]
        {
            db.execute(table, &[&id.0]).await?;
        }
    }
    write_stops(db, id, plan).await?;
    write_fares(db, id, plan).await?;
    segment::write(db, id).await
}

async fn write_stops(db: Db<'_>, id: RouteId, plan: &RoutePlan) -> Result<()> {
    let names: Vec<&str> = plan.stops.iter().map(|stop| stop.name.as_str()).collect();
    let keys: Vec<String> = plan.stops.iter().map(|stop| stop.key().as_str().to_owned()).collect();
    let times: Vec<Timestamp> = plan.stops.iter().map(|stop| at(stop.time)).collect();
    let sold = plan.sold_times.as_deref();
    let sold: Vec<Option<Timestamp>> =
        (0..names.len()).map(|index| sold?.get(index).copied().map(at)).collect();
    let inserted = db
        .execute(
            "INSERT INTO stops (route_id, stop_index, name, city_key, time, sold_time) \
         SELECT $1, (place - 1)::smallint, name, city_key, time, sold_time \
         FROM unnest($2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[]) \
         WITH ORDINALITY AS stop (name, city_key, time, sold_time, place)",
            &[&id.0, &names, &keys, &times, &sold],
        )
        .await?;
    these_rows("writing a departure's stops", inserted, names.len())
}

async fn write_fares(db: Db<'_>, id: RouteId, plan: &RoutePlan) -> Result<()> {
    if plan.fares.is_empty() {
        return Ok(());
    }
    let stops = |stop: fn(&Segment) -> usize| -> Vec<i16> {
        plan.fares.iter().map(|fare| stop_index(stop(&fare.segment))).collect()
    };
    let from = stops(|segment| usize::from(segment.from().get()));
    let to = stops(|segment| usize::from(segment.to().get()));
    let prices: Vec<i64> = plan.fares.iter().map(|fare| fare.price.get()).collect();
    let sold: Vec<bool> = plan.fares.iter().map(|fare| fare.is_sold).collect();
    let inserted = db.execute("INSERT INTO fares (route_id, from_stop_index, to_stop_index, price, is_sold) \
         SELECT $1, fare.* FROM unnest($2::smallint[], $3::smallint[], $4::bigint[], $5::boolean[]) \
         AS fare (from_stop_index, to_stop_index, price, is_sold)",
        &[&id.0, &from, &to, &prices, &sold],
    )
    .await?;
    these_rows("writing a departure's fares", inserted, prices.len())
}

pub(crate) fn stop_index(index: usize) -> i16 {
    let Ok(index) = i16::try_from(index) else { unreachable!("a route has a few dozen stops") };
    index
}

pub(crate) async fn insert(
    db: Db<'_>,
    id: RouteId,
    plan: &RoutePlan,
    now: Timestamp,
) -> Result<RouteView> {
    must_be_possible(db, id, plan, None).await?;
    write(db, id, plan, None, now).await?;
    required(db, id).await
}

/// The route as it was, and the changes that its viewers must be sent.
pub(crate) async fn update(
    db: Db<'_>,
    id: RouteId,
    patch: RoutePatch,
    made: Made<'_>,
) -> Result<(Route, Vec<RouteChange>)> {
    let old = required(db, id).await?.route;
    let plan = patch.plan_over(&old, made.now)?;
    must_be_possible(db, id, &plan, Some(&old)).await?;
    made.on(old.updated_at)?;
    write(db, id, &plan, Some(&old), changed_at(old.updated_at, made.now)).await?;
    let changes = RouteChange::from_to(&old, &plan);
    Ok((old, changes))
}

/// The routes of a bus that have not reached their last stop, and how far their events are.
pub(crate) async fn unfinished_on(
    db: Db<'_>,
    bus_id: BusId,
    now: Timestamp,
) -> Result<Vec<(RouteId, RoutePlace)>> {
    let sql = "SELECT id, coalesce(e.ordinal, 0) AS ordinal, coalesce(e.seq, 0) AS seq FROM routes \
         LEFT JOIN LATERAL (SELECT ordinal, seq FROM route_events WHERE route_id = routes.id \
         ORDER BY ordinal DESC LIMIT 1) e ON true \
         WHERE bus_id = $1 AND arrives_at > $2 ORDER BY departs_at, id";
    let found = db.rows(sql, &[&bus_id.0, &at(now)]).await?;
    found.iter().map(|row| Ok((id(row, "id")?, place(row)?))).collect()
}

/// With its stops, fares and segments.
pub(crate) async fn delete(db: Db<'_>, id: RouteId) -> Result<()> {
    let deleted = db.execute("DELETE FROM routes WHERE id = $1", &[&id.0]).await?;
    these_rows("deleting a departure", deleted, 1)
}
