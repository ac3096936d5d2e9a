//! `/tracking`: which buses are on the road, and where they are, as last reported.
//!
//! Positions are never guessed: without a report the answer is `null`.

use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::response::IntoResponse;
use domain::bus_position::TRACKED_AROUND;
use domain::calendar::TimeRange;
use domain::{BusId, CityKey, Journey, Refusal, Stop};
use http::StatusCode;
use http::request::Parts;
use serde::{Deserialize, Serialize};
use store::{CatalogueWrite, Paged, RouteView, TripSearch};
use utoipa::{IntoParams, ToSchema};

use super::asking::Asking;
use super::caller::{Admin, Staff, bearer};
use super::language::{Language, VARIES_BY_LANGUAGE};
use super::payload::{Id, Payload, Query};
use super::problem::Problem;
use super::rate_limits::count_as;
use super::wire::audience::Audience;
use super::wire::list::Paging;
use super::wire::list_at_once::{BIG_ROWS_AT_ONCE_MAX, ListAtOnce};
use super::wire::tracking::{LocationBody, NewPosition, TrackedTrip, TripReader};
use crate::app::App;
use crate::error_codes::ErrorCode;
use crate::identity::bus_tokens;
use crate::limits::Class;
use crate::metrics::count_refused;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct TrackedQuery {
    /// A city; default: where the bus begins.
    from: Option<String>,
    /// A city; default: where it ends.
    to: Option<String>,
}

/// Trips that one search finds; more are found by their cities.
const TRACKED_MAX: usize = 200;

/// Trips that left at most three hours ago, or leave within three, and have not arrived, also where
/// no seat is sold: without `page` and `limit` all at once, up to 200.
#[utoipa::path(get, path = "/tracking/search", tag = "tracking", params(TrackedQuery, Paging),
    responses((status = 200, body = Vec<TrackedTrip>,
        headers(("X-Total-Count" = u64, description = "How many were found, up to 200")))))]
pub(crate) async fn search(
    State(app): State<Arc<App>>,
    language: Language,
    list: ListAtOnce<BIG_ROWS_AT_ONCE_MAX>,
    Query(query): Query<TrackedQuery>,
) -> Result<impl IntoResponse, Problem> {
    let now = app.now();
    let from_city = query.from.as_deref().map(CityKey::new);
    let search = TripSearch {
        from_city: from_city.clone(),
        to_city: query.to.as_deref().map(CityKey::new),
        departs: TimeRange { start: now - TRACKED_AROUND, end: now + TRACKED_AROUND },
    };
    // One more than is shown says whether there are more.
    let mut found = app.store.trips(search, TRACKED_MAX + 1).await?;
    let is_limited = found.len() > TRACKED_MAX;
    found.truncate(TRACKED_MAX);
    let reader = TripReader { now, zone: &app.zone, language, audience: Audience::Public };
    let trip = |view: RouteView| {
        let is_from = |stop: &&Stop| from_city.as_ref().is_none_or(|city| stop.key() == *city);
        let departure = view.route.stops.iter().find(is_from)?.time;
        let has_arrived = matches!(view.route.journey(now), Journey::Arrived);
        (!has_arrived).then(|| TrackedTrip::new(view, departure, reader))
    };
    let trips = Paged::whole(found.into_iter().filter_map(trip).collect());
    let answer = list.answer_from(trips.limited_if(is_limited))?;
    Ok(([VARIES_BY_LANGUAGE], answer))
}

/// Where the bus of a departure is, as it was reported in the last half hour; else null.
#[utoipa::path(get, path = "/tracking/location/{id}", tag = "tracking",
    params(("id" = Uuid, Path)), responses((status = 200, body = Option<LocationBody>)))]
pub(crate) async fn location(
    State(app): State<Arc<App>>,
    language: Language,
    Id(id): Id,
) -> Result<impl IntoResponse, Problem> {
    let view = app.store.route(id.into()).await?.ok_or(Refusal::RouteNotFound)?;
    let now = app.now();
    let reader = TripReader { now, zone: &app.zone, language, audience: Audience::Public };
    let position = app.store.position(id.into(), now).await?;
    let location = position.map(|position| LocationBody::new(&view, position, reader));
    Ok(([VARIES_BY_LANGUAGE], Json(location)))
}

