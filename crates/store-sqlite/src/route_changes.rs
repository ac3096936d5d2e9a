//! Changes of a route that are no sale: written, and told in the order of the seats' events.
//!
//! Inside the writer's transaction, like a sale: the change is there exactly if viewers are told of
//! it. What counts as one is the domain's business.

use domain::{
    Bus, BusId, BusPatch, Refusal, RouteChange, RouteEvent, RouteId, RoutePatch, RoutePlace,
};
use jiff::Timestamp;
use store::RouteView;

use crate::fault::Result;
use crate::group::Inside;
use crate::table::{bus, route, route_event};

pub(crate) fn update_route(
    inside: &mut Inside<'_>,
    id: RouteId,
    patch: RoutePatch,
    now: Timestamp,
) -> Result<RouteView> {
    inside.set.facts().forget_route(id);
    let (old, changes) = route::update(inside.connection, id, patch, now)?;
    let head = tell(inside, id, old.head(), &changes, now)?;
    route::set_head(inside.connection, id, head)?;
    Ok(route::by_id(inside.connection, id)?.ok_or(Refusal::RouteNotFound)?)
}

/// The events of a deleted route stay: positions are never given again, and somebody who is behind
/// has to be told of the end, too.
pub(crate) fn delete_route(inside: &mut Inside<'_>, id: RouteId, now: Timestamp) -> Result<()> {
    inside.set.facts().forget_route(id);
    let head = route::head(inside.connection, id)?.ok_or(Refusal::RouteNotFound)?;
    route::delete(inside.connection, id)?;
    tell(inside, id, head, &[RouteChange::Deleted], now)?;
    Ok(())
}

/// Other seats are a change of every route that the bus has yet to finish.
pub(crate) fn update_bus(
    inside: &mut Inside<'_>,
    id: BusId,
    patch: BusPatch,
    now: Timestamp,
) -> Result<Bus> {
    // Any route may be on this bus.
    inside.set.facts().forget_routes();
    let (old, bus) = bus::update(inside.connection, id, patch, now)?;
    if bus.details.seats_differ(&old.details) {
        for (route_id, head) in route::unfinished_on(inside.connection, id, now)? {
            let head = tell(inside, route_id, head, &[RouteChange::Bus], now)?;
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
