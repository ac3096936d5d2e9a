//! `seat_availability`, and under another name `seat_snapshot`: a route's seats at one moment.

use domain::{NeighbourRule, SeatNumber, SeatSnapshot, Segment};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::wire::audience::Audience;
use crate::http::wire::route::TakenSeatBody;
use crate::http::wire::scalar::{GenderWord, Word};
use crate::json::json_of;

/// A route's seats at one moment, placed in the stream of events at its `seq`.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SeatAvailability {
    pub(super) route_id: Uuid,
    pub(super) seq: u64,
    pub(super) seat_count: u16,
    /// The segment in question; the whole route if none was named.
    pub(super) from_stop_index: u8,
    pub(super) to_stop_index: u8,
    /// Seats that are free on all of the segment.
    pub(super) available_seats: Vec<u16>,
    /// Every taken piece of the whole route, whatever the segment.
    pub(super) seats: Vec<TakenSeatBody>,
    /// Those of `availableSeats` that are not for every passenger.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) offers: Vec<Offer>,
}

/// A free seat beside a passenger of that gender.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Offer {
    pub(super) seat_number: u16,
    pub(super) offered_to: GenderWord,
}

/// `availableSeats` is about the segment; `seats` lists every taken piece of the whole route, so
/// that later events can be applied to it whatever their segment. `house`: the neighbour rule where
/// the route has none of its own.
pub(crate) fn json(
    snapshot: &SeatSnapshot,
    segment: Segment,
    audience: Audience,
    house: NeighbourRule,
) -> String {
    let taken = snapshot.taken.iter();
    let seats = taken.map(|taken| TakenSeatBody::new(taken, audience)).collect();
    let offer = |(seat, gender): (SeatNumber, _)| Offer {
        seat_number: seat.get(),
        offered_to: Word(gender),
    };
    let body = SeatAvailability {
        route_id: snapshot.route.id.0,
        seq: snapshot.seq.get(),
        seat_count: snapshot.route.seat_count,
        from_stop_index: segment.from().get(),
        to_stop_index: segment.to().get(),
        available_seats: snapshot.free_seats(segment).into_iter().map(SeatNumber::get).collect(),
        seats,
        offers: snapshot.offers(segment, house).into_iter().map(offer).collect(),
    };
    json_of(&body)
}
