//! Entity tags (RFC 9110, section 8.8.3): the version of a thing as its readers get it, and as
//! `If-Match` sends it back.
//!
//! A tag changes with writes to the thing itself and with nothing else: a sale changes no route's
//! tag.

use axum::response::{IntoResponse, Response};
use domain::{Expected, Version};
use http::HeaderValue;
use http::header::ETAG;
use jiff::Timestamp;

/// An answer that shows one thing, with its tag.
#[derive(Debug)]
pub(crate) struct Tagged<T> {
    body: T,
    updated_at: Timestamp,
}

impl<T> Tagged<T> {
    pub(crate) fn new(body: T, updated_at: Timestamp) -> Self {
        Self { body, updated_at }
    }
}

impl<T: IntoResponse> IntoResponse for Tagged<T> {
    fn into_response(self) -> Response {
        let mut response = self.body.into_response();
        response.headers_mut().insert(ETAG, tag(self.updated_at));
        response
    }
}

/// The tag of a thing that was last changed at this time.
pub(crate) fn tag(updated_at: Timestamp) -> HeaderValue {
    let text = format!("\"{:x}\"", Version::of(updated_at).get());
    let Ok(value) = HeaderValue::from_str(&text) else {
        unreachable!("a number between quotes is visible ASCII")
    };
    value
}

/// What `If-Match` asks for; `None` if it is malformed. A weak tag never matches there, nor does a
/// tag that this server never made: both are valid and match no version.
pub(crate) fn expected(list: &str) -> Option<Expected> {
    if list.trim() == "*" {
        return Some(Expected::Any);
    }
    let mut versions = Vec::new();
    let mut rest = list;
    let mut has_tags = false;
    loop {
        // Empty elements of a list are skipped (section 5.6.1.2).
        rest = rest.trim_start_matches([' ', '\t', ',']);
        if rest.is_empty() {
            return has_tags.then_some(Expected::OneOf(versions));
        }
        let (is_weak, quoted) = match rest.strip_prefix("W/") {
            Some(quoted) => (true, quoted),
            None => (false, rest),
        };
        let (opaque, behind) = quoted.strip_prefix('"')?.split_once('"')?;
        if !opaque.chars().all(|c| c == '!' || ('#'..='~').contains(&c) || !c.is_ascii()) {
            return None;
        }
        has_tags = true;
        if !is_weak && let Some(version) = version(opaque) {
            versions.push(version);
        }
        rest = behind.trim_start_matches([' ', '\t']);
        if !(rest.is_empty() || rest.starts_with(',')) {
            return None;
        }
    }
}

/// Only in the exact form in which it was written: one version has one tag.
fn version(opaque: &str) -> Option<Version> {
    let number = i64::from_str_radix(opaque, 16).ok()?;
    (format!("{number:x}") == opaque).then(|| Version::new(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_tags() {
        let versions = |numbers: &[i64]| {
            Some(Expected::OneOf(numbers.iter().map(|number| Version::new(*number)).collect()))
        };
        for (list, expected) in [
            ("*", Some(Expected::Any)),
            (" * ", Some(Expected::Any)),
            (r#""18f2""#, versions(&[0x18f2])),
            (r#""1", "2" ,"3""#, versions(&[1, 2, 3])),
            (r#", "1",,"2","#, versions(&[1, 2])),
            // Strong comparison: a weak tag does not count, and neither does a tag of another
            // server.
            (r#"W/"1""#, versions(&[])),
            (r#"W/"1", "2", "other", "0002", "+2", "F", """#, versions(&[2])),
            (r#""a,b", "1""#, versions(&[1])),
            ("", None),
            (",", None),
            ("18f2", None),
            (r#""1"#, None),
            (r#""1" "2""#, None),
            (r#""1"2"#, None),
            (r#"w/"1""#, None),
            (r#"*, "1""#, None),
            (r#""a b""#, None),
        ] {
            assert_eq!(super::expected(list), expected, "{list}");
        }
    }

    #[test]
    fn a_tag_is_read_as_it_was_written() {
        let at = Timestamp::from_millisecond(1_760_437_800_123).unwrap();
        let tag = tag(at);
        let expected = expected(tag.to_str().unwrap()).unwrap();
        assert_eq!(expected, Expected::OneOf(vec![Version::of(at)]));
    }
}
