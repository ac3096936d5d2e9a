//! `route_update`: a route that changed without a sale. It says no more than that: a viewer that
//! shows the map requests it again.

use domain::{RouteChange, RouteUpdate};
use rooms::{Audience, Encoding, Frame, Message, Offset};
use serde::Serialize;
use socketio::encode;
use utoipa::ToSchema;
use uuid::Uuid;

use super::encodings::{NAMESPACE, PLAIN, SSE, frame, plain, server_sent};
use super::request::{Answer, Trouble};
use crate::http::wire::scalar::{RouteChangeWord, Word};
use crate::json::json_of;

const ROUTE_UPDATE: &str = "route_update";

/// A change of a route that is not a sale: a viewer that shows the map requests it again.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RouteUpdate)]
pub(super) struct RouteUpdateBody {
    pub(super) route_id: Uuid,
    /// The `seq` of the last seat event: a change of the route has none of its own.
    pub(super) seq: u64,
    pub(super) change: RouteChangeWord,
}

pub(super) struct RouteUpdateMessage(pub(super) RouteUpdate);

fn json(update: &RouteUpdate) -> String {
    let body = RouteUpdateBody {
        route_id: update.route_id.0,
        seq: update.place.seq.get(),
        change: Word(update.change),
    };
    json_of(&body)
}

impl Message for RouteUpdateMessage {
    fn encode(&self, encoding: Encoding, _: Audience, offset: &Offset) -> Frame {
        frame(ROUTE_UPDATE, self.0.place.seq.get(), &json(&self.0), encoding, offset)
    }

    fn farewell(&self, encoding: Encoding) -> Option<Frame> {
        if self.0.change != RouteChange::Deleted {
            return None;
        }
        let answer = Answer::from(&Trouble::route_not_found().about(self.0.route_id));
        Some(match encoding {
            SSE => server_sent(answer.event, None, &answer.data),
            PLAIN => encode::text_frame(&plain(answer.event, &answer.data, None)),
            _ => encode::text_frame(&encode::event(NAMESPACE, answer.event, &answer.data)),
        })
    }

    fn weight(&self) -> usize {
        size_of::<RouteUpdate>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::encodings::{SOCKET_IO, SOCKET_IO_WITH_OFFSET};
    use domain::{Ordinal, RouteId, RoutePlace, Seq};

    #[test]
    fn one_change_in_every_encoding() {
        let message = RouteUpdateMessage(RouteUpdate {
            route_id: RouteId(Uuid::from_u128(1)),
            place: RoutePlace { ordinal: Ordinal::new(45), seq: Seq::new(42) },
            position: 99,
            change: RouteChange::Bus,
            at: "2025-10-14T10:30:00Z".parse().unwrap(),
        });
        let payload = |encoding| {
            let frame = message.encode(encoding, Audience::Public, &Offset::position(0x5a, 99));
            String::from_utf8(frame.payload().to_vec()).unwrap()
        };
        let json = r#"{"routeId":"00000000-0000-0000-0000-000000000001","seq":42,"change":"bus"}"#;
        assert_eq!(payload(SOCKET_IO), format!(r#"42/seats,["route_update",{json}]"#));
        assert_eq!(
            payload(SOCKET_IO_WITH_OFFSET),
            format!(r#"42/seats,["route_update",{json},"5a.99"]"#)
        );
        assert_eq!(payload(PLAIN), format!(r#"{{"event":"route_update","data":{json}}}"#));
        assert_eq!(payload(SSE), format!("event: route_update\nid: 42\ndata: {json}\n\n"));
    }
}
