//! `/stations`: what a search box offers.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use domain::field::{NAME_CHARS_MAX, name};
use domain::station::{StationKind, slug};
use domain::{FieldErrors, Refusal, Station};
use http::StatusCode;
use serde::Deserialize;
use store::StationFilter;
use utoipa::IntoParams;

use super::caller::Admin;
use super::payload::{Id, Payload, Query};
use super::prefer::Prefer;
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

/// The same as `/stations`, at the address where an older frontend asks.
#[utoipa::path(get, path = "/routes/stations", tag = "routes", params(StationQuery, Paging),
    responses((status = 200, body = Vec<StationBody>,
        headers(("X-Total-Count" = u64, description = "How many there are in all"),
            ("Link" = String, description = "`rel=\"next\"`, where there is more")))))]
pub(crate) async fn of_routes(
    app: State<Arc<App>>,
    list: ListAtOnce<ROWS_AT_ONCE_MAX>,
    query: Query<StationQuery>,
) -> Result<Response, Problem> {
    self::list(app, list, query).await
}

/// Name and slug of a station, checked; a slug that is not given is made of the name.
fn named(text: &str, given: Option<&str>) -> Result<(String, String), Problem> {
    let mut errors = FieldErrors::default();
    let name = errors.check("/name", name(text)).unwrap_or_default();
    let made = slug(given.unwrap_or(&name));
    if made.is_empty() && (given.is_some() || errors.is_empty()) {
        let pointer = if given.is_some() { "/slug" } else { "/name" };
        errors.push(pointer, "must have a letter or a digit");
    }
    if made.chars().count() > NAME_CHARS_MAX {
        errors.push("/slug", format!("must have at most {NAME_CHARS_MAX} characters"));
    }
    errors.into_result()?;
    Ok((name, made))
}

/// Add a station (ADMIN).
#[utoipa::path(post, path = "/stations", tag = "stations", request_body = NewStation,
    security(("bearer" = [])), responses((status = 201, body = StationBody)))]
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    _: Admin,
    Payload(new): Payload<NewStation>,
) -> Result<(StatusCode, Json<StationBody>), Problem> {
    let (name, slug) = named(&new.name, new.slug.as_deref())?;
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
    // A slug that somebody has chosen outlives the name.
    let chosen = (old.slug != slug(&old.name)).then_some(old.slug.as_str());
    let name = changes.name.as_deref().unwrap_or(&old.name);
    let (name, slug) = named(name, changes.slug.as_deref().or(chosen))?;
    let kind = changes.kind.map_or(old.kind, |word| word.0);
    let station = Station { name, slug, kind, updated_at: app.now(), ..old };
    Ok(Json(app.store.update_station(station).await?.into()))
}

/// Delete a station (ADMIN).
#[utoipa::path(delete, path = "/stations/{id}", tag = "stations", params(("id" = Uuid, Path)),
    security(("bearer" = [])), responses((status = 204), (status = 200, body = StationBody,
        description = "Asked by `Prefer: return=representation`")))]
pub(crate) async fn delete(
    State(app): State<Arc<App>>,
    _: Admin,
    prefer: Prefer,
    Id(id): Id,
) -> Result<Response, Problem> {
    let old = app.store.station(id.into()).await?.ok_or(Refusal::StationNotFound)?;
    app.store.delete_station(id.into()).await?;
    Ok(prefer.deleted(StationBody::from(old)))
}
