//! `/tickets`: operations on one ticket. Finding tickets is in [`super::ticket_search`].

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use booking::{BookingError, TicketChanges};
use domain::audit::Shown;
use domain::command::{TicketForm, Unchanged};
use domain::identity::IdentityForm;
use domain::{Account, Actor, PassengerForm, Refusal, RuleCheck, TicketId};
use http::StatusCode;
use socketio::Remote;
use store::{Done, Sender, TicketView};

use super::asking::Asking;
use super::caller::{Caller, MaybeCaller};
use super::guest::{GuestPair, GuestQuery};
use super::payload::{Id, Payload, Query, payload_if_any};
use super::problem::Problem;
use super::reading::Reading;
use super::to_its_end::to_its_end;
use super::unpaid;
use super::wire::public_ticket::ShownTicket;
use super::wire::ticket::{NewTicket, TicketBody, TicketChangesBody, TicketConfirmation};
use crate::app::App;

/// Book a seat.
///
/// A customer's ticket is `RESERVED` until `expiresAt`; a sale by staff is `CONFIRMED` and paid in
/// cash.
#[utoipa::path(post, path = "/tickets", tag = "tickets", request_body = NewTicket,
    security(("bearer" = [])), responses((status = 201, body = TicketBody)))]
pub(crate) async fn book(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Extension(remote): Extension<Remote>,
    asking: Asking,
    Payload(form): Payload<NewTicket>,
) -> Result<(StatusCode, TicketBody), Problem> {
    unpaid::may_book(&app, Some(actor), remote)?;
    let form = TicketForm {
        route_id: form.route_id.into(),
        from_city: form.from_city,
        to_city: form.to_city,
        seat_number: form.seat_number,
        passenger: PassengerForm {
            name: form.passenger_name,
            gender: form.gender.0,
            identity: IdentityForm { tc_kimlik_no: form.tc_kimlik_no, passport: None },
        },
        phone: form.user_phone_number,
        rule_check: RuleCheck::overridden_if(form.ignore_neighbour_rule.unwrap_or_default()),
    };
    let show = move |view| (StatusCode::CREATED, TicketBody::one(view, actor));
    let sender =
        asking.without_version().answered(actor, move |done| show(done.answer().into_ticket()));
    Ok(show(app.desk_for(remote).book_ticket(sender, form).await?))
}

/// One ticket.
///
/// Without a login, `pnrNumber` and `phone` show the public part.
#[utoipa::path(get, path = "/tickets/{id}", tag = "tickets",
    params(("id" = Uuid, Path), GuestQuery), security((), ("bearer" = [])),
    responses((status = 200, body = ShownTicket)))]
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    MaybeCaller(caller): MaybeCaller,
    Extension(remote): Extension<Remote>,
    reading: Reading,
    Id(id): Id,
    Query(query): Query<GuestQuery>,
) -> Result<ShownTicket, Problem> {
    let id: TicketId = id.into();
    let Some(actor) = caller else {
        let booking = GuestPair::try_from(query)?.find(&app, remote).await?;
        let mut tickets = booking.into_iter().flat_map(|booking| booking.tickets);
        let found = tickets.find(|view| view.ticket.id == id);
        return Ok(ShownTicket::public(found.ok_or(Refusal::TicketNotFound)?));
    };
    let view = app.store.ticket(id).await?.ok_or(Refusal::TicketNotFound)?;
    Actor::from(actor).must_own_or_be_staff(&view.ticket)?;
    reading.of(&app, actor, Shown::ticket(&view.ticket, actor)).await;
    Ok(ShownTicket::whole(TicketBody::one(view, actor)))
}

/// A change of a ticket, to be answered with the ticket.
fn changing(asking: Asking, actor: Account) -> Sender {
    asking.answered(actor, move |done| TicketBody::one(done.answer().into_ticket(), actor))
}

/// Change a ticket: another seat, gender, phone or name.
///
/// Cities and statuses may be sent back unchanged; a change of them is refused by name.
#[utoipa::path(patch, path = "/tickets/{id}", tag = "tickets", request_body = TicketChangesBody,
    params(("id" = Uuid, Path)), security(("bearer" = [])),
    responses((status = 200, body = TicketBody)))]
