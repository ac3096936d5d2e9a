//! What a request's head must not say twice, and must say once.
//!
//! Two values of a header that has one meaning are two requests in one: a proxy in front may go by
//! the first and we by the second (RFC 9110, section 5.3; for `Host` RFC 9112, section 3.2).

use http::request::Parts;
use http::{HeaderName, StatusCode, Version, header};

use super::problem::Problem;

/// What stands at most once.
const SINGLE: [HeaderName; 5] = [
    header::HOST,
    header::ORIGIN,
    header::AUTHORIZATION,
    header::CONTENT_TYPE,
    HeaderName::from_static("last-event-id"),
];

pub(super) fn check(head: &Parts) -> Result<(), Problem> {
    for name in SINGLE {
        if head.headers.get_all(&name).iter().nth(1).is_some() {
            return Err(malformed(format!("the header {name} may be sent only once")));
        }
    }
    if head.version == Version::HTTP_11 && !head.headers.contains_key(header::HOST) {
        return Err(malformed("the header host is missing"));
    }
    Ok(())
}

fn malformed(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "malformed_head", detail)
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
            check(&request.body(()).unwrap().into_parts().0).map_err(|problem| problem.code())
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
