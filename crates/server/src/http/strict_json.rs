//! How JSON bodies are read: an object must be an object, a whole number may be written in any
//! form, and no text has a NUL.
//!
//! A struct with serde's derive also accepts a list, with its fields by position; `1.0`, which in
//! JSON is the same as `1`, is refused where an integer is wanted; and PostgreSQL fails on a NUL,
//! also where it is only searched for. All is settled here, around any deserializer and at any
//! depth, so that no shape has to care about it.

use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, Unexpected, Visitor,
};

/// A deserializer that is read strictly.
pub(crate) struct Strict<D>(pub(crate) D);

/// What is said of a text that no database of ours can store or look for.
pub(super) const HAS_NUL: &str = "must not contain the character U+0000";

/// Beyond this a double cannot hold every whole number.
const WHOLE_MAX: f64 = 9_007_199_254_740_992.0;

/// The visitor of a shape, with what the shape asked for; that decides which values are allowed.
struct Checked<V> {
    visitor: V,
    wanted: Wanted,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Struct,
    Whole,
    Other,
}

macro_rules! wants {
    ($wanted:ident: $($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
            self.0.$method(Checked { visitor, wanted: Wanted::$wanted })
        })*
    };
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Strict<D> {
    type Error = D::Error;

    wants! { Whole:
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
    }

    wants! { Other:
        deserialize_any deserialize_bool deserialize_f32 deserialize_f64 deserialize_char
        deserialize_str deserialize_string deserialize_bytes deserialize_byte_buf
        deserialize_option deserialize_unit deserialize_seq deserialize_map
        deserialize_identifier deserialize_ignored_any
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_struct(name, fields, Checked { visitor, wanted: Wanted::Struct })
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_unit_struct(name, Checked { visitor, wanted: Wanted::Other })
    }

    /// Money and other values that keep their own digits come through here.
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_newtype_struct(name, Checked { visitor, wanted: Wanted::Other })
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_tuple(length, Checked { visitor, wanted: Wanted::Other })
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        let visitor = Checked { visitor, wanted: Wanted::Other };
        self.0.deserialize_tuple_struct(name, length, visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_enum(name, variants, Checked { visitor, wanted: Wanted::Other })
    }

    fn is_human_readable(&self) -> bool {
        self.0.is_human_readable()
    }
}

macro_rules! passes_on {
    ($($method:ident($value:ty))*) => {
        $(fn $method<E: Error>(self, value: $value) -> Result<V::Value, E> {
            self.visitor.$method(value)
        })*
    };
}

fn without_nul<E: Error>(text: &str) -> Result<&str, E> {
    if text.contains('\0') { Err(E::custom(HAS_NUL)) } else { Ok(text) }
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Checked<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(f)
    }

    passes_on! {
        visit_bool(bool) visit_i64(i64) visit_u64(u64) visit_i128(i128) visit_u128(u128)
        visit_bytes(&[u8]) visit_borrowed_bytes(&'de [u8]) visit_byte_buf(Vec<u8>)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<V::Value, E> {
        self.visitor.visit_str(without_nul(text)?)
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<V::Value, E> {
        self.visitor.visit_borrowed_str(without_nul(text)?)
    }

    fn visit_string<E: Error>(self, text: String) -> Result<V::Value, E> {
        without_nul(&text)?;
        self.visitor.visit_string(text)
    }

    #[expect(clippy::cast_possible_truncation, reason = "whole and small enough")]
    fn visit_f64<E: Error>(self, value: f64) -> Result<V::Value, E> {
        if self.wanted != Wanted::Whole || value.fract() != 0.0 || value.abs() > WHOLE_MAX {
            return self.visitor.visit_f64(value);
        }
        let whole = value as i64;
        match u64::try_from(whole) {
            Ok(whole) => self.visitor.visit_u64(whole),
            Err(_) => self.visitor.visit_i64(whole),
        }
    }

    fn visit_none<E: Error>(self) -> Result<V::Value, E> {
        self.visitor.visit_none()
    }

    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        self.visitor.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, value: D) -> Result<V::Value, D::Error> {
        self.visitor.visit_some(Strict(value))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, value: D) -> Result<V::Value, D::Error> {
        self.visitor.visit_newtype_struct(Strict(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<V::Value, A::Error> {
        if self.wanted == Wanted::Struct {
            return Err(A::Error::invalid_type(Unexpected::Seq, &self.visitor));
        }
        self.visitor.visit_seq(Strict(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_map(Strict(object))
    }

    /// The contract's enums are words: there is nothing inside them to check.
    fn visit_enum<A: EnumAccess<'de>>(self, word: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_enum(word)
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Strict<A> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        self.0.next_element_seed(Strict(seed))
    }

    fn size_hint(&self) -> Option<usize> {
        self.0.size_hint()
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Strict<A> {
    type Error = A::Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        self.0.next_key_seed(seed)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.0.next_value_seed(Strict(seed))
    }

    fn size_hint(&self) -> Option<usize> {
        self.0.size_hint()
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Strict<S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        self.0.deserialize(Strict(deserializer))
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::value::RawValue;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Inner {
        number: u8,
    }

    #[derive(Debug, Deserialize)]
    struct Outer<'a> {
        one: Option<Inner>,
        #[serde(default)]
        many: Vec<Inner>,
        #[serde(default)]
        pair: Option<(i64, f64)>,
        #[serde(borrow)]
        digits: Option<&'a RawValue>,
    }

    fn read(json: &str) -> Result<Outer<'_>, String> {
        let mut json = serde_json::Deserializer::from_str(json);
        Outer::deserialize(Strict(&mut json)).map_err(|error| error.to_string())
    }

    #[test]
    fn an_object_is_no_list_however_deep() {
        assert!(read(r#"{"one": {"number": 1}, "many": [{"number": 2}]}"#).is_ok());
        for list in [r#"[null]"#, r#"{"one": [1]}"#, r#"{"many": [[1]]}"#] {
            let error = read(list).unwrap_err();
            assert!(error.starts_with("invalid type: sequence, expected struct"), "{error}");
        }
    }

    #[test]
    fn a_whole_number_is_one_however_it_is_written() {
        for one in ["1", "1.0", "1.000", "10e-1", "0.1e1"] {
            let json = format!(r#"{{"one": {{"number": {one}}}, "pair": [{one}, {one}]}}"#);
            let read = read(&json).unwrap();
            assert_eq!((read.one, read.pair), (Some(Inner { number: 1 }), Some((1, 1.0))), "{one}");
        }
        for other in ["1.5", "-1.0", "256.0", "1e300", "\"1\"", "true"] {
            assert!(read(&format!(r#"{{"one": {{"number": {other}}}}}"#)).is_err(), "{other}");
        }
        assert_eq!(read(r#"{"pair": [-7.0, 0.5]}"#).unwrap().pair, Some((-7, 0.5)));
    }

    #[test]
    fn digits_that_are_kept_are_kept() {
        let read = read(r#"{"digits": 150.50, "many": []}"#).unwrap();
        assert_eq!(read.digits.map(RawValue::get), Some("150.50"));
        assert!(read.many.is_empty());
    }
}
