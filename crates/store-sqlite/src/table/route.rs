//! `routes`, `stops`, `fares`: a dated departure and what belongs to it.

use std::sync::Arc;

use domain::RoutePlan;
use domain::version::changed_at;
use domain::{
    BusId, Crew, Fare, NeighbourRule, Refusal, Route, RouteChange, RouteId, RoutePatch, RoutePlace,
    Stop,
};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, named_params, params};
use store::{Made, RouteView};

use super::{bus, bus_time, segment};
use crate::column::{
    bytes, id, json, millis, money, neighbour_rule, optional_time, ordinal, route_kind, segment,
    seq, signed, time,
};
use crate::fault::{Result, one_row};

fn route(row: &Row<'_>) -> rusqlite::Result<Route> {
    Ok(Route {
        id: id(row, "id")?,
        bus_id: id(row, "bus_id")?,
        // Filled in with the bus, the stops and the fares by `load`.
        seat_count: 0,
        stops: Arc::default(),
        sold_times: None,
        fares: Arc::default(),
        rest_stops: json::<Vec<String>>(row, "rest_stops")?.into(),
        price: money(row, "price")?,
        kind: route_kind(row, "kind")?,
        crew: Arc::new(Crew {
            captain: row.get("captain")?,
            first_driver: row.get("first_driver")?,
            second_driver: row.get("second_driver")?,
            assistant: row.get("assistant")?,
        }),
        is_active: row.get("is_active")?,
        neighbour_rule: neighbour_rule(row, "neighbour_rule")?,
        ordinal: ordinal(row, "ordinal")?,
        seq: seq(row, "seq")?,
        created_at: time(row, "created_at")?,
        updated_at: time(row, "updated_at")?,
    })
}

/// A route with its stops, fares and bus.
pub(crate) fn by_id(connection: &Connection, route_id: RouteId) -> Result<Option<RouteView>> {
    let key = bytes(route_id.0);
    let found = connection
        .prepare_cached("SELECT * FROM routes WHERE id = ?")?
        .query_row([key], route)
        .optional()?;
    let Some(mut route) = found else { return Ok(None) };
    let bus = bus::of_route(connection, route.bus_id)?;
    route.seat_count = bus.details.seat_count;
    let mut stops = connection.prepare_cached(
        "SELECT name, time, sold_time FROM stops WHERE route_id = ? ORDER BY stop_index",
    )?;
    let stops = stops.query_map([key], |row| {
        let stop = Stop { name: row.get("name")?, time: time(row, "time")? };
        Ok((stop, optional_time(row, "sold_time")?))
    })?;
    let (stops, sold): (Vec<_>, Vec<_>) =
        stops.collect::<rusqlite::Result<Vec<_>>>()?.into_iter().unzip();
    route.stops = stops.into();
    // Of all stops or of none: they are written together.
    route.sold_times = sold.into_iter().collect();
    route.fares = connection
        .prepare_cached(
            "SELECT * FROM fares WHERE route_id = ? ORDER BY from_stop_index, to_stop_index",
        )?
        .query_map([key], |row| {
            let (price, is_sold) = (money(row, "price")?, row.get("is_sold")?);
            Ok(Fare { segment: segment(row)?, price, is_sold })
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(Some(RouteView { route, bus }))
}

/// How far a route's events are, by its two columns.
pub(crate) fn place(row: &Row<'_>) -> rusqlite::Result<RoutePlace> {
    Ok(RoutePlace { ordinal: ordinal(row, "ordinal")?, seq: seq(row, "seq")? })
}

/// Only how far its events are.
pub(crate) fn head(connection: &Connection, route_id: RouteId) -> Result<Option<RoutePlace>> {
    let found = connection
        .prepare_cached("SELECT ordinal, seq FROM routes WHERE id = ?")?
        .query_row([bytes(route_id.0)], place)
        .optional()?;
    Ok(found)
}

pub(crate) fn set_head(connection: &Connection, route_id: RouteId, head: RoutePlace) -> Result<()> {
    let moved =
        connection.prepare_cached("UPDATE routes SET ordinal = ?, seq = ? WHERE id = ?")?.execute(
            params![signed(head.ordinal.get()), signed(head.seq.get()), bytes(route_id.0)],
        )?;
    one_row("moving a route's head", moved)
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

/// What other rows have to say to it.
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

/// The same of a route that somebody has just named or written.
pub(crate) fn required(connection: &Connection, id: RouteId) -> Result<RouteView> {
    Ok(by_id(connection, id)?.ok_or(Refusal::RouteNotFound)?)
}

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

/// The route as it was, and what of the change its viewers have to be told.
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

/// The routes of a bus that have not reached their last stop, and how far their events are.
pub(crate) fn unfinished_on(
    connection: &Connection,
    bus_id: BusId,
    now: Timestamp,
) -> Result<Vec<(RouteId, RoutePlace)>> {
    let found = connection
        .prepare_cached(
            "SELECT id, ordinal, seq FROM routes WHERE bus_id = ? AND EXISTS (SELECT 1 FROM stops \
             WHERE route_id = routes.id AND time > ?) ORDER BY departs_at, id",
        )?
        .query_map(params![bytes(bus_id.0), millis(now)], |row| Ok((id(row, "id")?, place(row)?)))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(found)
}

pub(crate) fn delete(connection: &Connection, id: RouteId) -> Result<()> {
    connection.prepare_cached("DELETE FROM routes WHERE id = ?")?.execute([bytes(id.0)])?;
    Ok(())
}
