//! `routes`, `stops`, `fares` and `buses`, read: departures with all that belongs to them.
//!
//! Any number of them at once: one statement for each table, for any page.

use std::collections::HashMap;
use std::sync::Arc;

use domain::{Bus, BusId, Crew, Fare, Refusal, Route, RouteId, RoutePlace, Stop};
use jiff::Timestamp;
use store::RouteView;
use tokio_postgres::Row;
use uuid::Uuid;

use super::bus;
use crate::column::{
    get, id, json, money, neighbour_rule, optional_time, ordinal, route_kind, segment, seq, time,
};
use crate::db::Db;
use crate::fault::Result;

fn route(row: &Row) -> Result<Route> {
    Ok(Route {
        id: id(row, "id")?,
        bus_id: id(row, "bus_id")?,
        // Filled in with the bus, the stops and the fares by `by_ids`.
        seat_count: 0,
        stops: Arc::default(),
        sold_times: None,
        fares: Arc::default(),
        rest_stops: json::<Vec<String>>(row, "rest_stops")?.into(),
        price: money(row, "price")?,
        kind: route_kind(row, "kind")?,
        crew: Arc::new(Crew {
            captain: get(row, "captain")?,
            first_driver: get(row, "first_driver")?,
            second_driver: get(row, "second_driver")?,
            assistant: get(row, "assistant")?,
        }),
        is_active: get(row, "is_active")?,
        neighbour_rule: neighbour_rule(row, "neighbour_rule")?,
        ordinal: ordinal(row, "ordinal")?,
        seq: seq(row, "seq")?,
        created_at: time(row, "created_at")?,
        updated_at: time(row, "updated_at")?,
    })
}

/// How far a route's events are, by its two columns.
pub(crate) fn place(row: &Row) -> Result<RoutePlace> {
    Ok(RoutePlace { ordinal: ordinal(row, "ordinal")?, seq: seq(row, "seq")? })
}

const ROUTES: &str = "SELECT r.id, r.bus_id, r.rest_stops, r.price, r.kind, r.captain, \
     r.first_driver, r.second_driver, r.assistant, r.is_active, r.neighbour_rule, r.created_at, \
     r.updated_at, coalesce(e.ordinal, 0) AS ordinal, coalesce(e.seq, 0) AS seq \
     FROM routes r LEFT JOIN LATERAL (SELECT ordinal, seq FROM route_events \
     WHERE route_events.route_id = r.id ORDER BY ordinal DESC LIMIT 1) e ON true \
     WHERE r.id = ANY($1)";
const STOPS: &str = "SELECT route_id, stop_index, name, time, sold_time FROM stops \
     WHERE route_id = ANY($1)";
const FARES: &str = "SELECT route_id, from_stop_index, to_stop_index, price, is_sold FROM fares \
     WHERE route_id = ANY($1)";

/// Departures with their stops, fares and bus; unknown ones are left out.
pub(crate) async fn by_ids(db: Db<'_>, ids: &[RouteId]) -> Result<HashMap<RouteId, RouteView>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let keys: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let values: &[&(dyn tokio_postgres::types::ToSql + Sync)] = &[&keys];
    // Sent together: three answers in one round trip.
    let (routes, stops, fares) =
        tokio::try_join!(db.rows(ROUTES, values), db.rows(STOPS, values), db.rows(FARES, values))?;
    let routes = routes.iter().map(route).collect::<Result<Vec<_>>>()?;
    let mut bus_ids: Vec<BusId> = routes.iter().map(|route| route.bus_id).collect();
    bus_ids.sort_unstable_by_key(|id| id.0);
    bus_ids.dedup();
    let buses = bus::by_ids(db, &bus_ids).await?;
    let buses: HashMap<BusId, Arc<Bus>> =
        buses.into_iter().map(|bus| (bus.id, Arc::new(bus))).collect();
    let mut stops = stops_of(&stops)?;
    let mut fares = fares_of(&fares)?;
    let view = |mut route: Route| {
        let bus = Arc::clone(buses.get(&route.bus_id)?);
        route.seat_count = bus.details.seat_count;
        let (stops, sold) = stops.remove(&route.id).unwrap_or_default();
        route.stops = stops.into();
        // Of all stops or of none: they are written together.
        route.sold_times = sold.into_iter().collect();
        route.fares = fares.remove(&route.id).unwrap_or_default().into();
        Some((route.id, RouteView { route, bus }))
    };
    // A route refers to its bus, so none is left out for a missing bus.
    Ok(routes.into_iter().filter_map(view).collect())
}

type Stops = (Vec<Stop>, Vec<Option<Timestamp>>);

/// In the order of their indexes, which the database was not asked for.
fn stops_of(rows: &[Row]) -> Result<HashMap<RouteId, Stops>> {
    let mut sorted = Vec::with_capacity(rows.len());
    for row in rows {
        let stop = Stop { name: get(row, "name")?, time: time(row, "time")? };
        let key: (RouteId, i16) = (id(row, "route_id")?, get(row, "stop_index")?);
        sorted.push((key, stop, optional_time(row, "sold_time")?));
    }
    sorted.sort_unstable_by_key(|((_, index), ..)| *index);
    let mut of_route: HashMap<RouteId, Stops> = HashMap::new();
    for ((route_id, _), stop, sold) in sorted {
        let (stops, sold_times) = of_route.entry(route_id).or_default();
        stops.push(stop);
        sold_times.push(sold);
    }
    Ok(of_route)
}

fn fares_of(rows: &[Row]) -> Result<HashMap<RouteId, Vec<Fare>>> {
    let mut of_route: HashMap<RouteId, Vec<Fare>> = HashMap::new();
    for row in rows {
        let fare = Fare {
            segment: segment(row)?,
            price: money(row, "price")?,
            is_sold: get(row, "is_sold")?,
        };
        of_route.entry(id(row, "route_id")?).or_default().push(fare);
    }
    for fares in of_route.values_mut() {
        fares.sort_unstable_by_key(|fare| (fare.segment.from(), fare.segment.to()));
    }
    Ok(of_route)
}

pub(crate) async fn by_id(db: Db<'_>, route_id: RouteId) -> Result<Option<RouteView>> {
    Ok(by_ids(db, &[route_id]).await?.remove(&route_id))
}

/// The same for a route that must exist: it was just named or written.
pub(crate) async fn required(db: Db<'_>, id: RouteId) -> Result<RouteView> {
    Ok(by_id(db, id).await?.ok_or(Refusal::RouteNotFound)?)
}

/// Those of a list, in its order.
pub(crate) async fn in_order(db: Db<'_>, ids: &[RouteId]) -> Result<Vec<RouteView>> {
    let views = by_ids(db, ids).await?;
    let view = |id| Ok(views.get(id).cloned().ok_or(Refusal::RouteNotFound)?);
    ids.iter().map(view).collect()
}
