//! `/personal-data`: everything that is stored about one person, and its erasure, for
//! administrators (KVKK, GDPR).
//!
//! A person is found by a phone number, an identity number or an account. What was sold keeps its
//! seat and its money; an erasure removes the person from it. It works booking by booking: what
//! cannot be erased yet is named in the answer, and a later request continues. A customer does the
//! same for themselves (`own_data.rs`).

mod erasing;
mod person;
mod told;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use domain::FieldErrors;
use domain::audit::Shown;
use domain::identity::IdentityNumber;
use domain::passenger::Phone;

pub(super) use self::erasing::Erased;
pub(super) use self::person::Person;
use super::asking::Asking;
use super::caller::Admin;
use super::payload::{Payload, Query};
use super::problem::Problem;
use super::reading::Reading;
use super::wire::personal_data::{ErasureBody, ExportQuery, PersonQuery, PersonalDataBody};
use crate::app::App;

impl TryFrom<PersonQuery> for Person {
    type Error = Problem;

    fn try_from(query: PersonQuery) -> Result<Self, Problem> {
        let mut errors = FieldErrors::default();
        let PersonQuery { phone, tc_kimlik_no, user_id } = query;
        let given = [phone.is_some(), tc_kimlik_no.is_some(), user_id.is_some()];
        if given.into_iter().filter(|is_given| *is_given).count() != 1 {
            errors.push("/phone", "exactly one of phone, tcKimlikNo and userId says who is meant");
            return Err(errors.into());
        }
        let phone = phone.and_then(|text| errors.check("/phone", Phone::parse(&text)));
        let number =
            tc_kimlik_no.and_then(|text| errors.check("/tcKimlikNo", IdentityNumber::parse(&text)));
        let found = phone
            .map(Self::Phone)
            .or(number.map(Self::IdentityNumber))
            .or(user_id.map(|id| Self::Account(id.into())));
        found.ok_or_else(|| errors.into())
    }
}

/// Everything that is stored about one person (ADMIN).
///
/// An account and what it did; bookings with documents in full, with their payments and refunds,
/// and with what was done with them; the newest come first, and `page` has the rest. The audit gets
/// a row about the tickets of each page, and one about its accounts. All that an account did is in
/// `GET /audit?actorId=`, too.
#[utoipa::path(get, path = "/personal-data", tag = "users", params(ExportQuery),
    security(("bearer" = [])), responses((status = 200, body = PersonalDataBody)))]
pub(crate) async fn export(
    State(app): State<Arc<App>>,
    Admin(actor): Admin,
    reading: Reading,
    Query(query): Query<ExportQuery>,
) -> Result<Json<PersonalDataBody>, Problem> {
    let (person, paging) = query.parts();
    let page = paging.page()?;
    let found = Person::try_from(person)?.find(&app, page).await?;
    // Two rows: whoever owns a booking is shown the rows about it, and must not learn from them who
    // else has given its phone number.
    reading.clone().of(&app, actor, Shown::users(found.accounts(), actor)).await;
    reading.of(&app, actor, Shown::list(found.tickets(), None, actor)).await;
    found.told(&app, page, actor).await.map(Json)
}

/// Erase one person (ADMIN).
///
/// Names, phone numbers, e-mail addresses and documents are removed from every booking of theirs
/// that is over; seats, money, figures and the audit stay. By `tcKimlikNo`, only that passenger's
/// tickets; by `phone`, no account, because it was never checked whose number it is. A booking that
/// is not over is left as it is and named. An account ends with the last of its bookings, and its
/// tickets and sales no longer name it.
#[utoipa::path(post, path = "/personal-data/erasure", tag = "users", request_body = PersonQuery,
    security(("bearer" = [])), responses((status = 200, body = ErasureBody)))]
pub(crate) async fn erase(
    State(app): State<Arc<App>>,
    Admin(actor): Admin,
    asking: Asking,
    Payload(query): Payload<PersonQuery>,
) -> Result<Json<ErasureBody>, Problem> {
    let person = Person::try_from(query)?;
    Ok(Json(person.erase(&app, (asking, actor)).await?.told))
}
