//! `/routes`: departures, one by one. Searching for them is in [`super::route_search`].

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use domain::calendar::TimeRange;
use domain::{NewRoute, Refusal, Role, RouteKind, RoutePatch, RoutePlan};
use http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::{CatalogueWrite, Done, RouteFilter, RouteStats, RouteView};
use utoipa::{IntoParams, ToSchema};

use super::asking::Asking;
use super::caller::{Admin, MaybeCaller, Staff};
use super::entity_tag::Tagged;
use super::payload::{Id, Payload, Query};
use super::prefer::Prefer;
use super::problem::Problem;
use super::wire::audience::Audience;
use super::wire::audience::is_staff;
use super::wire::list::{ListWithMeta, Paging};
use super::wire::route::{RouteBody, RouteWithTickets, TakenSeatBody};
use super::wire::route_form::{NewRouteBody, RouteChanges};
use super::wire::scalar::RouteKindWord;
use crate::app::App;

fn shown(view: RouteView) -> Tagged<Json<RouteBody>> {
    let updated_at = view.route.updated_at;
    Tagged::new(Json(RouteBody::new(view, Audience::Staff)), updated_at)
}

/// Add a departure (staff).
///
/// A bus that is on another departure at that time is refused (409 `bus_busy`) unless
/// `allowOverlap` is true.
#[utoipa::path(post, path = "/routes", tag = "routes", request_body = NewRouteBody,
    security(("bearer" = [])), responses((status = 201, body = RouteBody)))]
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    Staff(actor): Staff,
    asking: Asking,
    Payload(new): Payload<NewRouteBody>,
) -> Result<(StatusCode, Tagged<Json<RouteBody>>), Problem> {
    let allow_overlap = new.allow_overlap();
    let plan = RoutePlan { allow_overlap, ..NewRoute::try_from(new)?.plan()? };
    plan.must_leave_after(app.now())?;
    let write = CatalogueWrite::CreateRoute(app.id()?, plan);
    let show = |done: Done| (StatusCode::CREATED, shown(done.route()));
    app.answer((asking.without_version(), actor), write, show).await
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RouteQuery {
    is_active: Option<bool>,
    #[serde(rename = "type")]
    #[param(rename = "type", inline)]
    kind: Option<RouteKindWord>,
}

/// List departures, soonest first.
///
/// Staff see all of them; other callers see those on sale that have not left their first stop yet.
#[utoipa::path(get, path = "/routes", tag = "routes", params(RouteQuery, Paging),
    responses((status = 200, body = ListWithMeta<RouteBody>)))]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    MaybeCaller(caller): MaybeCaller,
    Query(paging): Query<Paging>,
    Query(query): Query<RouteQuery>,
) -> Result<Json<ListWithMeta<RouteBody>>, Problem> {
    // Customers do not see what is not on sale.
    let is_active = if is_staff(caller) { query.is_active } else { Some(true) };
    // Departures that have left are history, which only staff look at.
    let departs = (!is_staff(caller)).then(|| TimeRange { start: app.now(), end: Timestamp::MAX });
    let kind = query.kind.map(|word| word.0);
    let filter = RouteFilter { is_active, kind, departs, ..RouteFilter::default() };
    let routes = app.store.routes(filter, paging.page()?).await?;
    let audience = Audience::of(caller);
    let routes = routes.map(|view| RouteBody::new(view, audience));
    Ok(Json(ListWithMeta::new(paging, routes)?))
}

/// One departure with who sits where.
#[utoipa::path(get, path = "/routes/{id}", tag = "routes", params(("id" = Uuid, Path)),
    responses((status = 200, body = RouteWithTickets)))]
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    MaybeCaller(caller): MaybeCaller,
    Id(id): Id,
) -> Result<Tagged<Json<RouteWithTickets>>, Problem> {
    let snapshot = app.store.seat_snapshot(id.into()).await?.ok_or(Refusal::RouteNotFound)?;
    let bus = app.store.bus(snapshot.route.bus_id).await?.ok_or(Refusal::BusNotFound)?;
    let audience = Audience::of(caller);
    let taken = snapshot.taken.iter();
    let tickets = taken.map(|taken| TakenSeatBody::new(taken, audience)).collect();
    let updated_at = snapshot.route.updated_at;
    let view = RouteView { route: snapshot.route, bus: Arc::new(bus) };
    let route = RouteBody::new(view, audience);
    Ok(Tagged::new(Json(RouteWithTickets { route, tickets }), updated_at))
}

/// Change a departure (staff).
///
/// Once the departure has sold seats, its bus and stops are fixed, and its times move as a delay:
/// later only (409 `only_later`), not where the bus has been (409 `stop_is_over`), by agents for 3
/// hours in all, counted from the times first sold (403 `delay_too_long`). Viewers get
/// `route_update` `delayed`. A bus that is on another departure at that time is refused (409
/// `bus_busy`) unless `allowOverlap` is true.
#[utoipa::path(patch, path = "/routes/{id}", tag = "routes", request_body = RouteChanges,
    params(("id" = Uuid, Path)), security(("bearer" = [])),
    responses((status = 200, body = RouteBody)))]
pub(crate) async fn update(
    State(app): State<Arc<App>>,
    Staff(actor): Staff,
    asking: Asking,
    Id(id): Id,
    Payload(changes): Payload<RouteChanges>,
) -> Result<Tagged<Json<RouteBody>>, Problem> {
    let patch = RoutePatch::try_from(changes)?;
    let patch = RoutePatch { is_by_admin: actor.role == Role::Admin, ..patch };
    let write = CatalogueWrite::ChangeRoute(id.into(), patch);
    app.answer((asking, actor), write, |done| shown(done.route())).await
}

/// Delete a departure that has sold no seat (ADMIN).
#[utoipa::path(delete, path = "/routes/{id}", tag = "routes", params(("id" = Uuid, Path)),
    security(("bearer" = [])), responses((status = 204), (status = 200, body = RouteBody,
        description = "Asked by `Prefer: return=representation`")))]
pub(crate) async fn delete(
    State(app): State<Arc<App>>,
    Admin(actor): Admin,
    asking: Asking,
    prefer: Prefer,
    Id(id): Id,
) -> Result<Response, Problem> {
    let write = CatalogueWrite::DeleteRoute(id.into());
    let show = move |done: Done| prefer.deleted(RouteBody::new(done.route(), Audience::Staff));
    app.answer((asking, actor), write, show).await
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RouteStats)]
pub(crate) struct RouteStatsBody {
    total: u64,
    active: u64,
    /// Active and not departed yet.
    upcoming: u64,
    by_type: BTreeMap<&'static str, u64>,
}

impl From<RouteStats> for RouteStatsBody {
    fn from(stats: RouteStats) -> Self {
        let named = |(kind, count): (RouteKind, u64)| (kind.as_str(), count);
        Self {
            total: stats.total,
            active: stats.active,
            upcoming: stats.upcoming,
            by_type: stats.by_kind.into_iter().map(named).collect(),
        }
    }
}

/// Figures of the timetable (staff).
#[utoipa::path(get, path = "/routes/stats", tag = "routes", security(("bearer" = [])),
    responses((status = 200, body = RouteStatsBody)))]
pub(crate) async fn stats(
    State(app): State<Arc<App>>,
    _: Staff,
) -> Result<Json<RouteStatsBody>, Problem> {
    Ok(Json(app.store.route_stats(app.now()).await?.into()))
}
