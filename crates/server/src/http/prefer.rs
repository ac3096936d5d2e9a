//! What a caller prefers to get when it deletes a thing (RFC 7240): nothing, or the thing as it
//! was.

use std::convert::Infallible;

use axum::Json;
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Serialize;

const PREFER: HeaderName = HeaderName::from_static("prefer");
pub(super) const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Prefer {
    /// Nothing: the default.
    Minimal,
    /// `return=representation`.
    Representation,
}

impl<S: Send + Sync> FromRequestParts<S> for Prefer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.headers))
    }
}

impl Prefer {
    fn of(headers: &HeaderMap) -> Self {
        let values = headers.get_all(PREFER).into_iter().filter_map(|value| value.to_str().ok());
        // If a preference is given twice, the first counts; the text behind `;` belongs to it.
        let preferences = values.flat_map(|value| value.split(','));
        let wanted = preferences.filter_map(|preference| {
            let (name, value) = preference.split(';').next()?.split_once('=')?;
            let value = value.trim().trim_matches('"');
            name.trim().eq_ignore_ascii_case("return").then(|| value.to_owned())
        });
        match wanted.into_iter().next().as_deref() {
            Some("representation") => Self::Representation,
            _ => Self::Minimal,
        }
    }

    /// The answer to a deletion of what was `old`.
    pub(crate) fn deleted(self, old: impl Serialize) -> Response {
        let applied = HeaderValue::from_static("return=representation");
        match self {
            Self::Minimal => StatusCode::NO_CONTENT.into_response(),
            Self::Representation => ([(PREFERENCE_APPLIED, applied)], Json(old)).into_response(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_representation_that_was_asked_for_is_sent() {
        for (preferred, expected) in [
            ("return=representation", Prefer::Representation),
            ("respond-async, Return=\"representation\"; foo=bar", Prefer::Representation),
            ("return = representation", Prefer::Representation),
            ("return=minimal, return=representation", Prefer::Minimal),
            ("representation", Prefer::Minimal),
            ("handling=return=representation", Prefer::Minimal),
            ("", Prefer::Minimal),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(PREFER, HeaderValue::from_static(preferred));
            assert_eq!(Prefer::of(&headers), expected, "{preferred}");
        }
        assert_eq!(Prefer::of(&HeaderMap::new()), Prefer::Minimal);
    }
}
