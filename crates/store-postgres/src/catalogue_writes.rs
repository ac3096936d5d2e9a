//! Writes of what can be sold, inside the clock. The events that viewers of a route get from them
//! are in [`crate::route_changes`].

use domain::audit;
use store::{CatalogueWrite, Done, Made};

use crate::fault::Result;
use crate::group::Inside;
use crate::route_changes;
use crate::table::{bus, bus_feature, bus_token, route, seat_layout, station};

/// A refusal may come after a first statement: then the caller undoes it. Each change is noted in
/// [`Inside::audited`], with the old and the new state.
pub(crate) async fn write(
    inside: &mut Inside<'_>,
    write: &CatalogueWrite,
    made: Made<'_>,
) -> Result<Done> {
    let db = inside.db;
    Ok(match write {
        CatalogueWrite::CreateRoute(id, plan) => {
            let view = route::insert(db, *id, plan, made.now).await?;
            inside.audited.extend(audit::of_route(None, Some(&view.route)));
            Done::Route(Box::new(view))
        }
        CatalogueWrite::ChangeRoute(id, patch) => {
            let view = route_changes::update_route(inside, *id, patch.clone(), made).await?;
            Done::Route(Box::new(view))
        }
        CatalogueWrite::DeleteRoute(id) => {
            Done::Route(Box::new(route_changes::delete_route(inside, *id, made).await?))
        }
        CatalogueWrite::CreateBus(id, details) => {
            let bus = bus::insert(db, *id, details.clone(), made.now).await?;
            inside.audited.extend(audit::of_bus(None, Some(&bus)));
            Done::Bus(Box::new(bus))
        }
        CatalogueWrite::ChangeBus(id, patch) => {
            Done::Bus(Box::new(route_changes::update_bus(inside, *id, patch.clone(), made).await?))
        }
        CatalogueWrite::DeleteBus(id) => {
            let old = bus::delete(db, *id, made).await?;
            inside.audited.extend(audit::of_bus(Some(&old), None));
            Done::Bus(Box::new(old))
        }
        CatalogueWrite::CreateSeatLayout(layout) => {
            seat_layout::insert(db, layout).await?;
            inside.audited.extend(audit::of_layout(None, Some(layout)));
            Done::SeatLayout(Box::new(layout.clone()))
        }
        CatalogueWrite::ChangeSeatLayout(id, patch) => {
            let layout =
                route_changes::update_seat_layout(inside, *id, patch.clone(), made).await?;
            Done::SeatLayout(Box::new(layout))
        }
        CatalogueWrite::DeleteSeatLayout(id) => {
            let old = seat_layout::delete(db, *id, made).await?;
            inside.audited.extend(audit::of_layout(Some(&old), None));
            Done::SeatLayout(Box::new(old))
        }
        CatalogueWrite::CreateBusFeature(feature) => {
            bus_feature::insert(db, feature).await?;
            inside.audited.extend(audit::of_feature(None, Some(feature)));
            Done::BusFeature(feature.clone())
        }
        CatalogueWrite::ChangeBusFeature(id, patch) => Done::BusFeature(
            route_changes::update_bus_feature(inside, *id, patch.clone(), made).await?,
        ),
        CatalogueWrite::DeleteBusFeature(id) => {
            Done::BusFeature(route_changes::delete_bus_feature(inside, *id, made).await?)
        }
        CatalogueWrite::GiveBusToken(id, digest) => {
            let bus = bus_token::save(db, *id, *digest, made.now).await?;
            inside.audited.push(audit::of_bus_token(&bus, true));
            Done::Bus(Box::new(bus))
        }
        CatalogueWrite::RevokeBusToken(id) => {
            let (bus, had_one) = bus_token::delete(db, *id).await?;
            inside.audited.extend(had_one.then(|| audit::of_bus_token(&bus, false)));
            Done::Bus(Box::new(bus))
        }
        CatalogueWrite::CreateStation(station) => {
            station::insert(db, station).await?;
            inside.audited.extend(audit::of_station(None, Some(station)));
            Done::Station(station.clone())
        }
        CatalogueWrite::ChangeStation(id, patch) => {
            let (old, station) = station::change(db, *id, patch, made).await?;
            inside.audited.extend(audit::of_station(Some(&old), Some(&station)));
            Done::Station(station)
        }
        CatalogueWrite::DeleteStation(id) => {
            let old = station::delete(db, *id, made).await?;
            inside.audited.extend(audit::of_station(Some(&old), None));
            Done::Station(old)
        }
    })
}
