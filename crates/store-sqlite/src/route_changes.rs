//! Changes of a route that are no sale: written, and sent in the order of the seats' events.
//!
//! Inside the writer's transaction, like a sale: the change is stored exactly if viewers are sent
//! its event. The domain decides what counts as a change.

use domain::audit;
use domain::version::changed_at;
use domain::{
    Bus, BusFeature, BusFeaturePatch, BusId, BusPatch, FeatureId, LayoutId, Refusal, RouteChange,
    RouteEvent, RouteId, RoutePatch, RoutePlace, RouteUpdate, SeatLayout, SeatLayoutPatch, Seq,
};
use jiff::Timestamp;
use store::{Made, RouteView};

use crate::fault::Result;
use crate::inside::Inside;
use crate::table::{bus, bus_feature, route, route_event, route_write, seat_layout};

pub(crate) fn update_route(
    inside: &mut Inside<'_>,
    id: RouteId,
    patch: RoutePatch,
    made: Made<'_>,
) -> Result<RouteView> {
    inside.set.facts().forget_route(id);
    let (old, changes) = route_write::update(inside.connection, id, patch, made)?;
    let head = tell(inside, id, old.head(), &changes, made.now)?;
    route_write::set_head(inside.connection, id, head)?;
    let view = route::required(inside.connection, id)?;
    inside.audited.extend(audit::of_route(Some(&old), Some(&view.route)));
    Ok(view)
}

/// The events of a deleted route stay: positions are never given again, and a viewer that is behind
/// must also be sent the end.
pub(crate) fn delete_route(
    inside: &mut Inside<'_>,
    id: RouteId,
    made: Made<'_>,
) -> Result<RouteView> {
    inside.set.facts().forget_route(id);
    let view = route::required(inside.connection, id)?;
    let old = &view.route;
    if old.seq > Seq::ZERO {
        return Err(Refusal::RouteHasEvents.into());
    }
    made.on(old.updated_at)?;
    route_write::delete(inside.connection, id)?;
    tell(inside, id, old.head(), &[RouteChange::Deleted], made.now)?;
    inside.audited.extend(audit::of_route(Some(old), None));
    Ok(view)
}

/// Other seats are a change of every route that the bus has yet to finish.
pub(crate) fn update_bus(
    inside: &mut Inside<'_>,
    id: BusId,
    patch: BusPatch,
    made: Made<'_>,
) -> Result<Bus> {
    // Any kept route may have this bus.
    inside.set.facts().forget_routes();
    change_bus(inside, id, patch, made)
}

/// Every bus that has a layout changes with it, or the layout stays as it is.
pub(crate) fn update_seat_layout(
    inside: &mut Inside<'_>,
    id: LayoutId,
    patch: SeatLayoutPatch,
    made: Made<'_>,
) -> Result<SeatLayout> {
    inside.set.facts().forget_routes();
    let old = seat_layout::by_id(inside.connection, id)?.ok_or(Refusal::LayoutNotFound)?;
    let kept = patch
        .over(&old, changed_at(old.updated_at, made.now))
        .validate()
        .map_err(Refusal::Invalid)?;
    let buses = seat_layout::users(inside.connection, id)?;
    if !buses.is_empty() && kept.layout.usable_seats() != old.layout.usable_seats() {
        return Err(Refusal::LayoutInUse.into());
    }
    made.on(old.updated_at)?;
    seat_layout::update(inside.connection, &kept)?;
    inside.audited.extend(audit::of_layout(Some(&old), Some(&kept)));
    for bus in buses {
        // The bus takes its layout again, without any other change.
        change_bus(inside, bus, BusPatch::default(), made.along())?;
    }
    Ok(kept)
}

/// Every bus that has a feature shows it as it is now.
pub(crate) fn update_bus_feature(
    inside: &mut Inside<'_>,
    id: FeatureId,
    patch: BusFeaturePatch,
    made: Made<'_>,
) -> Result<BusFeature> {
    let old = bus_feature::by_id(inside.connection, id)?.ok_or(Refusal::FeatureNotFound)?;
    let feature = patch.over(old.clone()).validate().map_err(Refusal::Invalid)?;
    bus_feature::update(inside.connection, &feature)?;
    inside.audited.extend(audit::of_feature(Some(&old), Some(&feature)));
    for bus in bus_feature::users(inside.connection, id)? {
        change_features(inside, bus, |_| true, made)?;
    }
    Ok(feature)
}

/// Every bus that had it goes on without.
pub(crate) fn delete_bus_feature(
    inside: &mut Inside<'_>,
    id: FeatureId,
    made: Made<'_>,
) -> Result<BusFeature> {
    let old = bus_feature::by_id(inside.connection, id)?.ok_or(Refusal::FeatureNotFound)?;
    for bus in bus_feature::users(inside.connection, id)? {
        change_features(inside, bus, |feature| feature != id, made)?;
    }
    bus_feature::delete(inside.connection, id)?;
    inside.audited.extend(audit::of_feature(Some(&old), None));
    Ok(old)
}

/// Writes the features that stay on a bus.
fn change_features(
    inside: &mut Inside<'_>,
    id: BusId,
    stays: impl Fn(FeatureId) -> bool,
    made: Made<'_>,
) -> Result<()> {
    inside.set.facts().forget_routes();
    let bus = bus::by_id(inside.connection, id)?.ok_or(Refusal::BusNotFound)?;
    let ids = bus.details.features.iter().map(|feature| feature.id);
    let features = Some(ids.filter(|id| stays(*id)).collect());
    let patch = BusPatch { features, ..BusPatch::default() };
    let (old, bus) = bus::update(inside.connection, id, patch, made.along())?;
    inside.audited.extend(audit::of_bus(Some(&old), Some(&bus)));
    Ok(())
}

fn change_bus(inside: &mut Inside<'_>, id: BusId, patch: BusPatch, made: Made<'_>) -> Result<Bus> {
    let (old, bus) = bus::update(inside.connection, id, patch, made)?;
    inside.audited.extend(audit::of_bus(Some(&old), Some(&bus)));
    if bus.details.seats_differ(&old.details) {
        for (route_id, head) in route::unfinished_on(inside.connection, id, made.now)? {
            let head = tell(inside, route_id, head, &[RouteChange::Bus], made.now)?;
            route_write::set_head(inside.connection, route_id, head)?;
        }
    }
    Ok(bus)
}

/// Writes the changes after the route's last event, and notes its new head.
fn tell(
    inside: &mut Inside<'_>,
    route_id: RouteId,
    head: RoutePlace,
    changes: &[RouteChange],
    at: Timestamp,
) -> Result<RoutePlace> {
    let mut place = head;
    for change in changes {
        place = place.after_route_change();
        let position = inside.set.facts().next_position();
        let update = RouteUpdate { route_id, place, position, change: *change, at };
        route_event::insert_change(inside.connection, &update)?;
        inside.events.push(RouteEvent::Update(update));
    }
    Ok(place)
}
