//! Which answers are compressed: long lists that are the same for every caller, if this caller
//! takes gzip.
//!
//! An answer about a person is not compressed: if it had a secret beside a text that an attacker
//! chose, the secret could be guessed from the length of both together. An answer with an `ETag` is
//! not compressed either, because the tag names the bytes that were sent. Pages and scripts were
//! compressed when the program was built.

use axum::body::Body;
use axum::response::Response;
use http::{Extensions, HeaderMap, StatusCode, Version, header};
use tower_http::CompressionLevel;
use tower_http::compression::predicate::{And, SizeAbove};
use tower_http::compression::{CompressionBody, CompressionLayer, Predicate as _};

/// A shorter answer fits into one or two packets without compression.
const PLAIN_BYTES_MAX: u64 = 2_048;

type IsForEverybody = fn(StatusCode, Version, &HeaderMap, &Extensions) -> bool;

pub(super) fn layer() -> CompressionLayer<And<SizeAbove, IsForEverybody>> {
    let is_for_everybody: IsForEverybody = is_for_everybody;
    CompressionLayer::new()
        // Compressed again for each caller: time counts more than the last bytes.
        .quality(CompressionLevel::Fastest)
        .compress_when(SizeAbove::new(PLAIN_BYTES_MAX).and(is_for_everybody))
}

/// Makes it one type of body again, compressed or not.
pub(super) fn one_kind(response: Response<CompressionBody<Body>>) -> Response {
    response.map(Body::new)
}

fn is_for_everybody(_: StatusCode, _: Version, head: &HeaderMap, _: &Extensions) -> bool {
    let is = |name, value: &str| head.get(name).is_some_and(|found| found == value);
    is(header::CONTENT_TYPE, "application/json")
        && !is(header::CACHE_CONTROL, "no-store")
        && !head.contains_key(header::ETAG)
}
