//! **Search hit**: a route with the traveller's segment beside it.

use domain::calendar::duration_text;
use jiff::tz::TimeZone;
use serde::Serialize;
use store::SegmentHit;
use utoipa::ToSchema;

use super::audience::Audience;
use super::night_note::night_note;
use super::route::RouteBody;
use super::scalar::{Money, Time};
use crate::http::language::Language;

/// A route, the traveller's segment of it, with that segment's price and departure.
///
/// `fromCity` and `toCity` stay the route's own; the flat fields below are the segment's.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SearchHit {
    /// Its `departureTime`, `arrivalTime` and `price` are the segment's.
    #[serde(flatten)]
    route: RouteBody,
    segment: SegmentBody,
    /// `5h 30m`.
    duration: String,
    available_seats: u16,
    from_stop_index: u8,
    to_stop_index: u8,
    /// When the bus leaves its first stop.
    main_departure_time: Time,
    /// A short phrase when the segment leaves between 00:00 and 02:59 local time, otherwise empty:
    /// in Turkish, unless `Accept-Language` prefers English.
    date_info: String,
}

/// Where the traveller gets on and off.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = HitSegment)]
pub(crate) struct SegmentBody {
    from_city: String,
    to_city: String,
    from_stop_index: u8,
    to_stop_index: u8,
}

/// For which reader hits are written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HitReader<'a> {
    pub(crate) zone: &'a TimeZone,
    pub(crate) language: Language,
    pub(crate) audience: Audience,
}

impl SearchHit {
    /// `None` when the segment is not one of the route's.
    pub(crate) fn new(hit: SegmentHit, reader: HitReader<'_>) -> Option<Self> {
        let SegmentHit { view, segment, price, free_seats } = hit;
        let departure = view.route.departure_of(segment)?;
        let arrival = view.route.arrival_of(segment)?;
        let city = |index| view.route.stop(index).map(|stop| stop.name.clone());
        let (from_stop_index, to_stop_index) = (segment.from().get(), segment.to().get());
        let segment = SegmentBody {
            from_city: city(segment.from())?,
            to_city: city(segment.to())?,
            from_stop_index,
            to_stop_index,
        };
        let mut route = RouteBody::new(view, reader.audience);
        let main_departure_time = route.departure_time;
        route.departure_time = Time(departure);
        route.arrival_time = Time(arrival);
        route.price = Money(price);
        Some(Self {
            route,
            segment,
            duration: duration_text(arrival.duration_since(departure)),
            available_seats: free_seats,
            from_stop_index,
            to_stop_index,
            main_departure_time,
            date_info: night_note(departure, reader.zone, reader.language),
        })
    }
}
