//! `seat_update`: a committed event as viewers get it, in every encoding, for both audiences.
//!
//! Each form is made at most once per event, when the first viewer needs it (see `rooms`).

use domain::SeatEvent;
use rooms::{Audience, Encoding, Frame, Message, Offset};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::encodings::frame;
use crate::http::wire::scalar::{EventKindWord, GenderWord, Money, ReasonWord, Time, Word};
use crate::json::json_of;

const SEAT_UPDATE: &str = "seat_update";

/// A change of a seat. Every `seq` comes exactly once, in order.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SeatUpdate)]
pub(super) struct SeatUpdateBody<'a> {
    pub(super) route_id: Uuid,
    pub(super) seat_number: u16,
    pub(super) event_type: EventKindWord,
    /// For the ticket's owner and staff (in development for every viewer); never on
    /// `seat_available`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ticket_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pnr_number: Option<&'a str>,
    pub(super) from_stop_index: u8,
    pub(super) to_stop_index: u8,
    pub(super) seq: u64,
    pub(super) timestamp: Time,
    pub(super) metadata: Metadata<'a>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SeatUpdateMetadata)]
pub(super) struct Metadata<'a> {
    pub(super) from_city: &'a str,
    pub(super) to_city: &'a str,
    pub(super) price: Money,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) gender: Option<GenderWord>,
    pub(super) reason: ReasonWord,
}

/// The JSON of an event for an audience: the public does not learn whose ticket it is.
pub(crate) fn json(event: &SeatEvent, audience: Audience) -> String {
    let draft = &event.draft;
    let ticket = match audience {
        Audience::Full => event.ticket(),
        Audience::Public => None,
    };
    let body = SeatUpdateBody {
        route_id: event.route_id.0,
        seat_number: draft.seat.get(),
        event_type: Word(draft.kind),
        ticket_id: ticket.map(|(id, _)| id.0),
        pnr_number: ticket.map(|(_, pnr)| pnr.as_str()),
        from_stop_index: draft.segment.from().get(),
        to_stop_index: draft.segment.to().get(),
        seq: event.seq.get(),
        timestamp: Time(draft.at),
        metadata: Metadata {
            from_city: &draft.from_city,
            to_city: &draft.to_city,
            price: Money(draft.price),
            gender: draft.gender.map(Word),
            reason: Word(draft.reason),
        },
    };
    json_of(&body)
}

pub(super) struct SeatUpdate(pub(super) SeatEvent);

impl Message for SeatUpdate {
    fn encode(&self, encoding: Encoding, audience: Audience, offset: &Offset) -> Frame {
        let json = json(&self.0, audience);
        frame(SEAT_UPDATE, self.0.seq.get(), &json, encoding, offset)
    }

    fn weight(&self) -> usize {
        size_of::<SeatEvent>() + self.0.draft.from_city.len() + self.0.draft.to_city.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::encodings::{PLAIN, SOCKET_IO, SOCKET_IO_WITH_OFFSET, SSE};
    use domain::{
        EventDraft, EventKind, EventTicket, Gender, Kurus, Ordinal, Pnr, Reason, RouteId,
        SeatNumber, Segment, Seq, StopIndex, TicketId, UserId,
    };

    fn reserved(kind: EventKind) -> SeatEvent {
        SeatEvent {
            route_id: RouteId(Uuid::from_u128(1)),
            ordinal: Ordinal::new(45),
            seq: Seq::new(42),
            position: 99,
            draft: EventDraft {
                kind,
                seat: SeatNumber::new(15).unwrap(),
                segment: Segment::new(StopIndex::new(0).unwrap(), StopIndex::new(2).unwrap())
                    .unwrap(),
                from_city: "Istanbul".into(),
                to_city: "Ankara".into(),
                price: Kurus::from_lira(150),
                gender: Some(Gender::Male),
                reason: Reason::Booked,
                ticket: Some(EventTicket {
                    id: TicketId(Uuid::from_u128(2)),
                    pnr: Pnr::parse("VV00ABCDE").unwrap(),
                    owner_id: Some(UserId(Uuid::from_u128(3))),
                }),
                at: "2025-10-14T10:30:00Z".parse().unwrap(),
            },
        }
    }

    #[test]
    fn the_contracts_shape() {
        insta::assert_snapshot!(json(&reserved(EventKind::Reserved), Audience::Full));
        insta::assert_snapshot!(json(&reserved(EventKind::Reserved), Audience::Public));
        insta::assert_snapshot!(json(&reserved(EventKind::Available), Audience::Full));
    }

    #[test]
    fn one_event_in_every_encoding() {
        let message = SeatUpdate(reserved(EventKind::Reserved));
        let payload = |encoding| {
            let frame = message.encode(encoding, Audience::Public, &Offset::position(0x5a, 99));
            String::from_utf8(frame.payload().to_vec()).unwrap()
        };
        let json = json(&message.0, Audience::Public);
        assert_eq!(payload(SOCKET_IO), format!(r#"42/seats,["seat_update",{json}]"#));
        assert_eq!(
            payload(SOCKET_IO_WITH_OFFSET),
            format!(r#"42/seats,["seat_update",{json},"5a.99"]"#)
        );
        assert_eq!(payload(PLAIN), format!(r#"{{"event":"seat_update","data":{json}}}"#));
        assert_eq!(payload(SSE), format!("event: seat_update\nid: 42\ndata: {json}\n\n"));
    }
}
