//! `/bus-features`: what buses offer their passengers.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use domain::{BusFeature, BusFeaturePatch};
use http::StatusCode;
use store::{CatalogueWrite, Done, Paged};

use super::asking::Asking;
use super::caller::Admin;
use super::pages::feature_icons;
use super::payload::{Id, Payload};
use super::prefer::Prefer;
use super::problem::Problem;
use super::wire::bus_feature::{BusFeatureBody, BusFeatureChanges, NewBusFeature};
use super::wire::list::Paging;
use super::wire::list_at_once::{ListAtOnce, ROWS_AT_ONCE_MAX};
use crate::app::App;

/// List what buses can offer, by name.
#[utoipa::path(get, path = "/bus-features", tag = "buses", params(Paging),
    responses((status = 200, body = Vec<BusFeatureBody>,
        headers(("X-Total-Count" = u64, description = "How many there are in all")))))]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    list: ListAtOnce<ROWS_AT_ONCE_MAX>,
) -> Result<Response, Problem> {
    let page = list.page()?;
    Ok(list.answer(app.store.bus_features(page).await?.map(BusFeatureBody::from)))
}

/// The pictures that this server has for features: without `page` and `limit` all at once.
#[utoipa::path(get, path = "/bus-features/icons", tag = "buses", params(Paging),
    responses((status = 200, body = Vec<String>,
        headers(("X-Total-Count" = u64, description = "How many there are in all")))))]
pub(crate) async fn icons(list: ListAtOnce<ROWS_AT_ONCE_MAX>) -> Result<Response, Problem> {
    list.answer_from(Paged::whole(feature_icons()))
}

/// A picture from another site would be loaded by every page, and would be missing everywhere if it
/// was removed there.
fn is_ours(icon_path: &str) -> Result<(), Problem> {
    if feature_icons().iter().any(|icon| icon == icon_path) {
        return Ok(());
    }
    Err(Problem::field("/iconPath", "must be one of GET /bus-features/icons"))
}

/// Add a feature (ADMIN).
#[utoipa::path(post, path = "/bus-features", tag = "buses", request_body = NewBusFeature,
    security(("bearer" = [])), responses((status = 201, body = BusFeatureBody)))]
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    Admin(actor): Admin,
    asking: Asking,
    Payload(new): Payload<NewBusFeature>,
) -> Result<(StatusCode, Json<BusFeatureBody>), Problem> {
    let NewBusFeature { name, description, icon_path } = new;
    let feature = BusFeature { id: app.id()?, name, description, icon_path }.validate()?;
    is_ours(&feature.icon_path)?;
    let write = CatalogueWrite::CreateBusFeature(feature);
    let show = |done: Done| (StatusCode::CREATED, Json(done.bus_feature().into()));
    app.answer((asking.without_version(), actor), write, show).await
}

/// Change a feature, on every bus that has it (ADMIN).
#[utoipa::path(patch, path = "/bus-features/{id}", tag = "buses",
    request_body = BusFeatureChanges, params(("id" = Uuid, Path)), security(("bearer" = [])),
    responses((status = 200, body = BusFeatureBody)))]
pub(crate) async fn update(
    State(app): State<Arc<App>>,
    Admin(actor): Admin,
    asking: Asking,
    Id(id): Id,
    Payload(changes): Payload<BusFeatureChanges>,
) -> Result<Json<BusFeatureBody>, Problem> {
    let BusFeatureChanges { name, description, icon_path } = changes;
    if let Some(icon_path) = &icon_path {
        is_ours(icon_path)?;
    }
    let patch = BusFeaturePatch { name, description, icon_path };
    let write = CatalogueWrite::ChangeBusFeature(id.into(), patch);
    app.answer((asking, actor), write, |done| Json(done.bus_feature().into())).await
}

/// Delete a feature, and take it off every bus that has it (ADMIN).
#[utoipa::path(delete, path = "/bus-features/{id}", tag = "buses", params(("id" = Uuid, Path)),
    security(("bearer" = [])), responses((status = 204), (status = 200, body = BusFeatureBody,
        description = "Asked by `Prefer: return=representation`")))]
pub(crate) async fn delete(
    State(app): State<Arc<App>>,
    Admin(actor): Admin,
    asking: Asking,
    prefer: Prefer,
    Id(id): Id,
) -> Result<Response, Problem> {
    let write = CatalogueWrite::DeleteBusFeature(id.into());
    let show = move |done: Done| prefer.deleted(BusFeatureBody::from(done.bus_feature()));
    app.answer((asking, actor), write, show).await
}
