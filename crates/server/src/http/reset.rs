//! `/auth/forgot`, `/auth/reset`: a new password for a person who reads the mail of an account.
//!
//! The caller is answered before anything is looked up: always with the same answer, and always as
//! fast. The request waits in a short queue and a task of its own handles it.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use domain::user::email;
use domain::{Account, Actor, FieldErrors};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use store::{CommandError, Door, Envelope, MailWrite, PasswordHash, PeopleWrite, TokenUse};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use tokio::time::Instant;
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

/// How long one letter is tried to be written: longer than a database takes to change over. Others
/// wait meanwhile, and when there are too many, new ones are refused.
const WRITING_SECONDS_MAX: u64 = 60;
/// Between two tries.
const WRITE_PAUSE_MILLISECONDS: u64 = 250;
/// How long a stop waits for the letters that were promised: less than it waits for all that the
/// server does by itself.
const STOPPING_SECONDS_MAX: u64 = 8;

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
    mail.forgotten.try_send(address).map_err(|error| {
        let detail = match error {
            TrySendError::Full(_) => "too many have forgotten their passwords; please try again",
            TrySendError::Closed(_) => "this server is stopping; please try again",
        };
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

/// Handles requests for a new password until the server stops, and then those that still wait:
/// whoever asked was told that a letter is on its way.
pub(crate) async fn write_letters(
    store: Arc<dyn Door>,
    mail: Mail,
    mut line: mpsc::Receiver<String>,
    source: booking::Source,
    stop: CancellationToken,
) {
    let all = async {
        while let Some(Some(address)) = stop.run_until_cancelled(line.recv()).await {
            write_letter(&*store, &mail, address, &source).await;
        }
        // Who asks from now on is not told that a letter is on its way.
        line.close();
        while let Ok(address) = line.try_recv() {
            write_letter(&*store, &mail, address, &source).await;
        }
    };
    let too_late = async {
        stop.cancelled().await;
        tokio::time::sleep(Duration::from_secs(STOPPING_SECONDS_MAX)).await;
    };
    let are_all_written = tokio::select! {
        () = all => true,
        () = too_late => false,
    };
    if !are_all_written {
        tracing::warn!(
            waiting = line.len(),
            "the server stops before all letters for a new password could be written"
        );
    }
}

/// Tries again while the store cannot do its work for a moment. The same letter is never written
/// twice: if the first try was committed after all, the pause between two letters ends the second.
async fn write_letter(store: &dyn Door, mail: &Mail, address: String, source: &booking::Source) {
    let letter = match mail.letter(TokenUse::Reset, address.clone()) {
        Ok(letter) => letter,
        Err(error) => {
            tracing::warn!(%error, "a letter for a new password could not be written");
            return;
        }
    };
    let write = MailWrite::SendReset { email: address, letter };
    let last = Instant::now() + Duration::from_secs(WRITING_SECONDS_MAX);
    let pause = Duration::from_millis(WRITE_PAUSE_MILLISECONDS);
    loop {
        let write = PeopleWrite::Mail(write.clone());
        let envelope = Envelope::new(write, Actor::System, source.now());
        match store.send(envelope).await {
            Ok(_) => {
                mail.outbox.has_more();
                return;
            }
            Err(CommandError::Store(error))
                if error.is_of_the_moment() && Instant::now() + pause < last =>
            {
                tokio::time::sleep(pause).await;
            }
            Err(error) => {
                tracing::warn!(%error, "a letter for a new password could not be written");
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests;
