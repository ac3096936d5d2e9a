//! **Booking** and **Public booking**: what was booked together, as its owner and staff see it, and
//! as any caller with its code and phone number sees it.

use axum::Json;
use axum::response::{IntoResponse, Response};
use domain::booking::Sums;
use domain::command::{BookingForm, JourneyForm, TravellerForm};
use domain::identity::{IdentityForm, PassportForm};
use domain::{Account, BookingStatus, Contact, ContactForm, PassengerForm, RuleCheck};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::BookingView;
use utoipa::ToSchema;
use uuid::Uuid;

use super::public_ticket::PublicTicketBody;
use super::scalar::{BookingStatusWord, GenderWord, Money, Time, Word, given};
use super::ticket::TicketBody;
use crate::http::entity_tag::Tagged;
use crate::identity::hold_token::HoldToken;

/// The amount still to pay is `total - (paid - refunded)`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Booking)]
pub(crate) struct BookingBody {
    id: Uuid,
    /// The same for every ticket of the booking.
    pnr_number: String,
    status: BookingStatusWord,
    /// In the order in which they were booked.
    tickets: Vec<TicketBody>,
    /// The prices of all tickets that are not cancelled.
    total: Money,
    /// The whole amount that was captured.
    paid: Money,
    /// The part of `paid` that was refunded or is on its way back.
    refunded: Money,
    /// When the first of its reserved tickets expires; only while a ticket is `RESERVED`.
    expires_at: Option<Time>,
    contact: ContactBody,
    created_at: Time,
    updated_at: Time,
    /// When it or one of its tickets was last changed.
    #[serde(skip)]
    version: Timestamp,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Contact)]
pub(crate) struct ContactBody {
    name: Option<String>,
    /// A Turkish number as its ten digits, any other as E.164.
    phone: String,
    email: Option<String>,
}

/// The part that code and phone number show.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PublicBooking)]
pub(crate) struct PublicBookingBody {
    id: Uuid,
    pnr_number: String,
    status: BookingStatusWord,
    tickets: Vec<PublicTicketBody>,
    total: Money,
    paid: Money,
    refunded: Money,
    expires_at: Option<Time>,
}

/// The figures of a booking as a whole.
struct Summary {
    status: BookingStatus,
    sums: Sums,
    expires_at: Option<Time>,
}

impl Summary {
    fn of(view: &BookingView) -> Self {
        let tickets = || view.tickets.iter().map(|view| &view.ticket);
        Self {
            status: BookingStatus::of(tickets()),
            sums: Sums::of(tickets(), &view.payments),
            expires_at: tickets().filter_map(|ticket| ticket.expires_at).min().map(Time),
        }
    }
}

impl BookingBody {
    pub(crate) fn new(view: BookingView, reader: Account) -> Self {
        let Summary { status, sums, expires_at } = Summary::of(&view);
        let version = view.booking.version(view.tickets.iter().map(|view| &view.ticket));
        let booking = view.booking;
        let tickets = view.tickets.into_iter();
        Self {
            id: booking.id.0,
            pnr_number: booking.pnr.to_string(),
            status: Word(status),
            tickets: tickets.map(|view| TicketBody::listed(view, reader)).collect(),
            total: Money(sums.total),
            paid: Money(sums.paid),
            refunded: Money(sums.refunded),
            expires_at,
            contact: booking.contact.into(),
            created_at: Time(booking.created_at),
            updated_at: Time(booking.updated_at),
            version,
        }
    }
}

impl From<Contact> for ContactBody {
    fn from(Contact { name, phone, email }: Contact) -> Self {
        Self { name, phone: phone.as_str().to_owned(), email }
    }
}

