//! `/bookings`: several seats at once, on one route or there and back, under one code. What is done with
//! one ticket of it is [`super::tickets`].

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use domain::{Actor, Refusal};
use http::StatusCode;
use socketio::Remote;

use super::asking::Asking;
use super::caller::{Caller, MaybeCaller};
use super::payload::{Id, Name, Payload, Query};
use super::problem::Problem;
use super::ticket_lookup::{Lookup, PnrQuery};
use super::wire::booking::{BookingBody, NewBooking, ShownBooking};
use crate::app::App;

/// Book seats for up to ten passengers, and the way back with it: all of it or nothing.
///
/// A customer's tickets are `RESERVED` until `expiresAt`; a sale by staff is `CONFIRMED` and paid in cash.
#[utoipa::path(post, path = "/bookings", tag = "bookings", request_body = NewBooking,
    security(("bearer" = [])), responses((status = 201, body = BookingBody)))]
pub(crate) async fn book(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Extension(remote): Extension<Remote>,
    asking: Asking,
    Payload(form): Payload<NewBooking>,
) -> Result<(StatusCode, BookingBody), Problem> {
    let show = move |view| (StatusCode::CREATED, BookingBody::new(view, actor));
    let sender = asking.anew().answered(actor, move |done| show(done.answer().into_booking()));
    let booked = app.desk_for(remote).book(sender, form.into()).await;
    // What is wrong with the way back says so itself.
    let view = booked.map_err(|error| Problem::from(error).within("/journeys/0"))?;
    Ok(show(view))
}

/// One booking.
#[utoipa::path(get, path = "/bookings/{id}", tag = "bookings", params(("id" = Uuid, Path)),
    security(("bearer" = [])), responses((status = 200, body = BookingBody)))]
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Id(id): Id,
) -> Result<BookingBody, Problem> {
    let view = app.store.booking(id.into()).await?.ok_or(Refusal::BookingNotFound)?;
    Actor::from(actor).must_own_booking_or_be_staff(&view.booking)?;
    Ok(BookingBody::new(view, actor))
}

/// One booking by its code.
///
/// Its owner and staff see all of it; whoever gives its phone number the public part.
#[utoipa::path(get, path = "/bookings/pnr/{pnr}", tag = "bookings",
    params(("pnr" = String, Path), PnrQuery), responses((status = 200, body = ShownBooking)))]
pub(crate) async fn by_pnr(
    State(app): State<Arc<App>>,
    MaybeCaller(caller): MaybeCaller,
    Extension(remote): Extension<Remote>,
    Name(pnr): Name,
    Query(query): Query<PnrQuery>,
) -> Result<ShownBooking, Problem> {
    let lookup = Lookup { caller, remote, pnr: &pnr, not_found: Refusal::BookingNotFound };
    let (view, reader) = lookup.find(&app, &query).await?;
    Ok(match reader {
        Some(reader) => ShownBooking::Whole(Box::new(BookingBody::new(view, reader))),
        None => ShownBooking::Public(Box::new(view.into())),
    })
}

/// Cancel all that is left of a booking; what was paid for it is refunded.
///
/// Tickets whose bus has left stay as they are, but for administrators.
#[utoipa::path(patch, path = "/bookings/{id}/cancel", tag = "bookings",
    params(("id" = Uuid, Path)), security(("bearer" = [])),
    responses((status = 200, body = BookingBody)))]
pub(crate) async fn cancel(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    asking: Asking,
    Id(id): Id,
) -> Result<BookingBody, Problem> {
    let show = move |view| BookingBody::new(view, actor);
    let sender = asking.answered(actor, move |done| show(done.answer().into_booking()));
    Ok(show(app.desk.cancel_booking(sender, id.into()).await?))
}
