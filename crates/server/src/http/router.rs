//! Every address of the server, on one page.

use std::sync::Arc;

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::address::Addresses;
use super::problem::Problem;
use super::{
    asyncapi, audit, auth, blocks, bookings, bus_features, buses, event_stream, health, holds,
    logout, metrics, openapi, own_data, pages, password, payments, personal_data, refresh, reset,
    route_search, routes as departures, seat_layouts, sockets, stack, stations, ticket_lookup,
    ticket_search, tickets, totp, tracking, users, verification, websocket_stats,
};
use crate::app::App;
use crate::config::Config;
use crate::error_codes::ErrorCode;
use crate::proxies::Proxies;

pub(crate) fn router(app: Arc<App>, config: &Config) -> Router {
    let (rest, openapi) = rest().split_for_parts();
    let addresses = Addresses::of(&openapi);
    let socketio = app.gateway.socketio();
    let plain_websocket = app.gateway.plain_websocket();
    let rest = rest
        .route("/openapi.json", get(openapi::document(openapi)))
        .route("/asyncapi.json", get(asyncapi::handler(config.tls.is_some())))
        .merge(pages::router())
        .fallback(pages::no_such_address)
        .method_not_allowed_fallback(wrong_method)
        .with_state(Arc::clone(&app));
    let all = stack::around_rest(rest, Arc::clone(&app))
        .route_service("/socket.io/", socketio.clone())
        .route_service("/socket.io", socketio)
        .route_service("/seats", plain_websocket);
    let around = stack::Around {
        app,
        addresses,
        origins: Arc::new(config.cors_origins.clone()),
        proxies: Arc::new(Proxies::new(&config.trusted_proxies)),
        is_tls: config.tls.is_some(),
    };
    stack::around_all(all, around)
}

/// What the separate port answers to any caller that can reach it.
pub(crate) fn operations(app: Arc<App>) -> Router {
    let routes = Router::new()
        .route("/metrics", get(metrics::show_to_anybody))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .fallback(pages::no_such_address)
        .method_not_allowed_fallback(wrong_method)
        .with_state(app);
    stack::around_operations(routes)
}

async fn wrong_method() -> Response {
    let detail = "this address does not take this method";
    Problem::new(ErrorCode::METHOD_NOT_ALLOWED, detail).into_response()
}

/// What is in `/openapi.json`.
pub(crate) fn rest() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::with_openapi(openapi::base())
        .routes(routes!(auth::register))
        .routes(routes!(auth::login))
        .routes(routes!(auth::me))
        .routes(routes!(logout::logout))
        .routes(routes!(refresh::refresh))
        .routes(routes!(reset::forgot))
        .routes(routes!(reset::reset))
        .routes(routes!(verification::send))
        .routes(routes!(verification::verify))
        .routes(routes!(totp::enrol))
        .routes(routes!(totp::confirm))
        .routes(routes!(password::change))
        .routes(routes!(own_data::export))
        .routes(routes!(own_data::erase))
        .routes(routes!(users::list))
        .routes(routes!(users::show, users::update, users::delete))
        .routes(routes!(totp::disable))
        .routes(routes!(personal_data::export))
        .routes(routes!(personal_data::erase))
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
        .routes(routes!(metrics::show))
        .routes(routes!(websocket_stats::stats))
        .routes(routes!(sockets::list))
        .routes(routes!(sockets::disconnect))
        .routes(routes!(sockets::notify))
}
