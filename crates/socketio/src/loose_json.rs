//! Fields of a JSON object from a client, even if other fields are unreadable.
//!
//! Fields that an application does not ask for do not matter: a lone surrogate (`"\ud83d"`, which
//! JavaScript writes without an error) or a number that no machine holds (`1e999`) elsewhere must
//! not make another field unreadable. A field that is asked for is found, or it is [`Unusable`]:
//! never taken for absent.

use std::fmt;

use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, de};
use serde_json::value::RawValue;

/// The field is there but cannot be what it should be, stands there twice, or the text is no
/// object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the field cannot be read")]
pub struct Unusable;

/// The value of a field of an object; `None` if it is not there.
pub fn field<'a>(object: &'a str, name: &str) -> Result<Option<&'a RawValue>, Unusable> {
    let mut reader = serde_json::Deserializer::from_str(object);
    let found = reader.deserialize_map(Seek { name }).map_err(|_| Unusable)?;
    reader.end().map_err(|_| Unusable)?;
    match found {
        Found::Not => Ok(None),
        Found::Once(value) => Ok(Some(value)),
        Found::Again => Err(Unusable),
    }
}

/// A field that is a string; `None` if it is not there or `null`.
pub fn string_field(object: &str, name: &str) -> Result<Option<String>, Unusable> {
    match field(object, name)? {
        Some(value) if value.get() != "null" => {
            serde_json::from_str(value.get()).map(Some).map_err(|_| Unusable)
        }
        _ => Ok(None),
    }
}

/// The text of a JSON string, with U+FFFD in place of lone surrogates; `None` if it is no string.
pub fn lossy(string: &str) -> Option<String> {
    serde_json::from_str(string).ok().map(|Lossy(text)| text)
}

enum Found<'a> {
    Not,
    Once(&'a RawValue),
    Again,
}

struct Seek<'n> {
    name: &'n str,
}

impl<'de> Visitor<'de> for Seek<'_> {
    type Value = Found<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = Found::Not;
        // Names are compared as they stand: one that cannot be a text is not the one we look for.
        while let Some(name) = map.next_key::<&RawValue>()? {
            if serde_json::from_str::<String>(name.get()).is_ok_and(|name| name == self.name) {
                let value = map.next_value()?;
                found = if let Found::Not = found { Found::Once(value) } else { Found::Again };
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

/// Read as bytes: then the reader accepts lone surrogates.
struct Lossy(String);

impl<'de> Deserialize<'de> for Lossy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Lossy;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Lossy, E> {
                Ok(Lossy(String::from_utf8_lossy(bytes).into_owned()))
            }
        }
        deserializer.deserialize_bytes(Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_field_is_found_whatever_stands_beside_it() {
        for object in [
            r#"{"token":"t"}"#,
            r#" { "a": [{"token": 1}], "token" : "t" } "#,
            r#"{"device":"\ud83d","token":"t"}"#,
            r#"{"token":"t","\ud83d":1}"#,
            r#"{"token":"t","size":1e999}"#,
            r#"{"tok\u0065n":"t"}"#,
        ] {
            assert_eq!(string_field(object, "token"), Ok(Some("t".into())), "{object}");
        }
        for object in ["{}", r#"{"token":null}"#, r#"{"Token":"t","a":{"token":"t"}}"#] {
            assert_eq!(string_field(object, "token"), Ok(None), "{object}");
        }
    }

    #[test]
    fn a_field_that_cannot_be_used_is_not_absent() {
        for object in [
            r#"{"token":12345}"#,
            r#"{"token":{}}"#,
            r#"{"token":"\ud83d"}"#,
            r#"{"token":"t","token":"t"}"#,
            r#"{"token":"t","tok\u0065n":null}"#,
            r#"{"token":"t"} x"#,
            r#"{"token":"t""#,
            "[]",
            "",
        ] {
            assert_eq!(string_field(object, "token"), Err(Unusable), "{object}");
        }
    }

    #[test]
    fn lone_surrogates_are_shown_as_unreadable() {
        assert_eq!(lossy(r#""a\ud83db""#).unwrap().chars().next(), Some('a'));
        assert!(lossy(r#""\ud83d""#).unwrap().contains('\u{fffd}'));
        assert_eq!(lossy(r#""\ud83d\ude00 ü""#).as_deref(), Some("😀 ü"));
        for text in ["1", "[1]", "null", "\"", ""] {
            assert_eq!(lossy(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_string_is_read_as_it_was_meant(text in ".*", name in ".*", other in ".*") {
            let written = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(lossy(&written), Some(text.clone()));
            prop_assume!(name != other);
            let object = serde_json::json!({name.clone(): text, other: 1}).to_string();
            prop_assert_eq!(string_field(&object, &name), Ok(Some(text)));
        }

        #[test]
        fn no_text_is_too_strange(text in "[\\[\\]{}\",:a\\\\ud83]{0,30}") {
            let _ = field(&text, "a");
            let _ = lossy(&text);
        }
    }
}
