//! **Tracked trip** and **location**: where the buses are that are on the road or about to be.

use domain::{BusPosition, Journey, Latitude, Longitude, Route, Speed};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use store::RouteView;
use utoipa::ToSchema;
use uuid::Uuid;

use super::audience::Audience;
use super::night_note::month_name;
use super::route::RouteBody;
use super::scalar::Time;
use crate::http::language::Language;

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TrackedTrip)]
pub(crate) struct TrackedTrip {
    /// The route's id.
    id: Uuid,
    /// `HH:MM - plate (d Month) (status)`.
    label: String,
    /// How far the bus is by its timetable, in one or two words.
    status: &'static str,
    route_details: RouteBody,
}

/// When, where and in which language the answer is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TripReader<'a> {
    pub(crate) now: Timestamp,
    pub(crate) zone: &'a TimeZone,
    pub(crate) language: Language,
    pub(crate) audience: Audience,
}

impl TripReader<'_> {
    fn status(self, route: &Route) -> &'static str {
        match (route.journey(self.now), self.language) {
            (Journey::Waiting { .. }, Language::Turkish) => "Hareket bekleniyor",
            (Journey::Waiting { .. }, Language::English) => "Not departed yet",
            (Journey::UnderWay { .. }, Language::Turkish) => "Yolda",
            (Journey::UnderWay { .. }, Language::English) => "On the way",
            (Journey::Arrived, Language::Turkish) => "Vardı",
            (Journey::Arrived, Language::English) => "Arrived",
        }
    }
}

impl TrackedTrip {
    /// `departure` is the departure of the traveller's segment.
    pub(crate) fn new(view: RouteView, departure: Timestamp, reader: TripReader<'_>) -> Self {
        let status = reader.status(&view.route);
        let local = departure.to_zoned(reader.zone.clone());
        let month = month_name(local.date(), reader.language);
        let (time, plate) = (local.strftime("%H:%M"), &view.bus.details.plate);
        let label = format!("{time} - {plate} ({} {month}) ({status})", local.day());
        let id = view.route.id.0;
        Self { id, label, status, route_details: RouteBody::new(view, reader.audience) }
    }
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = BusLocation)]
pub(crate) struct LocationBody {
    /// Degrees.
    lat: f64,
    lng: f64,
    plate: String,
    /// Kilometres per hour; null when the device does not say.
    speed: Option<f64>,
    status: &'static str,
    /// By the timetable; null after the last stop.
    next_station: Option<String>,
    /// Arrival at the last stop, by the timetable.
    estimated_arrival: Option<Time>,
}

impl LocationBody {
    pub(crate) fn new(view: &RouteView, position: BusPosition, reader: TripReader<'_>) -> Self {
        let next = match view.route.journey(reader.now) {
            Journey::Waiting { next } | Journey::UnderWay { next } => Some(next),
            Journey::Arrived => None,
        };
        Self {
            lat: position.lat.degrees(),
            lng: position.lng.degrees(),
            plate: view.bus.details.plate.clone(),
            speed: position.speed.map(Speed::kmh),
            status: reader.status(&view.route),
            next_station: next.map(|stop| stop.name.clone()),
            estimated_arrival: view.route.stops.last().map(|stop| Time(stop.time)),
        }
    }
}

/// The report of a device on a bus.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewPosition {
    /// Degrees.
    lat: f64,
    lng: f64,
    /// Kilometres per hour.
    speed: Option<f64>,
    /// When the bus was there; default: now.
    at: Option<Time>,
}

/// How far a device's clock may be ahead of ours.
const AHEAD_MAX: jiff::SignedDuration = jiff::SignedDuration::from_secs(60);

impl NewPosition {
    pub(crate) fn read(self, now: Timestamp) -> Result<BusPosition, domain::FieldErrors> {
        let mut errors = domain::FieldErrors::default();
        let lat = Latitude::from_degrees(self.lat).ok_or(Latitude::TOLD);
        let lng = Longitude::from_degrees(self.lng).ok_or(Longitude::TOLD);
        let (lat, lng) = (errors.check("/lat", lat), errors.check("/lng", lng));
        let speed = self
            .speed
            .and_then(|kmh| errors.check("/speed", Speed::from_kmh(kmh).ok_or(Speed::TOLD)));
        let at = self.at.map_or(now, |time| time.0);
        if at > now + AHEAD_MAX {
            errors.push("/at", "lies in the future");
        }
        match (errors.is_empty(), lat, lng) {
            // Not later than now, so that later reports are newer.
            (true, Some(lat), Some(lng)) => Ok(BusPosition { lat, lng, speed, at: at.min(now) }),
            _ => Err(errors),
        }
    }
}
