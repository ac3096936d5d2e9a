//! `/auth/refresh`: continues a login with a new token, where the operator wants short-lived ones
//! (`SEATWIRE_REFRESH_TTL`).
//!
//! A refresh token is sent once, or again within some seconds by a client that lost the answer. A
//! token that is sent later has been copied: then the whole login ends, for every client that uses
//! it. A text that was never a token of ours ends nothing.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use domain::user::FamilyId;
use domain::{Actor, TokenGeneration, User};
use jiff::{SignedDuration, Timestamp};
use store::{PeopleWrite, RefreshToken};

use super::asking::Asking;
use super::payload::Payload;
use super::problem::Problem;
use super::wire::user::{RefreshForm, Session};
use crate::app::App;
use crate::identity::refresh_tokens::RefreshText;

/// What a caller gets who has just proved to be this user. `generation` was read before the proof.
pub(super) async fn session(
    app: &App,
    user: User,
    generation: TokenGeneration,
) -> Result<Session, Problem> {
    let Some(expires_at) = goes_on_until(app) else {
        let token = app.token_for(&user, generation, None)?;
        return Ok(Session { user: user.into(), token, refresh_token: None });
    };
    let family = FamilyId(app.id()?);
    let text = draw(app, family)?;
    let token = RefreshToken { family, digest: text.digest(), digest_before: None, expires_at };
    let write = PeopleWrite::BeginFamily(user.id, generation, token);
    app.write(Actor::System.into(), write).await?;
    let token = app.token_for(&user, generation, Some(family))?;
    Ok(Session { user: user.into(), token, refresh_token: Some(text.into_text()) })
}

/// Continue a login.
///
/// Each refresh token is used once, and answered with the next. A client that did not get the
/// answer sends the same token again within 30 seconds, and gets the same next one. A token that
/// comes later, or after its next one was used, ends its login: log in again.
#[utoipa::path(post, path = "/auth/refresh", tag = "auth", request_body = RefreshForm,
    responses((status = 200, body = Session)))]
pub(crate) async fn refresh(
    State(app): State<Arc<App>>,
    asking: Asking,
    Payload(form): Payload<RefreshForm>,
) -> Result<Json<Session>, Problem> {
    let refused = || Problem::unauthorized("the refresh token is not valid: log in again");
    let expires_at = goes_on_until(&app).ok_or_else(refused)?;
    let (shown, family) = RefreshText::sent(form.refresh_token).ok_or_else(refused)?;
    let text = shown.next(family, &app.successor_key);
    let before = shown.next_before(family, &app.successor_key);
    let digest_before = before.as_ref().map(RefreshText::digest);
    let next = RefreshToken { family, digest: text.digest(), digest_before, expires_at };
    let made_here = shown.was_made_here(family, &app.successor_key);
    let write = PeopleWrite::Refresh { shown: shown.digest(), made_here, next };
    let whose = app.write(asking.without_version().by(Actor::System), write).await?.refreshed();
    let (user, generation, told) = *whose.ok_or_else(refused)?;
    let token = app.token_for(&user, generation, Some(family))?;
    let text = before.filter(|before| before.digest() == told).unwrap_or(text);
    let refresh_token = Some(text.into_text());
    Ok(Json(Session { user: user.into(), token, refresh_token }))
}

fn draw(app: &App, family: FamilyId) -> Result<RefreshText, Problem> {
    RefreshText::draw(family, &app.successor_key, app.desk.source())
        .map_err(|error| Problem::internal(&error))
}

/// `None`: logins cannot be continued.
fn goes_on_until(app: &App) -> Option<Timestamp> {
    let ttl = SignedDuration::try_from(app.refresh_ttl?).ok()?;
    Some(app.now() + ttl)
}
