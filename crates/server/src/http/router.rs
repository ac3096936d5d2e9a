//! Every address of the server, on one page.

use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use tower::ServiceBuilder;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::known_parameters::{self, KnownParameters};
use super::{
    audit, auth, blocks, bookings, bus_features, buses, event_stream, health, holds, idempotency,
    middleware, openapi, origin, pages, payments, route_search, routes as departures, seat_layouts,
    stations, ticket_lookup, ticket_search, tickets, tracking, websocket_stats,
};
use crate::app::App;
use crate::config::CorsOrigins;

pub(crate) fn router(app: Arc<App>, origins: &CorsOrigins) -> Router {
    let keys = Arc::clone(&app);
    let (rest, openapi) = rest().split_for_parts();
    let known = KnownParameters::of(&openapi);
    let socketio = app.gateway.socketio();
    let plain_websocket = app.gateway.plain_websocket();
    let routes = rest
        .route("/openapi.json", get(openapi::document(openapi)))
        .merge(pages::router())
        .route_service("/socket.io/", socketio.clone())
        .route_service("/socket.io", socketio)
        .route_service("/seats", plain_websocket)
        .fallback(pages::no_such_address)
        .method_not_allowed_fallback(middleware::wrong_method)
        .with_state(app);
    // Around the whole rather than around each route: there, every layer is a box and a copy of it.
    let origins = Arc::new(origins.clone());
    let around = ServiceBuilder::new()
        .layer(from_fn(middleware::observe))
        .layer(from_fn_with_state(Arc::clone(&origins), origin::guard_handshakes))
        .layer(origin::cors(&origins))
        .layer(from_fn_with_state(known, known_parameters::refuse_unknown))
        .layer(from_fn_with_state(keys, idempotency::keyed));
    Router::new().fallback_service(around.service(routes))
}

/// What stands in `/openapi.json`.
pub(crate) fn rest() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::with_openapi(openapi::base())
        .routes(routes!(auth::register))
        .routes(routes!(auth::login))
        .routes(routes!(auth::me))
        .routes(routes!(stations::list, stations::create))
        .routes(routes!(stations::show, stations::update, stations::delete))
        .routes(routes!(buses::list, buses::create))
        .routes(routes!(buses::stats))
        .routes(routes!(buses::by_plate))
        .routes(routes!(buses::show, buses::update, buses::delete))
        .routes(routes!(bus_features::list, bus_features::create))
        .routes(routes!(bus_features::icons))
        .routes(routes!(bus_features::update, bus_features::delete))
        .routes(routes!(seat_layouts::list, seat_layouts::create))
        .routes(routes!(seat_layouts::show, seat_layouts::update, seat_layouts::delete))
        .routes(routes!(departures::list, departures::create))
        .routes(routes!(stations::of_routes))
        .routes(routes!(route_search::search))
        .routes(routes!(route_search::upcoming))
        .routes(routes!(route_search::popular))
        .routes(routes!(route_search::destinations))
        .routes(routes!(departures::stats))
        .routes(routes!(departures::show, departures::update, departures::delete))
        .routes(routes!(event_stream::stream))
        .routes(routes!(blocks::list, blocks::create))
        .routes(routes!(blocks::lift))
        .routes(routes!(holds::take))
        .routes(routes!(holds::show, holds::release))
        .routes(routes!(holds::extend))
        .routes(routes!(ticket_search::list, tickets::book))
        .routes(routes!(ticket_search::mine))
        .routes(routes!(ticket_search::search))
        .routes(routes!(ticket_search::stats))
        .routes(routes!(ticket_search::available_seats))
        .routes(routes!(ticket_lookup::by_pnr))
        .routes(routes!(tickets::show, tickets::amend, tickets::delete))
        .routes(routes!(tickets::confirm))
        .routes(routes!(tickets::suspend))
        .routes(routes!(tickets::cancel))
        .routes(routes!(bookings::book))
        .routes(routes!(bookings::show))
        .routes(routes!(bookings::by_pnr))
        .routes(routes!(bookings::cancel))
        .routes(routes!(payments::pay))
        .routes(routes!(payments::history))
        .routes(routes!(payments::refund))
        .routes(routes!(tracking::search))
        .routes(routes!(tracking::location))
        .routes(routes!(tracking::report))
        .routes(routes!(tracking::give_token, tracking::revoke_token))
        .routes(routes!(audit::list))
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
        .routes(routes!(websocket_stats::stats))
}
