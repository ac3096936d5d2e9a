//! `/personal-data`: everything that is held of one person, and its erasure, for administrators (KVKK, GDPR).
//!
//! A person is found by a phone number, an identity number or an account. What was sold stays with its seat
//! and its money; an erasure takes the person out of it. It is done booking by booking: what cannot be erased
//! yet is named in the answer, and asking again later goes on.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use domain::audit::{SHOWN_MAX, Shown};
use domain::command::Whom;
use domain::identity::IdentityNumber;
use domain::passenger::Phone;
use domain::{BookingId, FieldErrors, Refusal, User, UserId};
use serde::{Deserialize, Serialize};
use store::{AccountChange, BookingView, Page, PeopleWrite, TicketFilter};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::caller::Admin;
use super::payload::{Payload, Query};
use super::problem::Problem;
use super::reading::Reading;
use super::wire::booking::ContactBody;
use super::wire::ticket::TicketBody;
use super::wire::user::AccountBody;
use crate::app::App;

/// Tickets of one answer, at the most: as many as one row of the audit names.
const TICKETS_MAX: u64 = SHOWN_MAX as u64;

/// Who is meant: exactly one of them.
#[derive(Debug, Default, Deserialize, IntoParams, ToSchema)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PersonQuery {
    /// Of bookings that were made with it.
    phone: Option<String>,
    /// Of a passenger.
    tc_kimlik_no: Option<String>,
    /// Of an account, also one that was deleted.
    user_id: Option<Uuid>,
}

/// A person, as they are found.
enum Person {
    Phone(Phone),
    IdentityNumber(IdentityNumber),
    Account(UserId),
}

impl TryFrom<PersonQuery> for Person {
    type Error = Problem;

    fn try_from(query: PersonQuery) -> Result<Self, Problem> {
        let mut errors = FieldErrors::default();
        let PersonQuery { phone, tc_kimlik_no, user_id } = query;
        let given = [phone.is_some(), tc_kimlik_no.is_some(), user_id.is_some()];
        if given.into_iter().filter(|is_given| *is_given).count() != 1 {
            errors.push("/phone", "exactly one of phone, tcKimlikNo and userId says who is meant");
            return Err(errors.into());
        }
        let phone = phone.and_then(|text| errors.check("/phone", Phone::parse(&text)));
        let number =
            tc_kimlik_no.and_then(|text| errors.check("/tcKimlikNo", IdentityNumber::parse(&text)));
        let found = phone
            .map(Self::Phone)
            .or(number.map(Self::IdentityNumber))
            .or(user_id.map(|id| Self::Account(id.into())));
        found.ok_or_else(|| errors.into())
    }
}

/// What of a booking is about the person.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PersonalBooking)]
struct PersonalBookingBody {
    id: Uuid,
    pnr_number: String,
    /// Who booked; absent where the person only travels.
    contact: Option<ContactBody>,
    /// Documents in full.
    tickets: Vec<TicketBody>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PersonalData)]
pub(crate) struct PersonalDataBody {
    account: Option<AccountBody>,
    /// Newest first.
    bookings: Vec<PersonalBookingBody>,
    /// There are more bookings than are shown.
    limited: bool,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Erasure)]
pub(crate) struct ErasureBody {
    /// Bookings in which the person is named no more.
    erased: usize,
    /// Codes of those that are not over, or of which money is owed: cancel them, or ask again when they are.
    open: Vec<String>,
    /// The account is over, and names nobody.
    account_erased: bool,
    /// There are more bookings: ask again.
    limited: bool,
}

struct Found {
    account: Option<User>,
    /// The tickets that are the person's; the others of a booking are not shown, and stay.
    bookings: Vec<(BookingView, Whom)>,
    is_limited: bool,
}

