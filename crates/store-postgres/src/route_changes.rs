//! Changes of a route that are no sale: written, and sent in the order of the seats' events.
//!
//! Inside the clock, like a sale: the change is stored exactly if viewers are sent its event. The
//! domain decides what counts as a change.

use domain::audit;
use domain::version::changed_at;
use domain::{
    Bus, BusFeature, BusFeaturePatch, BusId, BusPatch, FeatureId, LayoutId, Refusal, RouteChange,
    RouteId, RoutePatch, SeatLayout, SeatLayoutPatch, Seq,
};
use store::{Made, RouteView};

use crate::column::at;
use crate::fault::Result;
use crate::group::Inside;
use crate::table::{bus, bus_feature, route, route_view, seat_layout};

pub(crate) async fn update_route(
    inside: &mut Inside<'_>,
    id: RouteId,
    patch: RoutePatch,
    made: Made<'_>,
) -> Result<RouteView> {
    inside.set.facts().forget_route(id);
    let (old, changes) = route::update(inside.db, id, patch, made).await?;
    inside.tell(id, old.head(), &changes, made.now).await?;
    let view = route_view::required(inside.db, id).await?;
    inside.audited.extend(audit::of_route(Some(&old), Some(&view.route)));
    Ok(view)
}

/// The events of a deleted route stay: positions are never given again, and a viewer that is behind
/// must also be sent the end.
pub(crate) async fn delete_route(
    inside: &mut Inside<'_>,
    id: RouteId,
    made: Made<'_>,
) -> Result<RouteView> {
    inside.set.facts().forget_route(id);
    let view = route_view::required(inside.db, id).await?;
    let old = &view.route;
    if old.seq > Seq::ZERO {
        return Err(Refusal::RouteHasEvents.into());
    }
    made.on(old.updated_at)?;
    route::delete(inside.db, id).await?;
    inside.tell(id, old.head(), &[RouteChange::Deleted], made.now).await?;
    inside.audited.extend(audit::of_route(Some(old), None));
    Ok(view)
}

/// Other seats are a change of every route that the bus has yet to finish.
pub(crate) async fn update_bus(
    inside: &mut Inside<'_>,
    id: BusId,
    patch: BusPatch,
    made: Made<'_>,
) -> Result<Bus> {
    // Any kept route may have this bus.
    inside.set.facts().forget_routes();
    let (old, bus) = bus::update(inside.db, id, patch, made).await?;
    inside.audited.extend(audit::of_bus(Some(&old), Some(&bus)));
    if bus.details.seats_differ(&old.details) {
        for (route_id, head) in route::unfinished_on(inside.db, id, made.now).await? {
            inside.tell(route_id, head, &[RouteChange::Bus], made.now).await?;
        }
    }
    Ok(bus)
}

/// Every bus that has a layout changes with it, or the layout stays as it is.
pub(crate) async fn update_seat_layout(
    inside: &mut Inside<'_>,
    id: LayoutId,
    patch: SeatLayoutPatch,
    made: Made<'_>,
) -> Result<SeatLayout> {
    let db = inside.db;
    let old = seat_layout::named(db, id).await?;
    let updated_at = at(changed_at(old.updated_at, made.now));
    let kept = patch.over(&old, updated_at).validate().map_err(Refusal::Invalid)?;
    let buses = seat_layout::users(db, id).await?;
    if !buses.is_empty() && kept.layout.usable_seats() != old.layout.usable_seats() {
        return Err(Refusal::LayoutInUse.into());
    }
    made.on(old.updated_at)?;
    seat_layout::update(db, &kept).await?;
    inside.audited.extend(audit::of_layout(Some(&old), Some(&kept)));
    for bus in buses {
        // The bus takes its layout again, without any other change.
        update_bus(inside, bus, BusPatch::default(), made.along()).await?;
    }
    Ok(kept)
}

/// Every bus that has a feature shows it as it is now.
pub(crate) async fn update_bus_feature(
    inside: &mut Inside<'_>,
    id: FeatureId,
    patch: BusFeaturePatch,
    made: Made<'_>,
) -> Result<BusFeature> {
    let old = bus_feature::by_id(inside.db, id).await?.ok_or(Refusal::FeatureNotFound)?;
    let feature = patch.over(old.clone()).validate().map_err(Refusal::Invalid)?;
    bus_feature::update(inside.db, &feature).await?;
    inside.audited.extend(audit::of_feature(Some(&old), Some(&feature)));
    for bus in bus_feature::users(inside.db, id).await? {
        change_features(inside, bus, |_| true, made).await?;
    }
    Ok(feature)
}

/// Every bus that had it goes on without.
pub(crate) async fn delete_bus_feature(
    inside: &mut Inside<'_>,
    id: FeatureId,
    made: Made<'_>,
) -> Result<BusFeature> {
    let old = bus_feature::by_id(inside.db, id).await?.ok_or(Refusal::FeatureNotFound)?;
    for bus in bus_feature::users(inside.db, id).await? {
        change_features(inside, bus, |feature| feature != id, made).await?;
    }
    bus_feature::delete(inside.db, id).await?;
    inside.audited.extend(audit::of_feature(Some(&old), None));
    Ok(old)
}

/// Writes the features that stay on a bus.
async fn change_features(
    inside: &mut Inside<'_>,
    id: BusId,
    stays: impl Fn(FeatureId) -> bool,
    made: Made<'_>,
) -> Result<()> {
    let bus = bus::by_id(inside.db, id).await?.ok_or(Refusal::BusNotFound)?;
    let ids = bus.details.features.iter().map(|feature| feature.id);
    let features = Some(ids.filter(|id| stays(*id)).collect());
    // Its seats stay, so there is no event.
    update_bus(inside, id, BusPatch { features, ..BusPatch::default() }, made.along()).await?;
    Ok(())
}
