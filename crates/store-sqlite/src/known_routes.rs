//! Departures and buses that queries have read lately: most of what a list shows of its tickets,
//! and most of what it costs to read one.
//!
//! Invariant: each answer is what the database holds at the query's own moment. Every change moves
//! a version in its own transaction (`migrations/V12__versions.sql`), and an entry is used only for
//! the version that this query has read. The writer has no part in this: what a transaction reads
//! may be undone, and its version given out again for something else.

use std::sync::Arc;

use domain::{Bus, BusId, Refusal, Route, RouteId, RoutePlace};
use quick_cache::sync::Cache;
use rusqlite::{Connection, OptionalExtension as _};
use store::RouteView;

use crate::column::{bytes, id};
use crate::fault::Result;
use crate::table::route;

/// Departures kept, at some 1 KiB each; one with thirty stops and all their fares has 40.
const ROUTES_KNOWN_MAX: usize = 2_048;

/// Buses kept, at some 1 KiB each.
const BUSES_KNOWN_MAX: usize = 1_024;

type Version = i64;

/// A cheap handle.
#[derive(Clone, Debug)]
pub(crate) struct KnownRoutes(Arc<Known>);

#[derive(Debug)]
struct Known {
    routes: Cache<RouteId, (Version, Arc<Route>)>,
    buses: Cache<BusId, (Version, Arc<Bus>)>,
}

/// The part of a departure that is always read.
struct Head {
    place: RoutePlace,
    version: Version,
    bus_id: BusId,
    bus_version: Version,
}

impl Default for KnownRoutes {
    fn default() -> Self {
        let routes = Cache::new(ROUTES_KNOWN_MAX);
        Self(Arc::new(Known { routes, buses: Cache::new(BUSES_KNOWN_MAX) }))
    }
}

impl KnownRoutes {
    /// A departure with its stops, fares and bus.
    pub(crate) fn view(&self, connection: &Connection, id: RouteId) -> Result<Option<RouteView>> {
        let Some(head) = head(connection, id)? else { return Ok(None) };
        let known = self.0.routes.get(&id).filter(|(version, _)| *version == head.version);
        let bus =
            self.0.buses.get(&head.bus_id).filter(|(version, _)| *version == head.bus_version);
        if let Some(((_, route), (_, bus))) = known.zip(bus) {
            let mut route = Route::clone(&route);
            (route.ordinal, route.seq) = (head.place.ordinal, head.place.seq);
            // The bus may have other seats by now.
            route.seat_count = bus.details.seat_count;
            return Ok(Some(RouteView { route, bus }));
        }
        let Some(mut view) = route::by_id(connection, id)? else { return Ok(None) };
        match self.0.buses.get(&head.bus_id).filter(|(version, _)| *version == head.bus_version) {
            // The same one for all of its departures.
            Some((_, bus)) => view.bus = bus,
            None => self.0.buses.insert(head.bus_id, (head.bus_version, Arc::clone(&view.bus))),
        }
        self.0.routes.insert(id, (head.version, Arc::new(view.route.clone())));
        Ok(Some(view))
    }

    /// The same for a departure that was just named.
    pub(crate) fn required(&self, connection: &Connection, id: RouteId) -> Result<RouteView> {
        Ok(self.view(connection, id)?.ok_or(Refusal::RouteNotFound)?)
    }
}

fn head(connection: &Connection, route_id: RouteId) -> Result<Option<Head>> {
    let found = connection
        .prepare_cached(
            "SELECT routes.ordinal, routes.seq, routes.version, bus_id, buses.version AS bus_version \
             FROM routes CROSS JOIN buses ON buses.id = bus_id WHERE routes.id = ?",
        )?
        .query_row([bytes(route_id.0)], |row| {
            Ok(Head {
                place: route::place(row)?,
                version: row.get("version")?,
                bus_id: id(row, "bus_id")?,
                bus_version: row.get("bus_version")?,
            })
        })
        .optional()?;
    Ok(found)
}