impl Person {
    async fn find(&self, app: &App) -> Result<Found, Problem> {
        let filter = match self {
            Self::Phone(phone) => {
                TicketFilter { phone: Some(phone.clone()), ..TicketFilter::default() }
            }
            Self::IdentityNumber(number) => {
                TicketFilter { identity_number: Some(number.clone()), ..TicketFilter::default() }
            }
            Self::Account(id) => TicketFilter { user_id: Some(*id), ..TicketFilter::default() },
        };
        let page = Page { offset: 0, limit: TICKETS_MAX };
        let tickets = app.store.tickets(filter, page).await?;
        let is_limited = tickets.total > TICKETS_MAX;
        // Newest first: ids are in the order of time.
        let mut theirs: BTreeMap<std::cmp::Reverse<BookingId>, Whom> = BTreeMap::new();
        for view in &tickets.items {
            let whom = match self {
                Self::IdentityNumber(_) => Whom::Passenger(view.ticket.id),
                Self::Phone(_) | Self::Account(_) => Whom::Everybody,
            };
            theirs.insert(std::cmp::Reverse(view.ticket.booking_id), whom);
        }
        let mut bookings = Vec::new();
        for (std::cmp::Reverse(id), whom) in theirs {
            let view = app.store.booking(id).await?.ok_or(Refusal::BookingNotFound)?;
            bookings.push((view, whom));
        }
        let account = match self {
            Self::Account(id) => app.store.user(*id).await?,
            Self::Phone(_) | Self::IdentityNumber(_) => None,
        };
        Ok(Found { account, bookings, is_limited })
    }
}

/// Everything that is held of one person (ADMIN).
///
/// An account, and bookings with documents in full. The audit has a row of it. What an account did is in
/// `GET /audit?actorId=`.
#[utoipa::path(get, path = "/personal-data", tag = "users", params(PersonQuery),
    security(("bearer" = [])), responses((status = 200, body = PersonalDataBody)))]
pub(crate) async fn export(
    State(app): State<Arc<App>>,
    Admin(actor): Admin,
    reading: Reading,
    Query(query): Query<PersonQuery>,
) -> Result<Json<PersonalDataBody>, Problem> {
    let found = Person::try_from(query)?.find(&app).await?;
    let tickets = found.bookings.iter().flat_map(|(view, _)| &view.tickets);
    reading.of(&app, actor, Shown::list(tickets.map(|view| &view.ticket), None, actor)).await;
    let body = |(view, whom): (BookingView, Whom)| {
        let is_theirs = |id| whom == Whom::Everybody || whom == Whom::Passenger(id);
        let contact = (whom == Whom::Everybody).then(|| view.booking.contact.clone().into());
        let tickets = view.tickets.into_iter().filter(|view| is_theirs(view.ticket.id));
        PersonalBookingBody {
            id: view.booking.id.0,
            pnr_number: view.booking.pnr.to_string(),
            contact,
            tickets: tickets.map(|view| TicketBody::one(view, actor)).collect(),
        }
    };
    Ok(Json(PersonalDataBody {
        account: found.account.map(AccountBody::from),
        bookings: found.bookings.into_iter().map(body).collect(),
        limited: found.is_limited,
    }))
}

/// Erase one person (ADMIN).
///
/// Names, phone numbers, e-mail addresses and documents are taken out of every booking of theirs that is
/// over; seats, money, figures and the audit stay. By `tcKimlikNo` of that passenger's tickets alone. A
/// booking that is not over is left as it is and named. An account ends with the last of its
/// bookings, and its tickets and sales name it no more.
#[utoipa::path(post, path = "/personal-data/erasure", tag = "users", request_body = PersonQuery,
    security(("bearer" = [])), responses((status = 200, body = ErasureBody)))]
pub(crate) async fn erase(
    State(app): State<Arc<App>>,
    Admin(actor): Admin,
    asking: super::asking::Asking,
    Payload(query): Payload<PersonQuery>,
) -> Result<Json<ErasureBody>, Problem> {
    let person = Person::try_from(query)?;
    let found = person.find(&app).await?;
    let asking = asking.anew();
    let (mut erased, mut open) = (0, Vec::new());
    for (view, whom) in found.bookings {
        let sender = asking.clone().by(actor);
        match app.desk.forget(sender, view.booking.id, whom).await {
            Ok(()) => erased += 1,
            Err(booking::BookingError::Refused(Refusal::BookingIsOpen)) => {
                open.push(view.booking.pnr.to_string());
            }
            Err(error) => return Err(error.into()),
        }
    }
    let mut account_erased = false;
    if let Person::Account(id) = person
        && open.is_empty()
        && !found.is_limited
    {
        let write = PeopleWrite::ChangeAccount(id, AccountChange::Erase);
        app.write(asking.by(actor), write).await?;
        app.gateway.account_changed(id).await;
        account_erased = true;
    }
    Ok(Json(ErasureBody { erased, open, account_erased, limited: found.is_limited }))
}
