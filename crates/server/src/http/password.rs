//! `/auth/password`: a new password for a caller that knows the old one.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use domain::{FieldErrors, Origin, Refusal, UserId};
use socketio::Remote;
use store::{AccountChange, CommandError, Credentials, PeopleWrite};

use super::asking::Asking;
use super::caller::Bearer;
use super::password_attempt::{attempt, told};
use super::payload::Payload;
use super::problem::Problem;
use super::refresh;
use super::wire::user::{PasswordChange, Session};
use crate::app::App;
use crate::identity::guessable::fit_password;
use crate::identity::passwords::Asker;

/// Change one's password.
///
/// All tokens of the account end except the caller's; the answer brings a new one.
#[utoipa::path(patch, path = "/auth/password", tag = "auth", request_body = PasswordChange,
    security(("bearer" = [])), responses((status = 200, body = Session)))]
pub(crate) async fn change(
    State(app): State<Arc<App>>,
    Extension(Remote(remote)): Extension<Remote>,
    Bearer(holder): Bearer,
    asking: Asking,
    Payload(form): Payload<PasswordChange>,
) -> Result<Json<Session>, Problem> {
    let PasswordChange { old_password, new_password } = form;
    let id = holder.actor.user_id;
    let gone = || Problem::unauthorized("the account of this token is gone");
    let user = app.store.user(id).await?.ok_or_else(gone)?;
    let mut errors = FieldErrors::default();
    let names = [user.first_name.as_str(), &user.last_name];
    errors.check("/newPassword", fit_password(&new_password, &user.email, &names));
    errors.into_result()?;
    let known = prove(&app, remote, id, old_password, "/oldPassword").await?;
    let asker = Asker::of(Some(remote), &user.email);
    let hash = app.passwords.hash(asker, new_password).await?;
    let change = AccountChange::Password { hash, spared: Some((holder.token, known.generation)) };
    let write = PeopleWrite::ChangeAccount(id, change);
    let written = app.write(asking.without_version().by(holder.actor), write).await;
    let user = written.map_err(|error| match error {
        // Also where the token has ended since the old password was proved, by a logout or a
        // reset, say, or the account was disabled.
        CommandError::Refused(Refusal::AccountNotFound) => gone(),
        error => error.into(),
    })?;
    let user = user.user();
    app.gateway.account_changed(id).await;
    // The generation after the one that was read with the old password: if all tokens of the
    // account were ended meanwhile, this one has ended too.
    Ok(Json(refresh::session(&app, user, known.generation.next()).await?))
}

/// The account, if the caller has sent its password besides its token.
pub(super) async fn prove(
    app: &App,
    remote: SocketAddr,
    id: UserId,
    password: String,
    pointer: &'static str,
) -> Result<Credentials, Problem> {
    let gone = || Problem::unauthorized("the account of this token is gone");
    let user = app.store.user(id).await?.ok_or_else(gone)?;
    // Before the address is looked at: there is no password to be proved.
    if user.origin == Origin::Provider {
        return Err(Refusal::ProviderDecides.into());
    }
    let known = app.store.credentials(&user.email).await?.ok_or_else(gone)?;
    let attempt = attempt(app, &user.email, remote)?;
    let asker = Asker::of(Some(remote), &user.email);
    let tried = app.passwords.verify(asker, password, Some(known.password_hash.clone())).await;
    if told(attempt, tried.map(|matches| matches.then_some(())).map_err(Problem::from))?.is_none() {
        return Err(Problem::field(pointer, "is not the password of this account"));
    }
    Ok(known)
}
