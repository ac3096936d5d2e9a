//! `/stations`: the stations that a search box offers.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use domain::station::{StationKind, named};
use domain::{Refusal, Station, StationPatch};
use http::StatusCode;
use serde::Deserialize;
use store::{CatalogueWrite, Done, StationFilter};
use utoipa::IntoParams;

use super::asking::Asking;
use super::caller::Admin;
use super::entity_tag::Tagged;
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

/// The same as `/stations`, at the address that an older frontend uses.
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

type Shown = Tagged<Json<StationBody>>;

fn shown(station: Station) -> Shown {
    let updated_at = station.updated_at;
    Tagged::new(Json(station.into()), updated_at)
}

/// Add a station (ADMIN).
#[utoipa::path(post, path = "/stations", tag = "stations", request_body = NewStation,
    security(("bearer" = [])), responses((status = 201, body = StationBody)))]
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    Admin(actor): Admin,
    asking: Asking,
    Payload(new): Payload<NewStation>,
) -> Result<(StatusCode, Shown), Problem> {
    let (name, slug) = named(&new.name, new.slug.as_deref())?;
    let kind = new.kind.map_or(StationKind::City, |word| word.0);
    let now = app.now();
    let station = Station { id: app.id()?, name, slug, kind, created_at: now, updated_at: now };
    let write = CatalogueWrite::CreateStation(station);
    let show = |done: Done| (StatusCode::CREATED, shown(done.station()));
    app.answer((asking.without_version(), actor), write, show).await
}

/// One station.
#[utoipa::path(get, path = "/stations/{id}", tag = "stations", params(("id" = Uuid, Path)),
    responses((status = 200, body = StationBody)))]
pub(crate) async fn show(State(app): State<Arc<App>>, Id(id): Id) -> Result<Shown, Problem> {
    let station = app.store.station(id.into()).await?.ok_or(Refusal::StationNotFound)?;
    Ok(shown(station))
}

/// Change a station (ADMIN).
#[utoipa::path(patch, path = "/stations/{id}", tag = "stations", request_body = StationChanges,
    params(("id" = Uuid, Path)), security(("bearer" = [])),
    responses((status = 200, body = StationBody)))]
pub(crate) async fn update(
    State(app): State<Arc<App>>,
    Admin(actor): Admin,
    asking: Asking,
    Id(id): Id,
    Payload(changes): Payload<StationChanges>,
) -> Result<Shown, Problem> {
    let StationChanges { name, slug, kind } = changes;
    let patch = StationPatch { name, slug, kind: kind.map(|word| word.0) };
    let write = CatalogueWrite::ChangeStation(id.into(), patch);
    app.answer((asking, actor), write, |done| shown(done.station())).await
}

/// Delete a station (ADMIN).
#[utoipa::path(delete, path = "/stations/{id}", tag = "stations", params(("id" = Uuid, Path)),
    security(("bearer" = [])), responses((status = 204), (status = 200, body = StationBody,
        description = "Asked by `Prefer: return=representation`")))]
pub(crate) async fn delete(
    State(app): State<Arc<App>>,
    Admin(actor): Admin,
    asking: Asking,
    prefer: Prefer,
    Id(id): Id,
) -> Result<Response, Problem> {
    let write = CatalogueWrite::DeleteStation(id.into());
    let show = move |done: Done| prefer.deleted(StationBody::from(done.station()));
    app.answer((asking, actor), write, show).await
}
