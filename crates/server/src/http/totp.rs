//! `/auth/totp`: a second factor for staff, whose logins then also need a code from their phone.

use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use domain::User;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use socketio::Remote;
use store::{FactorWrite, PeopleWrite, SecondFactor};
use utoipa::ToSchema;

use super::asking::Asking;
use super::caller::{Admin, Staff};
use super::password::prove;
use super::payload::{Id, Payload};
use super::problem::Problem;
use crate::app::App;
use crate::error_codes::ErrorCode;
use crate::identity::recovery_codes;
use crate::identity::totp::TotpSecret;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TotpForm {
    /// Of the account.
    password: String,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TotpEnrolment {
    /// In base 32, to be typed into an authenticator app.
    secret: String,
    /// The same, for a QR code.
    uri: String,
}

/// Begin to set up a second factor (staff).
///
/// Nothing changes until a code is confirmed; until then the setup can be started again.
#[utoipa::path(post, path = "/auth/totp", tag = "auth", request_body = TotpForm,
    security(("bearer" = [])), responses((status = 201, body = TotpEnrolment)))]
pub(crate) async fn enrol(
    State(app): State<Arc<App>>,
    Extension(Remote(remote)): Extension<Remote>,
    Staff(actor): Staff,
    asking: Asking,
    Payload(form): Payload<TotpForm>,
) -> Result<(StatusCode, Json<TotpEnrolment>), Problem> {
    let known = prove(&app, remote, actor.user_id, form.password, "/password").await?;
    let source = app.desk.source();
    let secret = TotpSecret::draw(source).map_err(|error| Problem::internal(&error))?;
    let sealed = app.factor_seal.sealed(actor.user_id, &secret, source);
    let sealed = sealed.map_err(|error| Problem::internal(&error))?;
    let write = FactorWrite::Enrol { user_id: actor.user_id, sealed };
    let done = app.write(asking.without_version().by(actor), PeopleWrite::Factor(write)).await?;
    done.holder().ok_or_else(|| {
        let detail = "this account has a second factor; an administrator can take it away";
        Problem::new(ErrorCode::TOTP_ENABLED, detail)
    })?;
    let body = TotpEnrolment { secret: secret.text(), uri: secret.uri(&known.user.email) };
    Ok((StatusCode::CREATED, Json(body)))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TotpConfirmation {
    /// Six digits, as the app shows them.
    code: String,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RecoveryCodes {
    /// Each one replaces a code from the phone, once. They are shown only this time.
    recovery_codes: Vec<String>,
}

/// Confirm a second factor with a first code (staff).
///
/// From now on a login also needs a code.
#[utoipa::path(post, path = "/auth/totp/confirm", tag = "auth", request_body = TotpConfirmation,
    security(("bearer" = [])), responses((status = 200, body = RecoveryCodes)))]
pub(crate) async fn confirm(
    State(app): State<Arc<App>>,
    Staff(actor): Staff,
    asking: Asking,
    Payload(form): Payload<TotpConfirmation>,
) -> Result<Json<RecoveryCodes>, Problem> {
    let user_id = actor.user_id;
    let wrong = || Problem::field("/code", "is not a code of this moment");
    let kept = app.store.second_factor(user_id).await?.filter(|kept| !kept.is_confirmed);
    let opened =
        |kept: SecondFactor| Some((app.factor_seal.opened(user_id, &kept.sealed)?, kept.sealed));
    let none = Problem::new(ErrorCode::TOTP_NOT_BEGUN, "begin with POST /auth/totp");
    let (opened, sealed) = kept.and_then(opened).ok_or(none)?;
    let step = opened.secret.step_of(&form.code, app.now()).ok_or_else(wrong)?;
    let codes = recovery_codes::draw(app.desk.source());
    let codes = codes.map_err(|error| Problem::internal(&error))?;
    let recovery = codes.iter().map(|code| recovery_codes::digest(code)).collect();
    let write = FactorWrite::Confirm { user_id, sealed, step, recovery };
    let done = app.write(asking.without_version().by(actor), PeopleWrite::Factor(write)).await?;
    done.holder().ok_or_else(wrong)?;
    Ok(Json(RecoveryCodes { recovery_codes: codes }))
}

/// Take an account's second factor away (ADMIN).
///
/// For a person who has lost phone and recovery codes: a login needs only the password again.
#[utoipa::path(delete, path = "/users/{id}/totp", tag = "users", params(("id" = Uuid, Path)),
    security(("bearer" = [])), responses((status = 204)))]
pub(crate) async fn disable(
    State(app): State<Arc<App>>,
    Admin(actor): Admin,
    asking: Asking,
    Id(id): Id,
) -> Result<StatusCode, Problem> {
    let write = PeopleWrite::Factor(FactorWrite::Disable { user_id: id.into() });
    let show = |_| StatusCode::NO_CONTENT;
    app.answer((asking, actor), write, show).await
}

/// Whether a login still has to send a code.
pub(super) enum SecondStep {
    Passed,
    /// There was no code.
    Missing,
    Wrong,
}

/// Whether a user who knows the password may log in: those who have confirmed a second factor need
/// a code. Whatever their role is now: staff set it up, and a token keeps its rights for as long as
/// the account has them, also where it becomes staff again.
pub(super) async fn second_step(
    app: &App,
    user: &User,
    code: Option<&str>,
) -> Result<SecondStep, Problem> {
    let kept = app.store.second_factor(user.id).await?.filter(|kept| kept.is_confirmed);
    let Some(kept) = kept else { return Ok(SecondStep::Passed) };
    let Some(code) = code else { return Ok(SecondStep::Missing) };
    let write = match app.factor_seal.opened(user.id, &kept.sealed) {
        Some(opened) => match opened.secret.step_of(code, app.now()) {
            Some(step) => {
                let anew = (!opened.is_newest)
                    .then(|| app.factor_seal.sealed(user.id, &opened.secret, app.desk.source()));
                let sealed = anew.transpose().map_err(|error| Problem::internal(&error))?;
                FactorWrite::UseStep { user_id: user.id, step, sealed }
            }
            None => recovery(user, code),
        },
        None => {
            tracing::error!(
                user_id = %user.id,
                "a second factor cannot be read: SEATWIRE_JWT_SECRET has changed twice since it was \
                 used; an administrator can take it away"
            );
            recovery(user, code)
        }
    };
    let write = PeopleWrite::Factor(write);
    let done = app.write(domain::Actor::System.into(), write).await?;
    Ok(if done.holder().is_some() { SecondStep::Passed } else { SecondStep::Wrong })
}

fn recovery(user: &User, code: &str) -> FactorWrite {
    FactorWrite::UseRecovery { user_id: user.id, digest: recovery_codes::digest(code) }
}
