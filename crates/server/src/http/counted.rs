//! The layer that counts answers: by address, method and status, how long they took, and the
//! results of attempts to take seats.

use std::time::Instant;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::{Method, StatusCode};
use metrics::{counter, histogram};

use super::address::Address;
use super::keyed::IDEMPOTENT_REPLAYED;
use super::problem::Problem;
use crate::metrics::{HTTP_REQUESTS, HTTP_SECONDS, SALES};

/// The label of addresses that are not this server's: a client that tries many addresses creates no
/// new labels.
const OTHER: &str = "other";

pub(super) async fn count(request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let route = Address::of(request.extensions()).map(Address::shared_pattern);
    let method = known(request.method());
    let response = next.run(request).await;
    let route = route.map_or(metrics::SharedString::const_str(OTHER), Into::into);
    let status = response.status();
    if method == "POST" && !response.headers().contains_key(IDEMPOTENT_REPLAYED) {
        count_sale(&route, &response);
    }
    histogram!(HTTP_SECONDS, "route" => route.clone()).record(begun.elapsed());
    let status = status.as_str().to_owned();
    counter!(HTTP_REQUESTS, "method" => method, "route" => route, "status" => status).increment(1);
    response
}

fn count_sale(route: &str, response: &Response) {
    let kind = match route {
        "/tickets" => "ticket",
        "/bookings" => "booking",
        "/holds" => "hold",
        _ => return,
    };
    let refusal = response.extensions().get().map(Problem::code);
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
