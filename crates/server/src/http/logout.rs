//! `/auth/logout`: ends a token before its time, or all tokens of its account.

use std::sync::Arc;

use axum::extract::State;
use http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;
use store::{AccountChange, PeopleWrite};
use utoipa::IntoParams;

use super::asking::Asking;
use super::caller::Bearer;
use super::payload::Query;
use super::problem::Problem;
use crate::app::App;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct LogoutQuery {
    /// `true`: all tokens of the account end, wherever they are.
    everywhere: Option<bool>,
}

/// Log out.
///
/// Ends this token at once, the access that sockets have by it, and the refresh token that came
/// with it.
#[utoipa::path(post, path = "/auth/logout", tag = "auth", params(LogoutQuery),
    security(("bearer" = [])), responses((status = 204)))]
pub(crate) async fn logout(
    State(app): State<Arc<App>>,
    Bearer(holder): Bearer,
    asking: Asking,
    Query(query): Query<LogoutQuery>,
) -> Result<StatusCode, Problem> {
    let change = if query.everywhere == Some(true) {
        // They have no generation that could end: the provider gives them out, and ends them.
        if holder.is_of_provider {
            let detail = "tokens of the identity provider end there; here each ends by itself, with \
                          POST /auth/logout";
            return Err(Problem::forbidden(detail));
        }
        AccountChange::RevokeAll
    } else {
        // An expiry beyond the last date of the calendar is good until that date.
        let expires_at = Timestamp::from_second(holder.expires).unwrap_or(Timestamp::MAX);
        AccountChange::RevokeToken { id: holder.token, expires_at, family: holder.family }
    };
    let id = holder.actor.user_id;
    let write = PeopleWrite::ChangeAccount(id, change);
    app.write(asking.without_version().by(holder.actor), write).await?;
    app.gateway.account_changed(id).await;
    Ok(StatusCode::NO_CONTENT)
}
