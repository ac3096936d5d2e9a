//! The language of the few texts in an answer that are for people: Turkish, unless the caller's
//! `Accept-Language` prefers English (RFC 9110, 12.5.4).
//!
//! Names of fields, choices and codes are never translated.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::header::ACCEPT_LANGUAGE;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, header};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    Turkish,
    English,
}

/// For an answer with texts that depend on the language.
pub(crate) const VARIES_BY_LANGUAGE: (HeaderName, HeaderValue) =
    (header::VARY, HeaderValue::from_static("Accept-Language"));

impl<S: Send + Sync> FromRequestParts<S> for Language {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self::preferred(&parts.headers))
    }
}

impl Language {
    fn preferred(headers: &HeaderMap) -> Self {
        let values = headers.get_all(ACCEPT_LANGUAGE).into_iter();
        let ranges = values.filter_map(|value| value.to_str().ok()).flat_map(|v| v.split(','));
        // The weight of each language, in thousandths; of two equal ones the first one named wins.
        let (mut turkish, mut english, mut english_is_first) = (0, 0, false);
        for (language, weight) in ranges.filter_map(range) {
            match language {
                Self::Turkish => turkish = turkish.max(weight),
                Self::English => {
                    english_is_first |= turkish == 0;
                    english = english.max(weight);
                }
            }
        }
        if english > turkish || (english == turkish && english > 0 && english_is_first) {
            Self::English
        } else {
            Self::Turkish
        }
    }
}

/// A language range that this server has, and its weight in thousandths; others, and `*`, are no
/// preference.
fn range(text: &str) -> Option<(Language, u32)> {
    let mut parts = text.split(';').map(str::trim);
    let primary = parts.next()?.split('-').next()?;
    let language = if primary.eq_ignore_ascii_case("tr") {
        Language::Turkish
    } else if primary.eq_ignore_ascii_case("en") {
        Language::English
    } else {
        return None;
    };
    let weight = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")));
    Some((language, weight.map_or(1_000, thousandths)))
}

/// `0.8` as 800. An invalid weight counts as none: its sender did not mean "most of all".
fn thousandths(weight: &str) -> u32 {
    let (whole, fraction) = weight.split_once('.').unwrap_or((weight, ""));
    let is_weight = matches!(whole, "0" | "1")
        && fraction.len() <= 3
        && fraction.bytes().all(|byte| byte.is_ascii_digit());
    if !is_weight {
        return 0;
    }
    let digits = format!("{whole}{fraction:0<3}");
    digits.parse().unwrap_or(0).min(1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn english_is_for_those_who_prefer_it() {
        for (accepted, expected) in [
            ("", Language::Turkish),
            ("*", Language::Turkish),
            ("de, fr;q=0.8", Language::Turkish),
            ("tr-TR,tr;q=0.9,en-US;q=0.8,en;q=0.7", Language::Turkish),
            ("tr, en", Language::Turkish),
            ("en;q=x", Language::Turkish),
            ("en;q=0", Language::Turkish),
            ("en;q=0.2, tr;q=0.25", Language::Turkish),
            ("en", Language::English),
            ("EN-gb", Language::English),
            ("en, tr", Language::English),
            ("en-US,en;q=0.9,tr;q=0.8", Language::English),
            ("tr;q=0.5, en;q=0.55", Language::English),
            ("de, en;q=0.1", Language::English),
            ("tr;q=0, en;q=0.001", Language::English),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_static(accepted));
            assert_eq!(Language::preferred(&headers), expected, "{accepted:?}");
        }
        assert_eq!(Language::preferred(&HeaderMap::new()), Language::Turkish);
    }
}
