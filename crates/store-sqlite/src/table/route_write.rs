//! `routes`, `stops`, `fares`: a departure is made, changed and deleted.

use domain::version::changed_at;
use domain::{
    NeighbourRule, Refusal, Route, RouteChange, RouteId, RoutePatch, RoutePlace, RoutePlan, Stop,
};
use jiff::Timestamp;
use rusqlite::{Connection, named_params, params};
use store::{Made, RouteView};

use super::route::required;
use super::{bus, bus_time, segment};
use crate::column::{bytes, millis, signed};
use crate::fault::{Result, one_row};

pub(crate) fn insert(
    connection: &Connection,
    id: RouteId,
    plan: &RoutePlan,
    now: Timestamp,
) -> Result<RouteView> {
    must_be_possible(connection, id, plan, None)?;
    write(connection, INSERT, id, plan, None, now)?;
    required(connection, id)
}

/// The route as it was, and the changes that its viewers must be sent.
pub(crate) fn update(
    connection: &Connection,
    id: RouteId,
    patch: RoutePatch,
    made: Made<'_>,
) -> Result<(Route, Vec<RouteChange>)> {
    let old = required(connection, id)?.route;
    let plan = patch.plan_over(&old, made.now)?;
    must_be_possible(connection, id, &plan, Some(&old))?;
    made.on(old.updated_at)?;
    write(connection, UPDATE, id, &plan, Some(&old), changed_at(old.updated_at, made.now))?;
    let changes = RouteChange::from_to(&old, &plan);
    Ok((old, changes))
}

pub(crate) fn set_head(connection: &Connection, route_id: RouteId, head: RoutePlace) -> Result<()> {
    let moved =
        connection.prepare_cached("UPDATE routes SET ordinal = ?, seq = ? WHERE id = ?")?.execute(
            params![signed(head.ordinal.get()), signed(head.seq.get()), bytes(route_id.0)],
        )?;
    one_row("moving a route's head", moved)
}

pub(crate) fn delete(connection: &Connection, id: RouteId) -> Result<()> {
    connection.prepare_cached("DELETE FROM routes WHERE id = ?")?.execute([bytes(id.0)])?;
    Ok(())
}

const INSERT: &str = "INSERT INTO routes (id, bus_id, departs_at, arrives_at, price, kind, \
     rest_stops, captain, first_driver, second_driver, assistant, is_active, neighbour_rule, \
     created_at, updated_at) VALUES (:id, :bus_id, :departs_at, :arrives_at, :price, :kind, :rest_stops, \
     :captain, :first_driver, :second_driver, :assistant, :is_active, :neighbour_rule, \
     :created_at, :updated_at)";
const UPDATE: &str = "UPDATE routes SET bus_id = :bus_id, departs_at = :departs_at, \
     arrives_at = :arrives_at, price = :price, kind = :kind, rest_stops = :rest_stops, \
     captain = :captain, first_driver = :first_driver, second_driver = :second_driver, \
     assistant = :assistant, is_active = :is_active, \
     neighbour_rule = :neighbour_rule, created_at = :created_at, \
     updated_at = :updated_at WHERE id = :id";

/// The checks against other rows.
fn must_be_possible(
    connection: &Connection,
    id: RouteId,
    plan: &RoutePlan,
    old: Option<&Route>,
) -> Result<()> {
    bus::by_id(connection, plan.bus_id)?.ok_or(Refusal::BusNotFound)?;
    bus_time::must_be_free(connection, id, plan, old)
}

fn write(
    connection: &Connection,
    sql: &str,
    id: RouteId,
    plan: &RoutePlan,
    old: Option<&Route>,
    now: Timestamp,
) -> Result<()> {
    let time_of = |stop: Option<&Stop>| stop.map_or(0, |stop| millis(stop.time));
    let (departs_at, arrives_at) = (time_of(plan.stops.first()), time_of(plan.stops.last()));
    connection.prepare_cached(sql)?.execute(named_params! {
        ":id": bytes(id.0),
        ":bus_id": bytes(plan.bus_id.0),
        ":departs_at": departs_at,
        ":arrives_at": arrives_at,
        ":price": plan.price.get(),
        ":kind": plan.kind.as_str(),
        ":rest_stops": serde_json::to_string(&plan.rest_stops)?,
        ":captain": plan.crew.captain,
        ":first_driver": plan.crew.first_driver,
        ":second_driver": plan.crew.second_driver,
        ":assistant": plan.crew.assistant,
        ":is_active": plan.is_active,
        ":neighbour_rule": plan.neighbour_rule.map(NeighbourRule::as_str),
        ":created_at": millis(old.map_or(now, |old| old.created_at)),
        ":updated_at": millis(now),
    })?;
    for table in ["DELETE FROM stops WHERE route_id = ?", "DELETE FROM fares WHERE route_id = ?"] {
        connection.prepare_cached(table)?.execute([bytes(id.0)])?;
    }
    for (index, stop) in plan.stops.iter().enumerate() {
        connection.prepare_cached("INSERT INTO stops VALUES (?, ?, ?, ?, ?, ?)")?.execute(
            params![
                bytes(id.0),
                index,
                stop.name,
                stop.key().as_str(),
                millis(stop.time),
                plan.sold_times.as_ref().and_then(|times| times.get(index)).copied().map(millis),
            ],
        )?;
    }
    for fare in &plan.fares {
        connection.prepare_cached("INSERT INTO fares VALUES (?, ?, ?, ?, ?)")?.execute(params![
            bytes(id.0),
            fare.segment.from().get(),
            fare.segment.to().get(),
            fare.price.get(),
            fare.is_sold
        ])?;
    }
    segment::write(connection, id)
}
