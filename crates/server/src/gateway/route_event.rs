//! Committed events as the engine takes them: `seat_update` and `route_update`, in one order.
//!
//! The engine counts ordinals, and carries `seq` along for clients, which count only the seats'
//! events.

use std::sync::Arc;

use domain::{RouteEvent, RoutePlace};
use rooms::{Event, Message, Place};

use super::room_name::room;
use super::route_update::RouteUpdateMessage;
use super::seat_update::SeatUpdate;

pub(crate) fn event(event: RouteEvent) -> Event {
    let (place, position) = (place(event.place()), event.position());
    let room = room(event.route_id()).into();
    let (is_counted, owner, message): (bool, Option<u128>, Arc<dyn Message>) = match event {
        RouteEvent::Seat(event) => {
            let owner = event.draft.owner_id().map(|id| id.0.as_u128());
            (true, owner, Arc::new(SeatUpdate(event)))
        }
        RouteEvent::Update(update) => (false, None, Arc::new(RouteUpdateMessage(update))),
    };
    Event { room, place, is_counted, position, owner, message, known_at: None }
}

/// A place on a route as the engine takes it.
pub(crate) fn place(place: RoutePlace) -> Place {
    Place { ordinal: place.ordinal.get(), seq: place.seq.get() }
}
