//! `/holds`: seats kept for a few minutes while names are typed, for any caller.
//!
//! The token is the right to a hold. It is part of the address, which is logged and shown without
//! it ([`super::shown_address`]).

use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use booking::HoldRequest;
use domain::{Actor, Hold, Refusal};
use http::StatusCode;
use socketio::Remote;

use super::asking::Asking;
use super::caller::MaybeCaller;
use super::payload::{Name, Payload};
use super::problem::Problem;
use super::problem::told::about_seats;
use super::to_its_end::to_its_end;
use super::unpaid;
use super::wire::hold::{HoldBody, NewHold};
use crate::app::App;
use crate::identity::hold_token::HoldToken;

/// Hold seats.
///
/// For a few minutes (`SEATWIRE_SEAT_HOLD_SECONDS`), for any caller, logged in or not. How many
/// seats one caller may hold is limited (429 `too_many_seats`), and how often (429 `rate_limited`).
#[utoipa::path(post, path = "/holds", tag = "holds", request_body = NewHold,
    security((), ("bearer" = [])), responses((status = 201, body = HoldBody)))]
pub(crate) async fn take(
    State(app): State<Arc<App>>,
    MaybeCaller(caller): MaybeCaller,
    Extension(remote): Extension<Remote>,
    asking: Asking,
    Payload(form): Payload<NewHold>,
) -> Result<(StatusCode, Json<HoldBody>), Problem> {
    let request = HoldRequest {
        route_id: form.route_id.into(),
        from_city: form.from_city,
        to_city: form.to_city,
        seat_numbers: form.seat_numbers,
    };
    let token = HoldToken::draw(app.desk.source()).map_err(|error| Problem::internal(&error))?;
    let actor = caller.map_or(Actor::Anonymous, Actor::User);
    let desk = app.desk_for(remote);
    let hash = token.hash();
    let show = move |hold: &Hold| (StatusCode::CREATED, Json(HoldBody::new(hold, token.clone())));
    let shown = show.clone();
    let sender = asking.without_version().telling(about_seats);
    let sender = sender.answered(actor, move |done| shown(&done.answer().into_hold()));
    let holding =
        async move { unpaid::hold(&app, caller, remote, desk.hold(sender, hash, request)).await };
    let held = to_its_end(holding).await??;
    let held = held.map_err(|error| about_seats(error.into()))?;
    Ok(show(&held))
}

/// A hold that has not ended.
#[utoipa::path(get, path = "/holds/{token}", tag = "holds", params(("token" = String, Path)),
    responses((status = 200, body = HoldBody)))]
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Name(token): Name,
) -> Result<Json<HoldBody>, Problem> {
    let token = HoldToken::sent(token);
    let hold = app.store.hold(token.hash()).await?.ok_or(Refusal::HoldNotFound)?;
    if !hold.is_live(app.now()) {
        return Err(Refusal::HoldExpired.into());
    }
    Ok(Json(HoldBody::new(&hold, token)))
}

/// Make a hold last longer, once.
#[utoipa::path(post, path = "/holds/{token}/extend", tag = "holds",
    params(("token" = String, Path)), responses((status = 200, body = HoldBody)))]
pub(crate) async fn extend(
    State(app): State<Arc<App>>,
    asking: Asking,
    Name(token): Name,
) -> Result<Json<HoldBody>, Problem> {
    let token = HoldToken::sent(token);
    let hash = token.hash();
    let show = move |hold: &Hold| Json(HoldBody::new(hold, token.clone()));
    let shown = show.clone();
    let sender = asking
        .without_version()
        .answered(Actor::Anonymous, move |done| shown(&done.answer().into_hold()));
    Ok(show(&app.desk.extend_hold(sender, hash).await?))
}

/// Release held seats.
#[utoipa::path(delete, path = "/holds/{token}", tag = "holds", params(("token" = String, Path)),
    responses((status = 204)))]
pub(crate) async fn release(
    State(app): State<Arc<App>>,
    asking: Asking,
    Name(token): Name,
) -> Result<StatusCode, Problem> {
    let sender = asking.without_version().answered(Actor::Anonymous, |_| StatusCode::NO_CONTENT);
    app.desk.release_hold(sender, HoldToken::sent(token).hash()).await?;
    Ok(StatusCode::NO_CONTENT)
}
