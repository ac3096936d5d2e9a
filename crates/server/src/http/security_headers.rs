//! What every answer says to browsers, whoever made it.

use axum::response::Response;
use http::{HeaderValue, header};

/// An answer is what it says it is.
pub(super) fn no_sniffing(mut response: Response) -> Response {
    let value = HeaderValue::from_static("nosniff");
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, value);
    response
}