impl From<BookingView> for PublicBookingBody {
    fn from(view: BookingView) -> Self {
        let Summary { status, sums, expires_at } = Summary::of(&view);
        Self {
            id: view.booking.id.0,
            pnr_number: view.booking.pnr.to_string(),
            status: Word(status),
            tickets: view.tickets.into_iter().map(Into::into).collect(),
            total: Money(sums.total),
            paid: Money(sums.paid),
            refunded: Money(sums.refunded),
            expires_at,
        }
    }
}

/// A booking as its reader may see it: whole for its owner and staff, otherwise the public part.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum ShownBooking {
    Whole(Box<BookingBody>),
    Public(Box<PublicBookingBody>),
}

impl ShownBooking {
    /// For its owner or for staff; without an account, for a caller with code and phone number.
    pub(crate) fn to(reader: Option<Account>, view: BookingView) -> Self {
        match reader {
            Some(reader) => Self::Whole(Box::new(BookingBody::new(view, reader))),
            None => Self::Public(Box::new(view.into())),
        }
    }
}

impl IntoResponse for BookingBody {
    fn into_response(self) -> Response {
        let version = self.version;
        Tagged::new(Json(self), version).into_response()
    }
}

impl IntoResponse for ShownBooking {
    fn into_response(self) -> Response {
        match self {
            Self::Whole(booking) => booking.into_response(),
            Self::Public(booking) => Json(booking).into_response(),
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewBooking {
    /// The way out and, if wanted, the way back, which leaves after the first has arrived.
    #[schema(min_items = 1, max_items = 2)]
    journeys: Vec<NewJourney>,
    contact: NewContact,
    /// Staff insist on the seats, even if the neighbour rule is broken.
    ignore_neighbour_rule: Option<bool>,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewJourney {
    route_id: Uuid,
    from_city: String,
    to_city: String,
    #[schema(min_items = 1, max_items = 10)]
    passengers: Vec<NewPassenger>,
    /// A hold on this route and between these cities. Its seats that are not used are released.
    hold_token: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewPassenger {
    /// Left out: the best free seat, if possible beside the others of the booking.
    #[serde(default, deserialize_with = "given")]
    seat_number: Option<i64>,
    gender: GenderWord,
    passenger_name: String,
    /// Eleven digits with a valid checksum.
    tc_kimlik_no: Option<String>,
    /// In place of `tcKimlikNo`.
    passport: Option<NewPassport>,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewPassport {
    /// 5 to 20 letters (A to Z) and digits; spaces and dashes between them do not count.
    number: String,
    /// The country that issued it: a code of ISO 3166-1, alpha-2 or alpha-3.
    country: String,
}

impl From<NewPassport> for PassportForm {
    fn from(NewPassport { number, country }: NewPassport) -> Self {
        Self { number, country }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewContact {
    name: Option<String>,
    /// In any usual spelling: a Turkish number, or a foreign one that begins with `+` or `00`.
    phone: String,
    email: Option<String>,
}

impl From<NewBooking> for BookingForm {
    fn from(body: NewBooking) -> Self {
        let NewContact { name, phone, email } = body.contact;
        Self {
            journeys: body.journeys.into_iter().map(Into::into).collect(),
            contact: ContactForm { name, phone, email },
            rule_check: RuleCheck::overridden_if(body.ignore_neighbour_rule.unwrap_or_default()),
        }
    }
}

impl From<NewJourney> for JourneyForm {
    fn from(body: NewJourney) -> Self {
        let traveller = |passenger: NewPassenger| TravellerForm {
            seat_number: passenger.seat_number,
            passenger: PassengerForm {
                name: passenger.passenger_name,
                gender: passenger.gender.0,
                identity: IdentityForm {
                    tc_kimlik_no: passenger.tc_kimlik_no,
                    passport: passenger.passport.map(Into::into),
                },
            },
        };
        Self {
            route_id: body.route_id.into(),
            from_city: body.from_city,
            to_city: body.to_city,
            travellers: body.passengers.into_iter().map(traveller).collect(),
            hold: body.hold_token.map(|token| HoldToken::sent(token).hash()),
        }
    }
}