/// Who reports where a bus is: staff for any bus, a device for its own.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reporter {
    Staff,
    Device(BusId),
}

impl FromRequestParts<Arc<App>> for Reporter {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let digest = match bearer(&parts.headers) {
            Some(token) => bus_tokens::digest(token?),
            None => None,
        };
        let Some(digest) = digest else {
            return Staff::from_request_parts(parts, app).await.map(|_| Self::Staff);
        };
        // A device that is known does not share the budget of its address, which may be that of a
        // whole carrier; who tries tokens does.
        if !app.known_bus_tokens.has(digest) {
            count_as(Class::Read, app, parts)?;
        }
        let bus = app.store.bus_of_token(digest).await?;
        app.known_bus_tokens.note(digest, bus.is_some());
        bus.map(Self::Device).ok_or(Problem::unauthorized("the bus's token is not valid"))
    }
}

/// Report where the bus of a departure is (staff, or the bus's token).
///
/// From three hours before its departure to three hours after its arrival, once a second at the
/// most.
#[utoipa::path(post, path = "/tracking/{id}/positions", tag = "tracking",
    request_body = NewPosition, params(("id" = Uuid, Path)), security(("bearer" = [])),
    responses((status = 204)))]
pub(crate) async fn report(
    State(app): State<Arc<App>>,
    reporter: Reporter,
    Id(id): Id,
    Payload(new): Payload<NewPosition>,
) -> Result<StatusCode, Problem> {
    let now = app.now();
    let position = new.read(now)?;
    let route = app.store.route(id.into()).await?.ok_or(Refusal::RouteNotFound)?.route;
    if matches!(reporter, Reporter::Device(bus) if bus != route.bus_id) {
        return Err(Problem::forbidden("this route is another bus's"));
    }
    if !route.is_tracked(now) {
        let detail = "a bus reports from 3 hours before its departure to 3 hours after its arrival";
        return Err(Problem::new(ErrorCode::NOT_TRACKED_NOW, detail));
    }
    if !app.position_pace.admits(route.id, Instant::now()) {
        count_refused("position");
        let detail = "a bus reports where it is once a second at the most";
        let too_often = Problem::new(ErrorCode::RATE_LIMITED, detail);
        return Err(too_often.retry_after_seconds(1));
    }
    if app.store.report_position(route.id, route.bus_id, position, now).await? {
        app.gateway.show_position(route.id, position);
    }
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BusToken)]
pub(crate) struct BusTokenBody {
    /// Shown this once.
    token: String,
}

/// Give a bus a token for the device on it, which replaces its old one (ADMIN).
#[utoipa::path(post, path = "/buses/{id}/token", tag = "buses", params(("id" = Uuid, Path)),
    security(("bearer" = [])), responses((status = 201, body = BusTokenBody)))]
pub(crate) async fn give_token(
    State(app): State<Arc<App>>,
    Admin(actor): Admin,
    asking: Asking,
    Id(id): Id,
) -> Result<(StatusCode, Json<BusTokenBody>), Problem> {
    let mut secret = [0; bus_tokens::SECRET_BYTES];
    app.desk.source().fill(&mut secret).map_err(|error| Problem::internal(&error))?;
    let (token, digest) = bus_tokens::token(secret);
    let write = CatalogueWrite::GiveBusToken(id.into(), digest);
    let show = move |_| (StatusCode::CREATED, Json(BusTokenBody { token: token.clone() }));
    app.answer((asking.without_version(), actor), write, show).await
}

/// Take a bus's token away (ADMIN).
#[utoipa::path(delete, path = "/buses/{id}/token", tag = "buses", params(("id" = Uuid, Path)),
    security(("bearer" = [])), responses((status = 204)))]
pub(crate) async fn revoke_token(
    State(app): State<Arc<App>>,
    Admin(actor): Admin,
    asking: Asking,
    Id(id): Id,
) -> Result<StatusCode, Problem> {
    let write = CatalogueWrite::RevokeBusToken(id.into());
    app.answer((asking.without_version(), actor), write, |_| StatusCode::NO_CONTENT).await
}
