//! `bus_position`: where a bus is, for the viewers of its departure. It is not an event: it has no
//! `seq`, is not sent again, and only the newest counts.

use std::sync::Arc;

use domain::{BusPosition, RouteId, Speed};
use rooms::{Encoding, Frame, Glimpse};
use serde::Serialize;
use socketio::encode;
use utoipa::ToSchema;
use uuid::Uuid;

use super::encodings::{NAMESPACE, PLAIN, SSE, plain, server_sent};
use crate::http::wire::scalar::Time;
use crate::json::json_of;

const BUS_POSITION: &str = "bus_position";

/// Where the bus of a departure is: only the newest position, without a `seq`.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = BusPosition)]
pub(super) struct BusPositionBody {
    pub(super) route_id: Uuid,
    pub(super) lat: f64,
    pub(super) lng: f64,
    /// In km/h.
    #[schema(required)]
    pub(super) speed: Option<f64>,
    pub(super) at: Time,
}

struct Place {
    json: String,
}

pub(super) fn glimpse(route_id: RouteId, position: BusPosition) -> Arc<dyn Glimpse> {
    let body = BusPositionBody {
        route_id: route_id.0,
        lat: position.lat.degrees(),
        lng: position.lng.degrees(),
        speed: position.speed.map(Speed::kmh),
        at: Time(position.at),
    };
    Arc::new(Place { json: json_of(&body) })
}

impl Glimpse for Place {
    fn encode(&self, encoding: Encoding) -> Frame {
        match encoding {
            SSE => server_sent(BUS_POSITION, None, &self.json),
            PLAIN => encode::text_frame(&plain(BUS_POSITION, &self.json, None)),
            // Without an offset even for viewers that can recover: a position is never sent again.
            _ => encode::text_frame(&encode::event(NAMESPACE, BUS_POSITION, &self.json)),
        }
    }
}
