//! `/bookings`: several seats at once, on one route or there and back, under one code. Operations
//! on a single ticket are in [`super::tickets`].
//!
//! A guest books without a login, and reads and cancels by code and phone number; a guest sees only
//! the public part.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use domain::audit::Shown;
use domain::{Account, Actor, BookingId, Refusal};
use http::StatusCode;
use socketio::Remote;
use store::{BookingView, Done};

use super::asking::Asking;
use super::caller::MaybeCaller;
use super::guest::{GuestPair, GuestQuery};
use super::payload::{Id, Name, Payload, Query};
use super::problem::Problem;
use super::problem::told::about_first_journey;
use super::reading::Reading;
use super::ticket_lookup::{Lookup, PnrQuery};
use super::to_its_end::to_its_end;
use super::unpaid;
use super::wire::booking::{NewBooking, ShownBooking};
use crate::app::App;

/// Book seats for up to ten passengers, and the way back with it: either all of them or none.
///
/// A customer's tickets are `RESERVED` until `expiresAt`; a sale by staff is `CONFIRMED` and paid
/// in cash. A booking without a login belongs to a guest, who gets the public part; with code and
/// phone number the guest can read it again.
#[utoipa::path(post, path = "/bookings", tag = "bookings", request_body = NewBooking,
    security((), ("bearer" = [])), responses((status = 201, body = ShownBooking)))]
pub(crate) async fn book(
    State(app): State<Arc<App>>,
    MaybeCaller(caller): MaybeCaller,
    Extension(remote): Extension<Remote>,
    asking: Asking,
    Payload(form): Payload<NewBooking>,
) -> Result<(StatusCode, ShownBooking), Problem> {
    unpaid::may_book(&app, caller, remote)?;
    let show = move |view| (StatusCode::CREATED, ShownBooking::to(caller, view));
    let actor = caller.map_or(Actor::Anonymous, Actor::User);
    let asking = asking.without_version().telling(about_first_journey);
    let sender = asking.answered(actor, move |done| show(done.answer().into_booking()));
    let booked = app.desk_for(remote).book(sender, form.into()).await;
    let view = booked.map_err(|error| about_first_journey(error.into()))?;
    Ok(show(view))
}

/// One booking.
///
/// Without a login, `pnrNumber` and `phone` show the public part.
#[utoipa::path(get, path = "/bookings/{id}", tag = "bookings",
    params(("id" = Uuid, Path), GuestQuery), security((), ("bearer" = [])),
    responses((status = 200, body = ShownBooking)))]
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    MaybeCaller(caller): MaybeCaller,
    Extension(remote): Extension<Remote>,
    reading: Reading,
    Id(id): Id,
    Query(query): Query<GuestQuery>,
) -> Result<ShownBooking, Problem> {
    let id: BookingId = id.into();
    let Some(actor) = caller else {
        let found = GuestPair::try_from(query)?.find(&app, remote).await?;
        let found = found.filter(|view| view.booking.id == id);
        return Ok(ShownBooking::to(None, found.ok_or(Refusal::BookingNotFound)?));
    };
    let view = app.store.booking(id).await?.ok_or(Refusal::BookingNotFound)?;
    Actor::from(actor).must_own_booking_or_be_staff(&view.booking)?;
    reading.of(&app, actor, shown(&view, actor)).await;
    Ok(ShownBooking::to(caller, view))
}

/// What the audit records of a booking that was read.
fn shown(view: &BookingView, reader: Account) -> Option<Shown> {
    Shown::booking(view.booking.id, view.tickets.iter().map(|view| &view.ticket), reader)
}

/// One booking by its code.
///
/// Its owner and staff see all of it; a caller with its phone number sees the public part.
#[utoipa::path(get, path = "/bookings/pnr/{pnr}", tag = "bookings",
    params(("pnr" = String, Path), PnrQuery), responses((status = 200, body = ShownBooking)))]
pub(crate) async fn by_pnr(
    State(app): State<Arc<App>>,
    MaybeCaller(caller): MaybeCaller,
    Extension(remote): Extension<Remote>,
    reading: Reading,
    Name(pnr): Name,
    Query(query): Query<PnrQuery>,
) -> Result<ShownBooking, Problem> {
    let lookup = Lookup { caller, remote, pnr: &pnr, not_found: Refusal::BookingNotFound };
    let (view, reader) = lookup.find(&app, &query).await?;
    if let Some(reader) = reader {
        reading.of(&app, reader, shown(&view, reader)).await;
    }
    Ok(ShownBooking::to(reader, view))
}

/// Cancel all remaining tickets of a booking; what was paid for them is refunded.
///
/// Tickets whose bus has left stay as they are, except for administrators. Without a login, the
/// body has the booking's code and phone number; the answer is the public part.
#[utoipa::path(patch, path = "/bookings/{id}/cancel", tag = "bookings",
    params(("id" = Uuid, Path)), request_body = Option<GuestPair>, security((), ("bearer" = [])),
    responses((status = 200, body = ShownBooking)))]
pub(crate) async fn cancel(
    State(app): State<Arc<App>>,
    MaybeCaller(caller): MaybeCaller,
    Extension(remote): Extension<Remote>,
    asking: Asking,
    Id(id): Id,
    request: Request,
) -> Result<ShownBooking, Problem> {
    let show = move |done: Done| ShownBooking::to(caller, done.answer().into_booking());
    // With a login any body may be sent, as with a ticket: it is not read.
    if let Some(actor) = caller {
        let cancelled = async move {
            let cancel = app.desk.cancel_booking(asking.answered(actor, show), id.into());
            unpaid::cancel(&app, caller, remote, cancel).await
        };
        return Ok(ShownBooking::to(caller, to_its_end(cancelled).await??));
    }
    let pair = GuestPair::of(request).await?;
    let counted = Arc::clone(&app);
    let cancel = move |guest| async move {
        let cancel = counted.desk.cancel_booking(asking.answered(guest, show), id.into());
        unpaid::cancel(&counted, None, remote, cancel).await
    };
    let view = pair.act(&app, remote, Refusal::BookingNotFound, cancel).await?;
    Ok(ShownBooking::to(None, view))
}
