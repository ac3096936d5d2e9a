//! `/buses`: the fleet.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use domain::{Bus, LayoutType, Refusal};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use store::{BusFilter, BusStats, CatalogueWrite, Done};
use utoipa::{IntoParams, ToSchema};

use super::asking::Asking;
use super::caller::{Admin, MaybeCaller, Staff};
use super::entity_tag::Tagged;
use super::payload::{Id, Name, Payload, Query};
use super::prefer::Prefer;
use super::problem::Problem;
use super::wire::audience::Audience;
use super::wire::bus::{BusBody, BusChanges, NewBus};
use super::wire::list::Paging;
use super::wire::list_at_once::{ListAtOnce, ROWS_AT_ONCE_MAX};
use super::wire::scalar::LayoutTypeWord;
use crate::app::App;

type Shown = Tagged<Json<BusBody>>;

fn shown(bus: &Bus, audience: Audience) -> Shown {
    Tagged::new(Json(BusBody::new(bus, audience)), bus.updated_at)
}

/// Add a bus (ADMIN).
#[utoipa::path(post, path = "/buses", tag = "buses", request_body = NewBus,
    security(("bearer" = [])), responses((status = 201, body = BusBody)))]
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    Admin(actor): Admin,
    asking: Asking,
    Payload(new): Payload<NewBus>,
) -> Result<(StatusCode, Shown), Problem> {
    let mut features = Vec::new();
    // Their number is bounded by the body's size; the store reads them again when it writes the
    // bus.
    for id in new.features.iter().flatten() {
        let feature = app.store.bus_feature((*id).into()).await?;
        features.push(feature.ok_or(Refusal::FeatureNotFound)?);
    }
    let write = CatalogueWrite::CreateBus(app.id()?, new.details(features)?);
    let show = |done: Done| (StatusCode::CREATED, shown(&done.bus(), Audience::Staff));
    app.answer((asking.without_version(), actor), write, show).await
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BusQuery {
    brand: Option<String>,
    #[param(inline)]
    layout_type: Option<LayoutTypeWord>,
}

/// List buses, by plate: without `page` and `limit` all at once, up to 1,000.
#[utoipa::path(get, path = "/buses", tag = "buses", params(BusQuery, Paging),
    responses((status = 200, body = Vec<BusBody>,
        headers(("X-Total-Count" = u64, description = "How many there are in all"),
            ("Link" = String, description = "`rel=\"next\"`, where there is more")))))]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    MaybeCaller(caller): MaybeCaller,
    list: ListAtOnce<ROWS_AT_ONCE_MAX>,
    Query(query): Query<BusQuery>,
) -> Result<Response, Problem> {
    let filter =
        BusFilter { brand: query.brand, layout_type: query.layout_type.map(|word| word.0) };
    let audience = Audience::of(caller);
    let buses = app.store.buses(filter, list.page()?).await?;
    Ok(list.answer(buses.map(|bus| BusBody::new(&bus, audience))))
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = BusStats)]
pub(crate) struct BusStatsBody {
    total: u64,
    total_seats: u64,
    by_brand: BTreeMap<String, u64>,
    by_layout_type: BTreeMap<&'static str, u64>,
}

impl From<BusStats> for BusStatsBody {
    fn from(stats: BusStats) -> Self {
        let named = |(layout, count): (LayoutType, u64)| (layout.as_str(), count);
        Self {
            total: stats.total,
            total_seats: stats.seats_total,
            by_brand: stats.by_brand.into_iter().collect(),
            by_layout_type: stats.by_layout_type.into_iter().map(named).collect(),
        }
    }
}

/// Figures of the fleet (staff).
#[utoipa::path(get, path = "/buses/stats", tag = "buses", security(("bearer" = [])),
    responses((status = 200, body = BusStatsBody)))]
pub(crate) async fn stats(
    State(app): State<Arc<App>>,
    _: Staff,
) -> Result<Json<BusStatsBody>, Problem> {
    Ok(Json(app.store.bus_stats().await?.into()))
}

/// One bus, by its plate.
#[utoipa::path(get, path = "/buses/plate/{plate}", tag = "buses",
    params(("plate" = String, Path)), responses((status = 200, body = BusBody)))]
pub(crate) async fn by_plate(
    State(app): State<Arc<App>>,
    MaybeCaller(caller): MaybeCaller,
    Name(plate): Name,
) -> Result<Shown, Problem> {
    let bus = app.store.bus_by_plate(&plate).await?.ok_or(Refusal::BusNotFound)?;
    Ok(shown(&bus, Audience::of(caller)))
}

/// One bus.
#[utoipa::path(get, path = "/buses/{id}", tag = "buses", params(("id" = Uuid, Path)),
    responses((status = 200, body = BusBody)))]
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    MaybeCaller(caller): MaybeCaller,
    Id(id): Id,
) -> Result<Shown, Problem> {
    let bus = app.store.bus(id.into()).await?.ok_or(Refusal::BusNotFound)?;
    Ok(shown(&bus, Audience::of(caller)))
}

/// Change a bus (ADMIN).
///
/// Its seats cannot change while one of its future routes has sold some.
#[utoipa::path(patch, path = "/buses/{id}", tag = "buses", request_body = BusChanges,
    params(("id" = Uuid, Path)), security(("bearer" = [])),
    responses((status = 200, body = BusBody)))]
pub(crate) async fn update(
    State(app): State<Arc<App>>,
    Admin(actor): Admin,
    asking: Asking,
    Id(id): Id,
    Payload(changes): Payload<BusChanges>,
) -> Result<Shown, Problem> {
    let write = CatalogueWrite::ChangeBus(id.into(), changes.patch()?);
    app.answer((asking, actor), write, |done| shown(&done.bus(), Audience::Staff)).await
}

/// Delete a bus that has no routes (ADMIN).
#[utoipa::path(delete, path = "/buses/{id}", tag = "buses", params(("id" = Uuid, Path)),
    security(("bearer" = [])), responses((status = 204), (status = 200, body = BusBody,
        description = "Asked by `Prefer: return=representation`")))]
pub(crate) async fn delete(
    State(app): State<Arc<App>>,
    Admin(actor): Admin,
    asking: Asking,
    prefer: Prefer,
    Id(id): Id,
) -> Result<Response, Problem> {
    let write = CatalogueWrite::DeleteBus(id.into());
    let show = move |done: Done| prefer.deleted(BusBody::new(&done.bus(), Audience::Staff));
    app.answer((asking, actor), write, show).await
}