pub(crate) async fn amend(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    asking: Asking,
    Id(id): Id,
    Payload(form): Payload<TicketChangesBody>,
) -> Result<TicketBody, Problem> {
    let changes = TicketChanges {
        seat_number: form.seat_number,
        gender: form.gender.map(|word| word.0),
        phone: form.user_phone_number,
        passenger_name: form.passenger_name,
        unchanged: Unchanged {
            from_city: form.from_city,
            to_city: form.to_city,
            status: form.status.map(|word| word.0),
            payment_status: form.payment_status.map(|word| word.0),
        },
        rule_check: RuleCheck::overridden_if(form.ignore_neighbour_rule.unwrap_or_default()),
    };
    Ok(TicketBody::one(app.desk.amend(changing(asking, actor), id.into(), changes).await?, actor))
}

/// Confirm a reserved ticket for cash (staff), or let a suspended one take its seat again.
#[utoipa::path(method(patch, put), path = "/tickets/{id}/confirm", tag = "tickets",
    params(("id" = Uuid, Path)), request_body = Option<TicketConfirmation>,
    security(("bearer" = [])), responses((status = 200, body = TicketBody)))]
pub(crate) async fn confirm(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    asking: Asking,
    Id(id): Id,
    request: Request,
) -> Result<TicketBody, Problem> {
    let form: TicketConfirmation = payload_if_any(request).await?.unwrap_or_default();
    let check = RuleCheck::overridden_if(form.ignore_neighbour_rule.unwrap_or_default());
    let confirmed = app.desk.confirm(changing(asking, actor), id.into(), check).await?;
    Ok(TicketBody::one(confirmed, actor))
}

/// Suspend a ticket (staff): its seat is freed, its payment status stays.
#[utoipa::path(method(patch, put), path = "/tickets/{id}/suspend", tag = "tickets",
    params(("id" = Uuid, Path)), security(("bearer" = [])),
    responses((status = 200, body = TicketBody)))]
pub(crate) async fn suspend(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    asking: Asking,
    Id(id): Id,
) -> Result<TicketBody, Problem> {
    Ok(TicketBody::one(app.desk.suspend(changing(asking, actor), id.into()).await?, actor))
}

/// Cancel a ticket; a paid one is refunded.
///
/// Without a login, the body has the ticket's code and phone number; the answer is the public part.
#[utoipa::path(method(patch, put), path = "/tickets/{id}/cancel", tag = "tickets",
    params(("id" = Uuid, Path)), request_body = Option<GuestPair>, security((), ("bearer" = [])),
    responses((status = 200, body = ShownTicket)))]
pub(crate) async fn cancel(
    State(app): State<Arc<App>>,
    MaybeCaller(caller): MaybeCaller,
    Extension(remote): Extension<Remote>,
    asking: Asking,
    Id(id): Id,
    request: Request,
) -> Result<ShownTicket, Problem> {
    // With a login any body may be sent, as before there were guests: it is not read.
    if let Some(actor) = caller {
        let cancelled = cancelled_by(app, actor, remote, asking, id.into()).await?;
        return Ok(ShownTicket::whole(TicketBody::one(cancelled, actor)));
    }
    let pair = GuestPair::of(request).await?;
    let counted = Arc::clone(&app);
    let cancel = move |guest| async move {
        let show = |done: Done| ShownTicket::public(done.answer().into_ticket());
        let cancel = counted.desk.cancel(asking.answered(guest, show), id.into());
        unpaid::cancel(&counted, None, remote, cancel).await
    };
    let view = pair.act(&app, remote, Refusal::TicketNotFound, cancel).await?;
    Ok(ShownTicket::public(view))
}

async fn cancelled_by(
    app: Arc<App>,
    actor: Account,
    remote: Remote,
    asking: Asking,
    id: TicketId,
) -> Result<TicketView, BookingError> {
    let cancelled = async move {
        let cancel = app.desk.cancel(changing(asking, actor), id);
        unpaid::cancel(&app, Some(actor), remote, cancel).await
    };
    to_its_end(cancelled).await?
}

/// The same as cancelling, also for a guest: tickets are never deleted.
#[utoipa::path(delete, path = "/tickets/{id}", tag = "tickets", params(("id" = Uuid, Path)),
    request_body = Option<GuestPair>, security((), ("bearer" = [])),
    responses((status = 200, body = ShownTicket)))]
pub(crate) async fn delete(
    app: State<Arc<App>>,
    caller: MaybeCaller,
    remote: Extension<Remote>,
    asking: Asking,
    id: Id,
    request: Request,
) -> Result<ShownTicket, Problem> {
    cancel(app, caller, remote, asking, id, request).await
}
