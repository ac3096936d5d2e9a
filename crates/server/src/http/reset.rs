//! `/auth/forgot`, `/auth/reset`: a new password for a person who reads the mail of an account.
//!
//! The caller is answered before anything is looked up: always with the same answer, and always as
//! fast. The request waits in a short queue and a task of its own handles it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use domain::user::email;
use domain::{Account, Actor, FieldErrors};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use store::{Envelope, MailWrite, PasswordHash, PeopleWrite, Store, TokenUse};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use utoipa::ToSchema;

use super::asking::Asking;
use super::payload::Payload;
use super::problem::Problem;
use crate::app::App;
use crate::error_codes::ErrorCode;
use crate::identity::guessable::fit_password;
use crate::identity::mail_tokens::MailToken;
use crate::identity::passwords::Asker;
use crate::mail::Mail;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ForgotForm {
    email: String,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct LetterPromise {
    message: &'static str,
}

/// For a server that cannot send mail.
pub(super) fn no_mail() -> Problem {
    let detail = "this server sends no mail; please ask the company";
    Problem::new(ErrorCode::NO_MAIL, detail)
}

/// Ask for a letter because the password was forgotten.
///
/// A letter goes to the address if it has an account and is verified; otherwise the answer is the
/// same, and as fast. A second letter is sent after a minute at the earliest, and each further pause
/// is twice as long, up to the 30 minutes for which the token of the last letter is good.
#[utoipa::path(post, path = "/auth/forgot", tag = "auth", request_body = ForgotForm,
    responses((status = 202, body = LetterPromise)))]
pub(crate) async fn forgot(
    State(app): State<Arc<App>>,
    Payload(form): Payload<ForgotForm>,
) -> Result<(StatusCode, Json<LetterPromise>), Problem> {
    let mut errors = FieldErrors::default();
    let address = errors.check("/email", email(&form.email)).ok_or(errors)?;
    let mail = app.mail.as_ref().ok_or_else(no_mail)?;
    mail.forgotten.try_send(address).map_err(|_| {
        let detail = "too many have forgotten their passwords; please try again";
        Problem::new(ErrorCode::UNAVAILABLE, detail)
    })?;
    let message = "if this address has an account, a letter is on its way to it";
    Ok((StatusCode::ACCEPTED, Json(LetterPromise { message })))
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ResetForm {
    /// As it is in the letter.
    token: String,
    /// 8 to 128 characters, and none of the common ones.
    new_password: String,
}

/// Choose a new password with the token of the letter.
///
/// All tokens of the account end, refresh tokens and open sockets included. The token can be used
/// once, for 30 minutes.
#[utoipa::path(post, path = "/auth/reset", tag = "auth", request_body = ResetForm,
    responses((status = 204)))]
pub(crate) async fn reset(
    State(app): State<Arc<App>>,
    asking: Asking,
    Payload(form): Payload<ResetForm>,
) -> Result<StatusCode, Problem> {
    let over = || Problem::field("/token", "is not, or not any more, what was sent");
    let digest = MailToken::sent(&form.token).digest();
    let holder = app.store.mail_token_holder(TokenUse::Reset, digest, app.now()).await?;
    let user = holder.ok_or_else(over)?;
    let mut errors = FieldErrors::default();
    let names = [user.first_name.as_str(), &user.last_name];
    errors.check("/newPassword", fit_password(&form.new_password, &user.email, &names));
    errors.into_result()?;
    let hash = app.passwords.hash(Asker::of(None, &user.email), form.new_password).await?;
    let write = MailWrite::Reset { digest, hash: PasswordHash(hash) };
    let actor = Account { user_id: user.id, role: user.role };
    let done = app.write(asking.without_version().by(actor), PeopleWrite::Mail(write)).await?;
    // Another request with the same token was faster.
    done.holder().ok_or_else(over)?;
    app.gateway.account_changed(user.id).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Handles requests for a new password until the server stops.
pub(crate) async fn write_letters(
    store: Arc<dyn Store>,
    mail: Mail,
    mut line: mpsc::Receiver<String>,
    source: booking::Source,
    stop: CancellationToken,
) {
    while let Some(Some(address)) = stop.run_until_cancelled(line.recv()).await {
        let letter = match mail.letter(TokenUse::Reset, address.clone()) {
            Ok(letter) => letter,
            Err(error) => {
                tracing::warn!(%error, "a letter for a new password could not be written");
                continue;
            }
        };
        let write = MailWrite::SendReset { email: address, letter };
        let envelope = Envelope::new(PeopleWrite::Mail(write), Actor::System, source.now());
        match store.send(envelope).await {
            Ok(_) => mail.outbox.has_more(),
            Err(error) => {
                tracing::warn!(%error, "a letter for a new password could not be written");
            }
        }
    }
}
