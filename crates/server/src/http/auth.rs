//! `/auth`: registering, logging in, and reading one's own account.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use domain::field::name;
use domain::passenger::Phone;
use domain::user::email;
use domain::{Account, FieldErrors, Origin, Role, TokenGeneration, User};
use http::{HeaderMap, StatusCode, header};
use socketio::Remote;
use store::{Credentials, PasswordHash, PeopleWrite, StoreError, TokenUse};

use super::asking::Asking;
use super::caller::{Caller, MaybeCaller};
use super::password_attempt::{attempt, told};
use super::payload::Payload;
use super::problem::Problem;
use super::refresh;
use super::totp::{SecondStep, second_step};
use super::wire::user::{Login, Registration, Session, UserBody};
use crate::app::App;
use crate::error_codes::ErrorCode;
use crate::identity::guessable::fit_password;
use crate::identity::passwords::Asker;
use crate::metrics::count_refused;

/// Register.
///
/// Every new account is a CUSTOMER; only an ADMIN may give another role.
#[utoipa::path(post, path = "/auth/register", tag = "auth", request_body = Registration,
    responses((status = 201, body = Session)))]
pub(crate) async fn register(
    State(app): State<Arc<App>>,
    Extension(Remote(remote)): Extension<Remote>,
    MaybeCaller(caller): MaybeCaller,
    asking: Asking,
    Payload(form): Payload<Registration>,
) -> Result<(StatusCode, Json<Session>), Problem> {
    if form.role.is_some() && caller.is_none_or(|actor| actor.role != Role::Admin) {
        return Err(Problem::forbidden("only an administrator can give somebody a role"));
    }
    let mut errors = FieldErrors::default();
    let email = errors.check("/email", email(&form.email));
    let names = [&form.first_name, &form.last_name].map(|name| name.as_deref().unwrap_or_default());
    let address = email.as_deref().unwrap_or_default();
    errors.check("/password", fit_password(&form.password, address, &names));
    // A missing name is empty. A name that is sent but shows nothing is a mistake.
    let mut names = |pointer, given: Option<String>| {
        given.map_or(Some(String::new()), |text| errors.check(pointer, name(&text)))
    };
    let first_name = names("/firstName", form.first_name);
    let last_name = names("/lastName", form.last_name);
    let phone = form.phone.filter(|text| !text.trim().is_empty()).and_then(|text| {
        errors.check("/phone", Phone::parse(&text)).map(|phone| phone.as_str().to_owned())
    });
    let (Some(email), Some(first_name), Some(last_name)) = (email, first_name, last_name) else {
        return Err(errors.into());
    };
    errors.into_result()?;
    if let Some(mail) = &app.mail {
        mail.new_accounts.admit(&email, Instant::now()).map_err(|early| {
            count_refused("new_account");
            let detail = "accounts were made under this address again and again; try later";
            Problem::new(ErrorCode::RATE_LIMITED, detail)
                .retry_after_seconds(early.retry_after_seconds)
        })?;
    }

    let asker = Asker::of(Some(remote), &email);
    let password_hash = app.passwords.hash(asker, form.password).await?;
    let now = app.now();
    let user = User {
        id: app.id()?,
        email,
        first_name,
        last_name,
        phone,
        role: form.role.map_or(Role::Customer, |role| role.0),
        disabled_at: None,
        is_demo: false,
        origin: Origin::Own,
        created_at: now,
        updated_at: now,
    };
    // The new account itself is the actor, unless an administrator creates the account.
    let actor = caller.unwrap_or(Account { user_id: user.id, role: user.role });
    let hash = PasswordHash(password_hash);
    let write = match &app.mail {
        None => PeopleWrite::CreateUser(user, hash),
        Some(mail) => {
            let letter = mail.letter(TokenUse::Verify, user.email.clone());
            let letter = letter.map_err(|error| Problem::internal(&error))?;
            PeopleWrite::Register(user, hash, Box::new(letter))
        }
    };
    let user = app.write(asking.without_version().by(actor), write).await?.user();
    if let Some(mail) = &app.mail {
        mail.new_accounts.one_more(user.email.clone(), Instant::now());
        mail.outbox.has_more();
    }
    let session = refresh::session(&app, user, TokenGeneration::default()).await?;
    Ok((StatusCode::CREATED, Json(session)))
}

