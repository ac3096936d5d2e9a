//! The files of the first view, the stock Socket.IO client and the npm package, as the build made
//! them: plain, and compressed for clients that accept it.

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};

/// One file in two forms, and the digest of its content.
pub(super) struct Packed {
    pub(super) kind: &'static str,
    pub(super) tags: [&'static str; 2],
    pub(super) plain: &'static [u8],
    pub(super) gzip: &'static [u8],
}

macro_rules! packed {
    ($file:literal, $kind:literal, $tag:literal) => {
        Packed {
            kind: $kind,
            tags: [
                concat!("\"", env!($tag), "\""),
                // Other bytes are another representation, with its own tag (RFC 9110, 8.8.3.3).
                concat!("\"", env!($tag), "-gzip\""),
            ],
            plain: include_bytes!(concat!(env!("OUT_DIR"), "/", $file)),
            gzip: include_bytes!(concat!(env!("OUT_DIR"), "/", $file, ".gz")),
        }
    };
}

pub(super) static INDEX: Packed =
    packed!("index.html", "text/html; charset=utf-8", "PAGE_TAG_INDEX");
pub(super) static SCRIPT: Packed =
    packed!("page.js", "text/javascript; charset=utf-8", "PAGE_TAG_SCRIPT");
pub(super) static SHEET: Packed = packed!("page.css", "text/css; charset=utf-8", "PAGE_TAG_SHEET");

/// The build from the npm package, as the reference server serves it.
pub(super) static STOCK: Packed =
    packed!("socket.io.js", "text/javascript; charset=utf-8", "PAGE_TAG_STOCK");
pub(super) static STOCK_MIN: Packed =
    packed!("socket.io.min.js", "text/javascript; charset=utf-8", "PAGE_TAG_STOCK_MIN");

/// The JavaScript client as npm installs it. The file itself is compressed, not its transfer: npm
/// unpacks it.
pub(super) fn npm_package(asked: &HeaderMap, mut headers: HeaderMap) -> Response {
    const TAG: &str = concat!("\"", env!("PAGE_TAG_CLIENT"), "\"");
    const BYTES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/seatwire.tar.gz"));
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/gzip"));
    headers.insert(header::ETAG, HeaderValue::from_static(TAG));
    if is_known(asked, TAG) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    (headers, BYTES).into_response()
}

/// Whether the caller has this version already.
pub(super) fn is_known(asked: &HeaderMap, tag: &str) -> bool {
    asked.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes())
}

impl Packed {
    /// `common`: the headers of every page.
    pub(super) fn answer(&self, asked: &HeaderMap, mut headers: HeaderMap) -> Response {
        let gzip = takes_gzip(asked);
        let [plain_tag, gzip_tag] = self.tags;
        let tag = if gzip { gzip_tag } else { plain_tag };
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.kind));
        headers.insert(header::ETAG, HeaderValue::from_static(tag));
        headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
        if is_known(asked, tag) {
            return (StatusCode::NOT_MODIFIED, headers).into_response();
        }
        if gzip {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        (headers, if gzip { self.gzip } else { self.plain }).into_response()
    }
}

/// Whether gzip is accepted by name (RFC 9110, 12.5.3). `*` counts as no: programs that send it
/// alone take whatever they get.
pub(in crate::http) fn takes_gzip(asked: &HeaderMap) -> bool {
    let named = asked.get_all(header::ACCEPT_ENCODING).into_iter();
    named.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let is_gzip = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        let weight = parts.find_map(|part| part.strip_prefix("q=")).map(str::parse::<f32>);
        is_gzip && !matches!(weight, Some(Ok(weight)) if weight <= 0.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_sent_to_those_who_name_it() {
        for (accepted, expected) in [
            ("gzip", true),
            ("br, GZIP;q=0.5", true),
            ("gzip;q=0", false),
            ("gzip; q=0.000, br", false),
            ("identity", false),
            ("xgzip", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(accepted));
            assert_eq!(takes_gzip(&headers), expected, "{accepted}");
        }
        assert!(!takes_gzip(&HeaderMap::new()));
    }

    #[test]
    fn the_script_is_one_script() {
        let script = std::str::from_utf8(SCRIPT.plain).unwrap();
        assert!(script.contains("class Seatwire"), "the client is in it");
        for line in script.lines() {
            assert!(!line.starts_with("import") && !line.starts_with("export"), "{line}");
        }
        assert!(SCRIPT.gzip.len() * 3 < SCRIPT.plain.len(), "compressed to less than a third");
    }
}
