//! `seat_availability`, and under another name `seat_snapshot`: a route's seats at one moment.

use domain::{SeatNumber, SeatSnapshot, Segment};
use serde::Serialize;
use uuid::Uuid;

use crate::http::wire::audience::Audience;
use crate::http::wire::route::TakenSeatBody;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SeatAvailability {
    route_id: Uuid,
    seq: u64,
    seat_count: u16,
    from_stop_index: u8,
    to_stop_index: u8,
    available_seats: Vec<u16>,
    seats: Vec<TakenSeatBody>,
}

/// `availableSeats` speaks of the segment; `seats` lists every taken piece of the whole route, so
/// that events can be folded over it whatever their segment.
pub(crate) fn json(snapshot: &SeatSnapshot, segment: Segment, audience: Audience) -> String {
    let taken = snapshot.taken.iter();
    let seats = taken.map(|taken| TakenSeatBody::new(taken, audience)).collect();
    let body = SeatAvailability {
        route_id: snapshot.route.id.0,
        seq: snapshot.seq.get(),
        seat_count: snapshot.route.seat_count,
        from_stop_index: segment.from().get(),
        to_stop_index: segment.to().get(),
        available_seats: snapshot.free_seats(segment).into_iter().map(SeatNumber::get).collect(),
        seats,
    };
    // Strings and numbers only: it cannot fail.
    serde_json::to_string(&body).unwrap_or_default()
}
