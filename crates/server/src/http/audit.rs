//! `GET /audit`: who changed or read what (administrators), as JSON or, for a spreadsheet, as CSV.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use domain::FieldErrors;
use http::{HeaderMap, HeaderValue, header};
use serde::Deserialize;
use store::{AuditFilter, Paged};
use utoipa::IntoParams;
use uuid::Uuid;

use super::accepted::weight_of;
use super::caller::Admin;
use super::payload::Query;
use super::problem::Problem;
use super::wire::audit::{AuditBody, TEXT_CSV, csv};
use super::wire::list::{BareList, Paging};
use super::wire::list_at_once::{ListAtOnce, ROWS_AT_ONCE_MAX};
use super::wire::scalar::Time;
use crate::app::App;

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuditQuery {
    ticket_id: Option<Uuid>,
    booking_id: Option<Uuid>,
    route_id: Option<Uuid>,
    actor_id: Option<Uuid>,
    /// Not before this time.
    from: Option<Time>,
    /// Before this time.
    to: Option<Time>,
}

/// Who changed or read what, newest first (administrators).
///
/// One row for every change of a ticket, booking, hold, block, route, bus, layout, feature, station
/// or account, written in its transaction, and for every read by staff of personal data outside
/// their own sales. With `Accept: text/csv` as CSV, without `page` and `limit` up to 1,000 rows at
/// once.
///
/// Two filters that no index covers together look at the newest 5,000 rows of one of them;
/// `X-Total-Count-Limited` says when there are more.
#[utoipa::path(get, path = "/audit", tag = "operations", params(AuditQuery, Paging),
    security(("bearer" = [])), responses((status = 200,
        content((Vec<AuditBody> = "application/json"), (String = "text/csv")),
        headers(("X-Total-Count" = u64, description = "How many there are in all"),
            ("Link" = String, description = "Of CSV: `rel=\"next\"`, where there is more")))))]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    _: Admin,
    headers: HeaderMap,
    at_once: ListAtOnce<ROWS_AT_ONCE_MAX>,
    Query(paging): Query<Paging>,
    Query(query): Query<AuditQuery>,
) -> Result<Response, Problem> {
    if let (Some(Time(from)), Some(Time(to))) = (&query.from, &query.to)
        && from >= to
    {
        return Err(FieldErrors::one("/to", "must be later than from").into());
    }
    let filter = AuditFilter {
        ticket_id: query.ticket_id.map(Into::into),
        booking_id: query.booking_id.map(Into::into),
        route_id: query.route_id.map(Into::into),
        actor_id: query.actor_id.map(Into::into),
        from: query.from.map(|time| time.0),
        to: query.to.map(|time| time.0),
    };
    let mut response = if wants_csv(&headers) {
        let found = app.store.audit(filter, at_once.page()?).await?;
        let Paged { items, total, is_limited } = found;
        let lines = csv(items).map_err(|error| Problem::internal(&error))?;
        let response = ([(header::CONTENT_TYPE, TEXT_CSV)], lines).into_response();
        at_once.headed(response, total, is_limited)
    } else {
        let found = app.store.audit(filter, paging.page()?).await?;
        BareList(found.map(AuditBody::from)).into_response()
    };
    response.headers_mut().append(header::VARY, HeaderValue::from_static("Accept"));
    Ok(response)
}

/// A caller that accepts any kind gets JSON, as everywhere.
fn wants_csv(headers: &HeaderMap) -> bool {
    weight_of("text/csv", headers).is_some_and(|weight| weight > 0.0)
}
