//! `/auth/verification`, `/auth/verify`: proves that the address of an account reaches its owner.
//! Until then no other mail is sent to it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use domain::Account;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use store::{MailWrite, PeopleWrite, TokenUse};
use utoipa::ToSchema;

use super::asking::Asking;
use super::caller::Caller;
use super::payload::Payload;
use super::problem::Problem;
use super::reset::no_mail;
use crate::app::App;
use crate::identity::mail_tokens::MailToken;

#[derive(Serialize, ToSchema)]
pub(crate) struct VerificationPromise {
    message: &'static str,
}

/// Ask for another letter that verifies one's address.
///
/// The first is sent with the registration. No letter is sent to an address that is verified, nor a
/// second one within a minute; each further pause is twice as long, up to a day.
#[utoipa::path(post, path = "/auth/verification", tag = "auth", security(("bearer" = [])),
    responses((status = 202, body = VerificationPromise)))]
pub(crate) async fn send(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    asking: Asking,
) -> Result<(StatusCode, Json<VerificationPromise>), Problem> {
    let mail = app.mail.as_ref().ok_or_else(no_mail)?;
    let gone = || Problem::unauthorized("the account of this token is gone");
    let user = app.store.user(actor.user_id).await?.ok_or_else(gone)?;
    let letter = mail.letter(TokenUse::Verify, user.email);
    let letter = letter.map_err(|error| Problem::internal(&error))?;
    let write = MailWrite::SendVerification { user_id: actor.user_id, letter };
    app.write(asking.without_version().by(actor), PeopleWrite::Mail(write)).await?;
    mail.outbox.has_more();
    let message = "a letter is on its way, unless the address is verified or one was sent just now";
    Ok((StatusCode::ACCEPTED, Json(VerificationPromise { message })))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VerifyForm {
    /// As it is in the letter.
    token: String,
}

/// Verify an address with the token that was sent to it.
#[utoipa::path(post, path = "/auth/verify", tag = "auth", request_body = VerifyForm,
    responses((status = 204)))]
pub(crate) async fn verify(
    State(app): State<Arc<App>>,
    asking: Asking,
    Payload(form): Payload<VerifyForm>,
) -> Result<StatusCode, Problem> {
    let over = || Problem::field("/token", "is not, or not any more, what was sent");
    let digest = MailToken::sent(&form.token).digest();
    let holder = app.store.mail_token_holder(TokenUse::Verify, digest, app.now()).await?;
    let user = holder.ok_or_else(over)?;
    let actor = Account { user_id: user.id, role: user.role };
    let write = PeopleWrite::Mail(MailWrite::Verify { digest });
    app.write(asking.without_version().by(actor), write).await?.holder().ok_or_else(over)?;
    Ok(StatusCode::NO_CONTENT)
}
