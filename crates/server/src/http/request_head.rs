//! Headers that a request must not have twice, and one that it must have.
//!
//! Two values of a header that has one meaning make two requests of one: a proxy in front may use
//! the first and this server the second (RFC 9110, section 5.3; for `Host` RFC 9112, section 3.2).

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, Version, header};

use super::engine_io;
use super::problem::Problem;
use crate::error_codes::ErrorCode;

/// Headers that may appear once at the most.
const SINGLE: [HeaderName; 5] = [
    header::HOST,
    header::ORIGIN,
    header::AUTHORIZATION,
    header::CONTENT_TYPE,
    HeaderName::from_static("last-event-id"),
];

pub(super) fn refuse_ambiguous(request: &Request) -> Option<Response> {
    let problem = check(request).err()?;
    let mut refusal = if engine_io::is_its(request.uri().path()) {
        engine_io::error(StatusCode::BAD_REQUEST, 3, "Bad request")
    } else {
        problem.into_response()
    };
    // A proxy that reads heads in another way may see another request behind this one.
    refusal.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    Some(refusal)
}

fn check<B>(request: &http::Request<B>) -> Result<(), Problem> {
    for name in SINGLE {
        if request.headers().get_all(&name).iter().nth(1).is_some() {
            return Err(malformed(format!("the header {name} may be sent only once")));
        }
    }
    if request.version() == Version::HTTP_11 && !request.headers().contains_key(header::HOST) {
        return Err(malformed("the header host is missing"));
    }
    Ok(())
}

fn malformed(detail: impl Into<String>) -> Problem {
    Problem::new(ErrorCode::MALFORMED_HEAD, detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    #[test]
    fn each_of_them_stands_once() {
        let with = |headers: &[(&str, &str)]| {
            let mut request = Request::builder();
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            check(&request.body(()).unwrap()).map_err(|problem| problem.code())
        };
        let host = ("host", "x");
        assert_eq!(with(&[host, ("accept", "a"), ("accept", "b")]), Ok(()));
        assert_eq!(with(&[]), Err("malformed_head"));
        for name in SINGLE {
            assert_eq!(
                with(&[host, (name.as_str(), "x"), (name.as_str(), "x")]),
                Err("malformed_head")
            );
        }
    }
}
