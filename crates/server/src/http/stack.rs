//! The layers around requests, outermost first. Each layer does the one thing that it is named
//! after.
//!
//! They are around whole routers and not around each route, where every layer would cost a box and
//! a copy. The matched address stays with the request all the same ([`super::address`]).

use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use tower::ServiceBuilder;

use super::address::Addresses;
use super::problem::written;
use super::refusing::refusing;
use super::{
    behind_proxies, caller, compressed, counted, idempotency, known_parameters, origin,
    rate_limits, request_body, request_head, request_id, security_headers, trace,
};
use crate::app::App;
use crate::config::CorsOrigins;
use crate::proxies::Proxies;

/// What the layers around everything need.
pub(super) struct Around {
    pub(super) app: Arc<App>,
    pub(super) addresses: Addresses,
    pub(super) origins: Arc<CorsOrigins>,
    pub(super) proxies: Arc<Proxies>,
    pub(super) is_tls: bool,
}

/// Around everything on the port.
pub(super) fn around_all(routes: Router, around: Around) -> Router {
    let Around { app, addresses, origins, proxies, is_tls } = around;
    let cors = origin::cors(&origins);
    let leaving = app.leaving.clone();
    let layers = ServiceBuilder::new()
        .map_request(move |request| addresses.find(request))
        .map_request(move |request| behind_proxies::look_behind(&proxies, request))
        .layer(from_fn(request_id::give))
        .layer(from_fn(trace::spanned))
        .layer(from_fn(counted::count))
        .layer(from_fn(request_body::guarded))
        .layer(from_fn(written::write_out))
        .map_response(security_headers::no_sniffing)
        .map_response(move |response| security_headers::tls_only(is_tls, response))
        .map_response(move |response| leaving.ask_to_go(response))
        .layer(refusing(request_head::refuse_ambiguous))
        .layer(refusing(move |request| origin::refuse_handshake(request, &origins)))
        .layer(cors)
        .layer(refusing(move |request| rate_limits::refuse_handshake(&app, request)))
        .layer(refusing(known_parameters::refuse_unknown));
    Router::new().fallback_service(layers.service(routes))
}

/// Around all but the realtime endpoints, which keep their requests open: layers that are not
/// around them cost them nothing.
pub(super) fn around_rest(routes: Router, app: Arc<App>) -> Router {
    let layers = ServiceBuilder::new()
        .map_response(compressed::one_kind)
        .layer(compressed::layer())
        .layer(from_fn(security_headers::keep_personal_out_of_caches))
        .layer(from_fn_with_state(Arc::clone(&app), caller::identify))
        .layer(from_fn_with_state(Arc::clone(&app), rate_limits::hold))
        .layer(from_fn_with_state(app, idempotency::keyed));
    Router::new().fallback_service(layers.service(routes))
}

/// Around everything on the operator's port.
pub(super) fn around_operations(routes: Router) -> Router {
    let layers = ServiceBuilder::new()
        .layer(from_fn(request_id::give))
        .layer(from_fn(request_body::guarded))
        .layer(from_fn(written::write_out))
        .map_response(security_headers::no_sniffing);
    Router::new().fallback_service(layers.service(routes))
}
