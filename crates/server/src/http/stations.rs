//! `/stations`: what a search box offers.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use domain::field::name;
use domain::station::{StationKind, slug};
use domain::{FieldErrors, Refusal, Station};
use http::StatusCode;
use serde::Deserialize;
use store::StationFilter;
use utoipa::IntoParams;

use super::caller::Admin;
use super::payload::{Id, Payload, Query};
use super::problem::Problem;
use super::wire::list::Paging;
use super::wire::list_at_once::{ListAtOnce, ROWS_AT_ONCE_MAX};
use super::wire::station::{NewStation, StationBody, StationChanges};
use crate::app::App;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct StationQuery {
    /// Part of the name; case and Turkish letters do not matter.
    q: Option<String>,
}

/// List stations, by name: without `page` and `limit` all at once, up to 1,000.
#[utoipa::path(get, path = "/stations", tag = "stations", params(StationQuery, Paging),
    responses((status = 200, body = Vec<StationBody>,
        headers(("X-Total-Count" = u64, description = "How many there are in all"),
            ("Link" = String, description = "`rel=\"next\"`, where there is more")))))]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    list: ListAtOnce<ROWS_AT_ONCE_MAX>,
    Query(query): Query<StationQuery>,
) -> Result<Response, Problem> {
    let filter = StationFilter { name_contains: query.q };
    let stations = app.store.stations(filter, list.page()?).await?;
    Ok(list.answer(stations.map(StationBody::from)))
}

/// Name and slug of a station, checked.
fn named(text: &str) -> Result<(String, String), Problem> {
    let mut errors = FieldErrors::default();
    let name = errors.check("/name", name(text)).unwrap_or_default();
    let slug = slug(&name);
    if errors.is_empty() && slug.is_empty() {
        errors.push("/name", "must have a letter or a digit");
    }
    errors.into_result()?;
    Ok((name, slug))
}

/// Add a station (ADMIN).
#[utoipa::path(post, path = "/stations", tag = "stations", request_body = NewStation,
    security(("bearer" = [])), responses((status = 201, body = StationBody)))]
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    _: Admin,
    Payload(new): Payload<NewStation>,
) -> Result<(StatusCode, Json<StationBody>), Problem> {
    let (name, slug) = named(&new.name)?;
    let kind = new.kind.map_or(StationKind::City, |word| word.0);
    let now = app.now();
    let station = Station { id: app.id()?, name, slug, kind, created_at: now, updated_at: now };
    let station = app.store.create_station(station).await?;
    Ok((StatusCode::CREATED, Json(station.into())))
}

/// Change a station (ADMIN).
#[utoipa::path(patch, path = "/stations/{id}", tag = "stations", request_body = StationChanges,
    params(("id" = Uuid, Path)), security(("bearer" = [])),
    responses((status = 200, body = StationBody)))]
pub(crate) async fn update(
    State(app): State<Arc<App>>,
    _: Admin,
    Id(id): Id,
    Payload(changes): Payload<StationChanges>,
) -> Result<Json<StationBody>, Problem> {
    let old = app.store.station(id.into()).await?.ok_or(Refusal::StationNotFound)?;
    let (name, slug) = match changes.name {
        Some(name) => named(&name)?,
        None => (old.name, old.slug),
    };
    let kind = changes.kind.map_or(old.kind, |word| word.0);
    let station = Station { name, slug, kind, updated_at: app.now(), ..old };
    Ok(Json(app.store.update_station(station).await?.into()))
}

/// Delete a station (ADMIN).
#[utoipa::path(delete, path = "/stations/{id}", tag = "stations", params(("id" = Uuid, Path)),
    security(("bearer" = [])), responses((status = 204)))]
pub(crate) async fn delete(
    State(app): State<Arc<App>>,
    _: Admin,
    Id(id): Id,
) -> Result<StatusCode, Problem> {
    app.store.delete_station(id.into()).await?;
    Ok(StatusCode::NO_CONTENT)
}
