//! **Ticket**.

use axum::response::{IntoResponse, Response};
use domain::Account;
use http::{HeaderValue, header};
use serde::{Deserialize, Serialize};
use store::TicketView;
use utoipa::ToSchema;
use uuid::Uuid;

use super::audience::Audience;
use super::route::RouteBody;
use super::scalar::{GenderWord, Money, PaymentStatusWord, TicketStatusWord, Time, Word, given};
use super::user::UserBriefBody;
use crate::http::entity_tag;
use crate::http::problem::Problem;

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Ticket)]
pub(crate) struct TicketBody {
    id: Uuid,
    pnr_number: String,
    /// Tickets that were booked together share it, and share one `pnrNumber`.
    booking_id: Uuid,
    route_id: Uuid,
    route: RouteBody,
    /// The traveller's account; null when a guest booked, or when staff sold to a person without an
    /// account.
    user_id: Option<Uuid>,
    user: Option<UserBriefBody>,
    /// Who booked it: an agent, or the traveller; null when a guest did.
    issued_by_id: Option<Uuid>,
    issued_by: Option<UserBriefBody>,
    from_city: String,
    to_city: String,
    from_stop_index: u8,
    to_stop_index: u8,
    seat_number: u16,
    gender: GenderWord,
    price: Money,
    /// Masked (`123******45`), except for the owner, and for staff who look at this one ticket.
    tc_kimlik_no: Option<String>,
    /// For a passenger who gave a passport in place of a Turkish identity number.
    passport: Option<PassportBody>,
    /// A Turkish number as its ten digits, any other as E.164.
    user_phone_number: String,
    passenger_name: String,
    status: TicketStatusWord,
    payment_status: PaymentStatusWord,
    /// When the ticket expires; only while `RESERVED`.
    expires_at: Option<Time>,
    suspended_at: Option<Time>,
    cancelled_at: Option<Time>,
    created_at: Time,
    updated_at: Time,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Passport)]
pub(crate) struct PassportBody {
    /// Masked (`U1*****78`) like `tcKimlikNo`.
    number: String,
    /// ISO 3166-1 alpha-3.
    country: &'static str,
}

/// How much of a passenger's identity documents is shown.
#[derive(Clone, Copy)]
enum Documents {
    Whole,
    Masked,
}

impl TicketBody {
    /// One ticket, requested or changed alone, by its owner or by staff.
    pub(crate) fn one(view: TicketView, reader: Account) -> Self {
        Self::new(view, Audience::of(Some(reader)), Documents::Whole)
    }

    /// One of many. Others can see a list on the screen, and lists get copied: identity documents
    /// are whole only for the passenger.
    pub(crate) fn listed(view: TicketView, reader: Account) -> Self {
        if view.ticket.user_id == Some(reader.user_id) {
            return Self::one(view, reader);
        }
        Self::new(view, Audience::of(Some(reader)), Documents::Masked)
    }

    fn new(view: TicketView, audience: Audience, documents: Documents) -> Self {
        let ticket = view.ticket;
        let tc_kimlik_no = ticket.passenger.identity_number().map(|number| match documents {
            Documents::Whole => number.as_str().to_owned(),
            Documents::Masked => number.masked(),
        });
        let passport = ticket.passenger.passport().map(|passport| PassportBody {
            number: match documents {
                Documents::Whole => passport.number.as_str().to_owned(),
                Documents::Masked => passport.number.masked(),
            },
            country: passport.country.as_str(),
        });
        Self {
            id: ticket.id.0,
            pnr_number: ticket.pnr.to_string(),
            booking_id: ticket.booking_id.0,
            route_id: ticket.route_id.0,
            route: RouteBody::new(view.route, audience),
            user_id: ticket.user_id.map(|id| id.0),
            user: view.user.map(Into::into),
            issued_by_id: ticket.issued_by_id.map(|id| id.0),
            issued_by: view.issued_by.map(Into::into),
            from_city: ticket.from_city,
            to_city: ticket.to_city,
            from_stop_index: ticket.segment.from().get(),
            to_stop_index: ticket.segment.to().get(),
            seat_number: ticket.seat.get(),
            gender: Word(ticket.passenger.gender),
            price: Money(ticket.price),
            tc_kimlik_no,
            passport,
            user_phone_number: ticket.phone.as_str().to_owned(),
            passenger_name: ticket.passenger.name,
            status: Word(ticket.status),
            payment_status: Word(ticket.payment_status),
            expires_at: ticket.expires_at.map(Time),
            suspended_at: ticket.suspended_at.map(Time),
            cancelled_at: ticket.cancelled_at.map(Time),
            created_at: Time(ticket.created_at),
            updated_at: Time(ticket.updated_at),
        }
    }
}

/// The size of a ticket in an answer: with the layout of an ordinary bus it fits into this many
/// bytes.
const TICKET_BYTES: usize = 8 * 1024;

impl IntoResponse for TicketBody {
    fn into_response(self) -> Response {
        let mut json = Vec::with_capacity(TICKET_BYTES);
        match serde_json::to_writer(&mut json, &self) {
            Ok(()) => {
                let content_type = HeaderValue::from_static("application/json");
                let tag = entity_tag::tag(self.updated_at.0);
                ([(header::CONTENT_TYPE, content_type), (header::ETAG, tag)], json).into_response()
            }
            Err(error) => Problem::internal(&error).into_response(),
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewTicket {
    pub(crate) route_id: Uuid,
    pub(crate) from_city: String,
    pub(crate) to_city: String,
    pub(crate) seat_number: i64,
    pub(crate) gender: GenderWord,
    /// In any usual spelling: a Turkish number, or a foreign one that begins with `+` or `00`.
    pub(crate) user_phone_number: String,
    pub(crate) passenger_name: String,
    /// Eleven digits with a valid checksum.
    pub(crate) tc_kimlik_no: Option<String>,
    /// Staff insist on the seat, even if the neighbour rule is broken. Default false.
    pub(crate) ignore_neighbour_rule: Option<bool>,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct TicketChangesBody {
    #[serde(default, deserialize_with = "given")]
    pub(crate) seat_number: Option<i64>,
    #[serde(default, deserialize_with = "given")]
    pub(crate) gender: Option<GenderWord>,
    #[serde(default, deserialize_with = "given")]
    pub(crate) user_phone_number: Option<String>,
    #[serde(default, deserialize_with = "given")]
    pub(crate) passenger_name: Option<String>,
    /// The present value, when an editor sends it back; it cannot be changed.
    #[serde(default, deserialize_with = "given")]
    pub(crate) from_city: Option<String>,
    /// Like `fromCity`.
    #[serde(default, deserialize_with = "given")]
    pub(crate) to_city: Option<String>,
    /// Like `fromCity`: `confirm`, `suspend` and `cancel` change it.
    #[serde(default, deserialize_with = "given")]
    pub(crate) status: Option<TicketStatusWord>,
    /// Like `fromCity`.
    #[serde(default, deserialize_with = "given")]
    pub(crate) payment_status: Option<PaymentStatusWord>,
    /// Staff insist on the seat, even if the neighbour rule is broken. Default false.
    #[serde(default, deserialize_with = "given")]
    pub(crate) ignore_neighbour_rule: Option<bool>,
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct TicketConfirmation {
    /// Staff insist on the seat that a suspended ticket takes again, even if the neighbour rule is
    /// broken. Default false.
    #[serde(default, deserialize_with = "given")]
    pub(crate) ignore_neighbour_rule: Option<bool>,
}
