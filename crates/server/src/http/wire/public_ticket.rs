//! **Public ticket**: what any caller with code and phone number sees.
//!
//! A code is read out, printed and photographed, so nothing in here says who the passenger is.

use axum::Json;
use axum::response::{IntoResponse, Response};
use domain::passenger::initials;
use serde::Serialize;
use store::TicketView;
use utoipa::ToSchema;
use uuid::Uuid;

use super::scalar::{GenderWord, Money, PaymentStatusWord, TicketStatusWord, Time, Word};
use super::ticket::TicketBody;

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PublicTicket)]
pub(crate) struct PublicTicketBody {
    id: Uuid,
    pnr_number: String,
    booking_id: Uuid,
    route: PublicRouteBody,
    from_city: String,
    to_city: String,
    /// When the bus leaves the passenger's stop.
    departure_time: Time,
    seat_number: u16,
    gender: GenderWord,
    price: Money,
    status: TicketStatusWord,
    payment_status: PaymentStatusWord,
    /// When the ticket expires; only while `RESERVED`.
    expires_at: Option<Time>,
    /// Initials: `A. Y.`
    passenger_name: String,
}

/// The departure of a public ticket.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PublicRoute)]
pub(crate) struct PublicRouteBody {
    id: Uuid,
    from_city: String,
    to_city: String,
    departure_time: Time,
}

impl From<TicketView> for PublicTicketBody {
    fn from(view: TicketView) -> Self {
        let (ticket, route) = (view.ticket, view.route.route);
        let [first, .., last] = &*route.stops else {
            unreachable!("a route is made with two stops at least")
        };
        Self {
            id: ticket.id.0,
            pnr_number: ticket.pnr.to_string(),
            booking_id: ticket.booking_id.0,
            departure_time: Time(route.departure_of(ticket.segment).unwrap_or(first.time)),
            route: PublicRouteBody {
                id: route.id.0,
                from_city: first.name.clone(),
                to_city: last.name.clone(),
                departure_time: Time(first.time),
            },
            from_city: ticket.from_city,
            to_city: ticket.to_city,
            seat_number: ticket.seat.get(),
            gender: Word(ticket.passenger.gender),
            price: Money(ticket.price),
            status: Word(ticket.status),
            payment_status: Word(ticket.payment_status),
            expires_at: ticket.expires_at.map(Time),
            passenger_name: initials(&ticket.passenger.name),
        }
    }
}

/// A ticket as its reader may see it: whole for its owner and staff, otherwise the public part.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum ShownTicket {
    Whole(Box<TicketBody>),
    Public(Box<PublicTicketBody>),
}

impl ShownTicket {
    pub(crate) fn whole(ticket: TicketBody) -> Self {
        Self::Whole(Box::new(ticket))
    }

    pub(crate) fn public(view: TicketView) -> Self {
        Self::Public(Box::new(view.into()))
    }
}

impl IntoResponse for ShownTicket {
    fn into_response(self) -> Response {
        match self {
            Self::Whole(ticket) => ticket.into_response(),
            Self::Public(ticket) => Json(ticket).into_response(),
        }
    }
}
