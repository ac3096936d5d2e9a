//! How much a caller wants an answer of a certain kind (`Accept`, RFC 9110, section 12.5.1), if it
//! names that kind. A caller that accepts any kind gets the default one.

use http::{HeaderMap, header};

/// The weight of a kind that is accepted by name; the greatest one if the kind is named several
/// times. Weights go from 0, which is a refusal, to 1. `None`: the kind is not named.
pub(super) fn weight_of(kind: &str, headers: &HeaderMap) -> Option<f32> {
    let lines = headers.get_all(header::ACCEPT).into_iter().filter_map(|line| line.to_str().ok());
    let ranges = lines.flat_map(|line| line.split(','));
    let named = ranges.filter_map(|range| {
        let mut parts = range.split(';').map(str::trim);
        let is_it = parts.next().is_some_and(|named| named.eq_ignore_ascii_case(kind));
        let weight = |part: &str| {
            let weight = part.split_once('=').filter(|(name, _)| name.eq_ignore_ascii_case("q"));
            weight.and_then(|(_, weight)| weight.parse().ok())
        };
        is_it.then(|| parts.find_map(weight).unwrap_or(1.0))
    });
    named.max_by(f32::total_cmp)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn what_is_named_has_its_weight() {
        let prometheus = "application/openmetrics-text;version=1.0.0;q=0.6,\
             application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
        for (accept, kind, weight) in [
            ("text/csv", "text/csv", Some(1.0)),
            ("Text/CSV; charset=utf-8", "text/csv", Some(1.0)),
            ("application/json;q=0.5, text/csv;q=0.9", "text/csv", Some(0.9)),
            ("text/csv;q=0", "text/csv", Some(0.0)),
            ("text/csv; q=0.000", "text/csv", Some(0.0)),
            ("*/*", "text/csv", None),
            ("text/*", "text/csv", None),
            ("application/json", "text/csv", None),
            ("", "text/csv", None),
            (prometheus, "application/openmetrics-text", Some(0.6)),
            (prometheus, "text/plain", Some(0.3)),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, HeaderValue::from_str(accept).unwrap());
            assert_eq!(weight_of(kind, &headers), weight, "{kind} of {accept}");
        }
        assert_eq!(weight_of("text/csv", &HeaderMap::new()), None);
    }
}
