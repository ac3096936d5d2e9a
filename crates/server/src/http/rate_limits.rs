//! Limits requests by the address that they come from and by the account that makes them
//! ([`crate::limits`]). A caller that sends too many gets 429, with the time after which to try
//! again.
//!
//! How much is left is sent as `RateLimit` and `RateLimit-Policy`
//! (draft-ietf-httpapi-ratelimit-headers).

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use socketio::Remote;

use super::address::Address;
use super::behind_proxies::ByProxy;
use super::caller::account_of;
use super::engine_io;
use super::handshakes::begun_by;
use super::problem::Problem;
use crate::app::App;
use crate::error_codes::ErrorCode;
use crate::limits::{Class, Left, Limits, UsedUp};
use crate::metrics::count_refused;
use crate::metrics::handshakes::Handshake;
use crate::network::Network;
use crate::proxies::X_FORWARDED_FOR;

pub(crate) const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
pub(crate) const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// Seconds after which an address with too many connections may try again.
const CONNECTIONS_RETRY_AFTER_SECONDS: u16 = 5;

/// Around every request that ends with its answer; the caller is known here.
pub(super) async fn hold(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let class = Address::of(request.extensions())
        .and_then(|address| address.class(request.method()))
        // Handshakes were counted when they came.
        .filter(|class| *class != Class::Handshake);
    let (Some(limits), Some(class), Some(from)) = (&app.limits, class, network(&request)) else {
        return next.run(request).await;
    };
    let account = account_of(request.extensions());
    let is_staff = account.is_some_and(|account| account.role.is_staff());
    match limits.take(class, from, account.map(|account| account.user_id), is_staff) {
        Ok(left) => {
            let mut response = next.run(request).await;
            tell(response.headers_mut(), left);
            response
        }
        Err(used_up) => {
            let is_forwarded = is_forwarded(request.headers());
            let mut response = refused(limits, used_up, is_forwarded).into_response();
            tell(response.headers_mut(), used_up.left);
            response
        }
    }
}

/// For the handshakes of realtime connections, whose bearer is looked up later.
pub(super) fn refuse_handshake(app: &App, request: &Request) -> Option<Response> {
    let handshake = begun_by(request)?;
    let from = network(request)?;
    // A connection that came by itself was counted when it came.
    let uncounted = usize::from(request.extensions().get::<ByProxy>().is_some());
    let problem = if app.open_connections.refuses(from, uncounted) {
        count_refused("connections");
        let detail = "too many connections are open from this address";
        Problem::new(ErrorCode::RATE_LIMITED, detail)
            .retry_after_seconds(CONNECTIONS_RETRY_AFTER_SECONDS)
    } else {
        let limits = app.limits.as_ref()?;
        let used_up = limits.take(Class::Handshake, from, None, false).err()?;
        refused(limits, used_up, is_forwarded(request.headers()))
    };
    Some(match handshake {
        Handshake::SocketIo => engine_io::too_many(&problem),
        _ => problem.into_response(),
    })
}

/// For a request of no class of its own, whose handler has found out that it costs as much as one
/// of this class.
pub(super) fn count_as(class: Class, app: &App, parts: &Parts) -> Result<(), Problem> {
    let (Some(limits), Some(Remote(remote))) = (&app.limits, parts.extensions.get()) else {
        return Ok(());
    };
    let taken = limits.take(class, Network::of(*remote), None, false);
    taken.map(drop).map_err(|used_up| refused(limits, used_up, is_forwarded(&parts.headers)))
}

fn network(request: &Request) -> Option<Network> {
    let Remote(remote) = request.extensions().get()?;
    Some(Network::of(*remote))
}

/// Whether a proxy has written where the request comes from; only a trusted proxy is believed.
fn is_forwarded(headers: &HeaderMap) -> bool {
    headers.contains_key(header::FORWARDED) || headers.contains_key(X_FORWARDED_FOR)
}

fn refused(limits: &Limits, used_up: UsedUp, is_forwarded: bool) -> Problem {
    if limits.refusal_is_due() {
        let class = used_up.left.class.name();
        if is_forwarded {
            tracing::warn!(
                class,
                "requests that a proxy brings are refused, too many of an address: is the proxy named \
                 in SEATWIRE_TRUSTED_PROXIES?"
            );
        } else {
            tracing::warn!(class, "requests are refused, too many of an address or account");
        }
    }
    count_refused(used_up.left.class.name());
    let detail = format!(
        "too many requests of this kind ({}); please try again in {} s",
        used_up.left.class.name(),
        used_up.retry_after_seconds
    );
    Problem::new(ErrorCode::RATE_LIMITED, detail).retry_after_seconds(used_up.retry_after_seconds)
}

fn tell(headers: &mut HeaderMap, left: Left) {
    let Left { class, quota, window_seconds, remaining } = left;
    let (name, reset) = (class.name(), left.reset_seconds());
    let mut set = |header, text: String| {
        if let Ok(value) = HeaderValue::try_from(text) {
            headers.insert(header, value);
        }
    };
    set(RATE_LIMIT_POLICY, format!(r#""{name}";q={quota};w={window_seconds}"#));
    set(RATE_LIMIT, format!(r#""{name}";r={remaining};t={reset}"#));
}
