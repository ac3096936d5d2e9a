//! `/auth/me/personal-data` and `/auth/me/erasure`: a customer's own data, exported and erased
//! without asking an administrator (KVKK, GDPR).
//!
//! The rules for what is erased and what stays are those for administrators (`personal_data.rs`).
//! The erasure asks for the password: a stolen token alone must not end an account.

use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use domain::{Refusal, Role};
use socketio::Remote;

use super::asking::Asking;
use super::caller::Caller;
use super::password::prove;
use super::payload::{Payload, Query};
use super::personal_data::{Erased, Person};
use super::problem::Problem;
use super::wire::personal_data::{ErasureForm, OwnErasureBody, PersonalDataBody, PersonalPaging};
use crate::app::App;

/// Everything that is stored about one's own person.
///
/// The account and what it did; its bookings with documents in full, with their payments and
/// refunds, with what was done with them, and with who read them. The newest come first, and `page`
/// has the rest.
#[utoipa::path(get, path = "/auth/me/personal-data", tag = "auth", params(PersonalPaging),
    security(("bearer" = [])), responses((status = 200, body = PersonalDataBody)))]
pub(crate) async fn export(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Query(paging): Query<PersonalPaging>,
) -> Result<Json<PersonalDataBody>, Problem> {
    let page = paging.page()?;
    let found = Person::Account(actor.user_id).find(&app, page).await?;
    found.told(&app, page, actor).await.map(Json)
}

/// Erase one's own data (customers).
///
/// Names, phone numbers, e-mail addresses and documents are removed from every booking that is
/// over, and the account ends with the last of them. A booking that is not over, or for which money
/// is owed, is left as it is and named in `open`: cancel it, or ask again when it is over. What
/// stays, because the law requires it, is named in `kept`. Accounts of staff are erased by an
/// administrator.
#[utoipa::path(post, path = "/auth/me/erasure", tag = "auth", request_body = ErasureForm,
    security(("bearer" = [])), responses((status = 200, body = OwnErasureBody)))]
pub(crate) async fn erase(
    State(app): State<Arc<App>>,
    Extension(Remote(remote)): Extension<Remote>,
    Caller(actor): Caller,
    asking: Asking,
    Payload(form): Payload<ErasureForm>,
) -> Result<Json<OwnErasureBody>, Problem> {
    // The sales of staff name them, and a company must know who sold what: an administrator
    // decides.
    if actor.role != Role::Customer {
        return Err(Refusal::NotYours.into());
    }
    prove(&app, remote, actor.user_id, form.password, "/password").await?;
    let person = Person::Account(actor.user_id);
    let Erased { told, has_payments } = person.erase(&app, (asking, actor)).await?;
    Ok(Json(OwnErasureBody::new(told, has_payments)))
}
