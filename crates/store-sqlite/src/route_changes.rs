//! Changes of a route that are no sale: written, and told in the order of the seats' events.
//!
//! Inside the writer's transaction, like a sale: the change is there exactly if viewers are told of
//! it. What counts as one is the domain's business.

use domain::version::changed_at;
use domain::{
    Bus, BusId, BusPatch, LayoutId, Refusal, RouteChange, RouteEvent, RouteId, RoutePatch,
    RoutePlace, SeatLayout, SeatLayoutPatch, Seq,
};
use jiff::Timestamp;
use store::RouteView;

use crate::door::Made;
use crate::fault::Result;
use crate::group::Inside;
use crate::table::{bus, route, route_event, seat_layout};

pub(crate) fn update_route(
    inside: &mut Inside<'_>,
    id: RouteId,
    patch: RoutePatch,
    made: Made<'_>,
) -> Result<RouteView> {
    inside.set.facts().forget_route(id);
    let (old, changes) = route::update(inside.connection, id, patch, made)?;
    let head = tell(inside, id, old.head(), &changes, made.now)?;
    route::set_head(inside.connection, id, head)?;
    Ok(route::by_id(inside.connection, id)?.ok_or(Refusal::RouteNotFound)?)
}

/// The events of a deleted route stay: positions are never given again, and somebody who is behind
/// has to be told of the end, too.
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
    route::delete(inside.connection, id)?;
    tell(inside, id, old.head(), &[RouteChange::Deleted], made.now)?;
    Ok(view)
}

/// Other seats are a change of every route that the bus has yet to finish.
pub(crate) fn update_bus(
    inside: &mut Inside<'_>,
    id: BusId,
    patch: BusPatch,
    made: Made<'_>,
) -> Result<Bus> {
    // Any route may be on this bus.
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
    for bus in buses {
        // It draws its layout anew, whatever else is asked of it.
        change_bus(inside, bus, BusPatch::default(), made.along())?;
    }
    Ok(kept)
}

fn change_bus(inside: &mut Inside<'_>, id: BusId, patch: BusPatch, made: Made<'_>) -> Result<Bus> {
    let (old, bus) = bus::update(inside.connection, id, patch, made)?;
    if bus.details.seats_differ(&old.details) {
        for (route_id, head) in route::unfinished_on(inside.connection, id, made.now)? {
            let head = tell(inside, route_id, head, &[RouteChange::Bus], made.now)?;
            route::set_head(inside.connection, route_id, head)?;
        }
    }
    Ok(bus)
}

/// Writes the changes behind the route's last event, and says where its head is then.
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
        let connection = inside.connection;
        let update = route_event::insert_change(connection, route_id, place, *change, at)?;
        inside.events.push(RouteEvent::Update(update));
    }
    Ok(place)
}
