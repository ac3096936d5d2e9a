//! Committed events as the engine takes them: `seat_update` and `route_update`, in one order.
//!
//! The engine counts ordinals and carries `seq` along for clients, who count seats' events only.

use std::sync::Arc;

use domain::{RouteEvent, RoutePlace};
use rooms::{Encoding, Event, Frame, Message, Offset, Place};
use socketio::encode;

use super::route_update::RouteUpdateMessage;
use super::seat_update::{
    NAMESPACE, PLAIN, SOCKET_IO_WITH_OFFSET, SSE, SeatUpdate, plain, room, server_sent,
};

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
    Event { room, place, is_counted, position, owner, message }
}

/// A place on a route as the engine takes it.
pub(crate) fn place(place: RoutePlace) -> Place {
    Place { ordinal: place.ordinal.get(), seq: place.seq.get() }
}

/// What stands in the stream of a route, in every encoding; `seq` is where it leaves the client.
pub(crate) fn frame(
    name: &str,
    seq: u64,
    json: &str,
    encoding: Encoding,
    offset: &Offset,
) -> Frame {
    match encoding {
        SSE => server_sent(name, Some(seq), json),
        SOCKET_IO_WITH_OFFSET => {
            encode::text_frame(&encode::event_with_offset(NAMESPACE, name, json, offset))
        }
        PLAIN => encode::text_frame(&plain(name, json, None)),
        _ => encode::text_frame(&encode::event(NAMESPACE, name, json)),
    }
}
