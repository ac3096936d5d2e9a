//! Values picked out of JSON without reading the rest: a load generator that parsed everything it
//! receives would measure itself.
//!
//! A key is written as it stands in the text, with its quotes and colon. Good for texts without
//! escapes whose key comes once, as ids, times and numbers of Seatwire's answers do.

use memchr::{memchr, memmem};

/// The text behind `"key":"`.
pub(crate) fn text_behind<'a>(json: &'a [u8], key: &[u8]) -> Option<&'a str> {
    let start = memmem::find(json, key)? + key.len();
    let rest = json.get(start..)?;
    std::str::from_utf8(rest.get(..memchr(b'"', rest)?)?).ok()
}

/// The whole number behind `"key":`.
pub(crate) fn number_behind(json: &[u8], key: &[u8]) -> Option<u64> {
    let start = memmem::find(json, key)? + key.len();
    let rest = json.get(start..)?;
    let digits = rest.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len());
    std::str::from_utf8(rest.get(..digits)?).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{number_behind, text_behind};

    #[test]
    fn a_value_is_found_by_its_key() {
        let json = br#"{"id":"a-1","seq":42,"last":7"#;
        assert_eq!(text_behind(json, br#""id":""#), Some("a-1"));
        assert_eq!(number_behind(json, br#""seq":"#), Some(42));
        assert_eq!(number_behind(json, br#""last":"#), Some(7));
        assert_eq!(text_behind(json, br#""seq":""#), None);
        assert_eq!(number_behind(json, br#""id":"#), None);
    }
}
