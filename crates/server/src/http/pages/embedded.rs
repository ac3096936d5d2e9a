//! A file of the pages as an answer, with its version, so that a browser downloads it again only
//! when it has changed.

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::packed;
use crate::http::problem::Problem;

#[derive(RustEmbed)]
#[folder = "../../web/"]
#[exclude = "*.js"]
pub(super) struct Web;

/// Scripts and styles come from this server alone; no other site may put the page in a frame.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; connect-src 'self'; \
     img-src 'self' data:; style-src 'self'; script-src 'self'; base-uri 'none'; \
     form-action 'self'; frame-ancestors 'none'";

pub(super) fn file(found: Option<EmbeddedFile>, asked: &HeaderMap) -> Response {
    let Some(file) = found else {
        return match Web::get("not-found.html").filter(|_| wants_page(asked)) {
            Some(page) => (StatusCode::NOT_FOUND, sent(page, &HeaderMap::new())).into_response(),
            None => Problem::not_found("there is nothing at this address").into_response(),
        };
    };
    sent(file, asked)
}

/// Browsers send this for what they show in a window, and for nothing else.
fn wants_page(asked: &HeaderMap) -> bool {
    let accepted = asked.get(header::ACCEPT).and_then(|accepted| accepted.to_str().ok());
    accepted.is_some_and(|accepted| accepted.contains("text/html"))
}

fn sent(file: EmbeddedFile, asked: &HeaderMap) -> Response {
    let hash = file.metadata.sha256_hash();
    let tag: String = hash[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    let tag = format!("\"{tag}\"");
    let mut headers = common_headers();
    let mut set = |name, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    set(header::CONTENT_TYPE, file.metadata.mimetype());
    set(header::ETAG, &tag);
    if packed::is_known(asked, &tag) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    (headers, file.data.into_owned()).into_response()
}

pub(super) fn common_headers() -> HeaderMap {
    let mut headers = HeaderMap::new();
    let mut set = |name, value| headers.insert(name, HeaderValue::from_static(value));
    // Browsers check every time and download again only after a change: an upgrade is visible at
    // once.
    set(header::CACHE_CONTROL, "no-cache");
    set(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY);
    set(header::REFERRER_POLICY, "same-origin");
    headers
}
