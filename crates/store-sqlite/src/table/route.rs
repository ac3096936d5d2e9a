//! `routes`, `stops`, `fares`: a dated departure and what belongs to it, as it is read.

use std::sync::Arc;

use domain::{BusId, Crew, Fare, Refusal, Route, RouteId, RoutePlace, Stop};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, named_params};
use store::RouteView;

use super::bus;
use crate::column::{
    bytes, id, json, millis, money, neighbour_rule, optional_time, ordinal, route_kind, segment,
    seq, time,
};
use crate::fault::Result;

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

/// The same for a route that must exist: it was just named or written.
pub(crate) fn required(connection: &Connection, id: RouteId) -> Result<RouteView> {
    Ok(by_id(connection, id)?.ok_or(Refusal::RouteNotFound)?)
}

/// The routes of a bus that have not reached their last stop, and how far their events are. They
/// left no longer ago than its longest journey takes.
pub(crate) fn unfinished_on(
    connection: &Connection,
    bus_id: BusId,
    now: Timestamp,
) -> Result<Vec<(RouteId, RoutePlace)>> {
    let found = connection
        .prepare_cached(
            "SELECT id, ordinal, seq FROM routes WHERE bus_id = :bus \
             AND arrives_at > :now AND departs_at > :now - (SELECT arrives_at - departs_at \
             FROM routes WHERE bus_id = :bus ORDER BY arrives_at - departs_at DESC LIMIT 1) \
             ORDER BY departs_at, id",
        )?
        .query_map(named_params! { ":bus": bytes(bus_id.0), ":now": millis(now) }, |row| {
            Ok((id(row, "id")?, place(row)?))
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(found)
}
