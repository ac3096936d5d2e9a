//! The layer that counts answers: by address, method and status, how long they took, and the
//! results of attempts to take seats and to begin realtime connections.
//!
//! Around all layers that may refuse a request, so that refusals are counted too. What hyper
//! refuses before there is a request, the connection counts.

use std::time::Instant;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::{Method, StatusCode};
use metrics::{SharedString, counter, histogram};

use super::address::Address;
use super::handshakes::begun_by;
use super::keyed::IDEMPOTENT_REPLAYED;
use super::problem::written::Told;
use crate::metrics::handshakes::{Failure, count_failed};
use crate::metrics::{HTTP_SECONDS, OTHER, SALES, count_answer};

pub(super) async fn count(request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let address = Address::of(request.extensions());
    let is_timed = address.is_none_or(Address::is_answered_at_once);
    let route = address.map(Address::shared_pattern);
    let (method, handshake) = (known(request.method()), begun_by(&request));
    let response = next.run(request).await;
    let route = route.map_or(SharedString::const_str(OTHER), Into::into);
    let status = response.status();
    if method == "POST" && !response.headers().contains_key(IDEMPOTENT_REPLAYED) {
        count_sale(&route, &response);
    }
    if let Some((handshake, failure)) = handshake.zip(Failure::by(status)) {
        count_failed(handshake, failure);
    }
    if is_timed {
        histogram!(HTTP_SECONDS, "route" => route.clone()).record(begun.elapsed());
    }
    count_answer(method, route, status);
    response
}

fn count_sale(route: &str, response: &Response) {
    let kind = match route {
        "/tickets" => "ticket",
        "/bookings" => "booking",
        "/holds" => "hold",
        _ => return,
    };
    let refusal = response.extensions().get().map(|Told(code)| *code);
    let outcome = match refusal {
        None if response.status() == StatusCode::CREATED => "done",
        None => return,
        Some(code) => code,
    };
    counter!(SALES, "kind" => kind, "outcome" => outcome).increment(1);
}

/// An unknown method creates no new label either.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => OTHER,
    }
}