/// Log in.
///
/// With `Accept: text/plain` the answer is the bare token, for shells. Staff with a second factor
/// also send its `code`: without one they get 401 `totp_required`.
#[utoipa::path(post, path = "/auth/login", tag = "auth", request_body = Login,
    responses((status = 200, body = Session)))]
pub(crate) async fn login(
    State(app): State<Arc<App>>,
    Extension(Remote(remote)): Extension<Remote>,
    headers: HeaderMap,
    Payload(form): Payload<Login>,
) -> Result<Response, Problem> {
    let known_form = email(&form.email);
    // Before anything is looked up, so that the time to wait is the same for unknown addresses.
    let attempt = attempt(&app, known_form.as_deref().unwrap_or(&form.email), remote)?;
    let address = known_form.unwrap_or_default();
    let mut wrong = Problem::unauthorized("e-mail address or password is wrong");
    let tried = async {
        let known = credentials(&app, &form.email, &address).await?;
        // Like an address without an account, and as slow: no password opens one of the provider's.
        let known = known.filter(|known| known.user.origin == Origin::Own);
        let hash = known.as_ref().map(|known| known.password_hash.clone());
        let asker = Asker::of(Some(remote), &address);
        let matches = app.passwords.verify(asker, form.password, hash).await?;
        let Some(known) = known.filter(|_| matches) else { return Ok(None) };
        match second_step(&app, &known.user, form.code.as_deref()).await? {
            SecondStep::Passed => Ok(Some(known)),
            SecondStep::Missing => Err(Problem::new(ErrorCode::TOTP_REQUIRED, "send a code, too")),
            // Counted like a wrong password: a caller that guesses codes has to wait.
            SecondStep::Wrong => {
                wrong =
                    Problem::new(ErrorCode::TOTP_WRONG, "the code is wrong, or was used before");
                Ok(None)
            }
        }
    };
    let known = told(attempt, tried.await)?;
    let Credentials { user, generation, .. } = known.ok_or(wrong)?;
    // Only for a caller that knows the password: others must not learn which accounts there are.
    if user.disabled_at.is_some() {
        let detail = "this account is disabled; please ask an administrator";
        return Err(Problem::new(ErrorCode::ACCOUNT_DISABLED, detail));
    }
    let wants_text = headers
        .get(header::ACCEPT)
        .is_some_and(|accept| accept.as_bytes().starts_with(b"text/plain"));
    if wants_text {
        return Ok(app.token_for(&user, generation, None)?.into_response());
    }
    Ok(Json(refresh::session(&app, user, generation).await?).into_response())
}

/// The account of an address. An old account may not have got the normal form of its address,
/// because another account already had it. Such an account is found by the address as it was typed.
async fn credentials(
    app: &App,
    typed: &str,
    address: &str,
) -> Result<Option<Credentials>, StoreError> {
    let as_typed = typed.trim().to_lowercase();
    if as_typed != address
        && let Some(known) = app.store.credentials(&as_typed).await?
    {
        return Ok(Some(known));
    }
    app.store.credentials(address).await
}

/// Who am I?
#[utoipa::path(get, path = "/auth/me", tag = "auth", security(("bearer" = [])),
    responses((status = 200, body = UserBody)))]
pub(crate) async fn me(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
) -> Result<Json<UserBody>, Problem> {
    let user = app.store.user(actor.user_id).await?;
    let user = user.ok_or(Problem::unauthorized("the account of this token is gone"))?;
    Ok(Json(user.into()))
}
