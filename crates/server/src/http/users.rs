//! `/users`: accounts, for administrators. A change takes effect at once, also for the account's
//! tokens and open sockets.
//!
//! A deletion ends an account, not its history: it can no longer log in, its e-mail address is
//! free, and tickets, sales and the audit keep naming it. Seats that it reserved stay reserved
//! until they are paid, cancelled or expire; a guest with code and phone can manage them.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use domain::audit::Shown;
use domain::{CityKey, FieldErrors, Refusal, User};
use serde::Deserialize;
use store::{AccountChange, Done, PeopleWrite, UserFilter};
use utoipa::IntoParams;

use super::asking::Asking;
use super::caller::Admin;
use super::entity_tag::Tagged;
use super::payload::{Id, Payload, Query};
use super::prefer::Prefer;
use super::problem::Problem;
use super::reading::Reading;
use super::wire::list::{BareList, Paging};
use super::wire::scalar::RoleWord;
use super::wire::user::{AccountBody, AccountChanges};
use crate::app::App;

/// No e-mail address or name is longer.
const WORDS_CHARS_MAX: usize = 254;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct UserQuery {
    /// The beginning of the e-mail address, or of the first, last or whole name; case and Turkish
    /// letters do not matter. Where names are encrypted, only a whole name is found. If more than
    /// 2,000 accounts share the beginning, the others are left out (`X-Total-Count-Limited`).
    q: Option<String>,
    #[param(inline)]
    role: Option<RoleWord>,
    disabled: Option<bool>,
}

impl TryFrom<UserQuery> for UserFilter {
    type Error = Problem;

    fn try_from(query: UserQuery) -> Result<Self, Problem> {
        let mut begins_with = None;
        if let Some(words) = &query.q {
            let key = CityKey::new(words);
            let is_some = !key.as_str().is_empty() && words.chars().count() <= WORDS_CHARS_MAX;
            if !is_some {
                let mut errors = FieldErrors::default();
                errors.push("/q", format!("must have between 1 and {WORDS_CHARS_MAX} characters"));
                return Err(errors.into());
            }
            begins_with = Some(key);
        }
        let role = query.role.map(|word| word.0);
        Ok(Self { begins_with, role, is_disabled: query.disabled, is_demo: None })
    }
}

/// List accounts, by e-mail address (ADMIN).
#[utoipa::path(get, path = "/users", tag = "users", params(UserQuery, Paging),
    security(("bearer" = [])), responses((status = 200, body = Vec<AccountBody>,
        headers(("X-Total-Count" = u64, description = "How many there are in all")))))]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Admin(actor): Admin,
    reading: Reading,
    Query(paging): Query<Paging>,
    Query(query): Query<UserQuery>,
) -> Result<BareList<AccountBody>, Problem> {
    let page = paging.page()?;
    let users = app.store.users(query.try_into()?, page).await?;
    let shown = Shown::users(users.items.iter().map(|user| user.id), actor);
    reading.of(&app, actor, shown).await;
    Ok(BareList(users.map(AccountBody::from)))
}

type Answer = Tagged<Json<AccountBody>>;

fn shown(user: User) -> Answer {
    let updated_at = user.updated_at;
    Tagged::new(Json(user.into()), updated_at)
}

/// One account (ADMIN).
#[utoipa::path(get, path = "/users/{id}", tag = "users", params(("id" = Uuid, Path)),
    security(("bearer" = [])), responses((status = 200, body = AccountBody)))]
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Admin(actor): Admin,
    reading: Reading,
    Id(id): Id,
) -> Result<Answer, Problem> {
    let user = app.store.user(id.into()).await?.ok_or(Refusal::AccountNotFound)?;
    reading.of(&app, actor, Shown::users([user.id], actor)).await;
    Ok(shown(user))
}

/// Change an account (ADMIN).
///
/// It takes effect at once, also for tokens and open sockets. The last administrator who can log in
/// stays one.
#[utoipa::path(patch, path = "/users/{id}", tag = "users", request_body = AccountChanges,
    params(("id" = Uuid, Path)), security(("bearer" = [])),
    responses((status = 200, body = AccountBody)))]
pub(crate) async fn update(
    State(app): State<Arc<App>>,
    Admin(actor): Admin,
    asking: Asking,
    Id(id): Id,
    Payload(changes): Payload<AccountChanges>,
) -> Result<Answer, Problem> {
    let AccountChanges { role, disabled } = changes;
    let change = AccountChange::Edit { role: role.map(|word| word.0), is_disabled: disabled };
    let write = PeopleWrite::ChangeAccount(id.into(), change);
    let answer = app.answer((asking, actor), write, |done| shown(done.user())).await?;
    app.gateway.account_changed(id.into()).await;
    Ok(answer)
}

/// Delete an account (ADMIN).
///
/// The account can no longer log in, its tokens and sockets end, and its e-mail address is free.
/// Tickets, sales and the audit keep naming it. Seats that it reserved stay reserved until they are
/// paid, cancelled or expire; a guest with code and phone can manage them.
#[utoipa::path(delete, path = "/users/{id}", tag = "users", params(("id" = Uuid, Path)),
    security(("bearer" = [])), responses((status = 204), (status = 200, body = AccountBody,
        description = "Asked by `Prefer: return=representation`")))]
pub(crate) async fn delete(
    State(app): State<Arc<App>>,
    Admin(actor): Admin,
    asking: Asking,
    prefer: Prefer,
    Id(id): Id,
) -> Result<Response, Problem> {
    let write = PeopleWrite::ChangeAccount(id.into(), AccountChange::Delete);
    let show = move |done: Done| prefer.deleted(AccountBody::from(done.user()));
    let answer = app.answer((asking, actor), write, show).await?;
    app.gateway.account_changed(id.into()).await;
    Ok(answer)
}
