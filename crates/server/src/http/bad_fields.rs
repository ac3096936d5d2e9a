//! All that is wrong with the fields of a body or query, in words that need no programming language
//! to be understood.

use std::collections::BTreeMap;

use domain::FieldErrors;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_path_to_error::{Path, Segment};
use utoipa::PartialSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

use super::strict_json::Strict;

/// Fields that are named in one answer, at the most.
pub(super) const BAD_FIELDS_MAX: usize = 32;

/// For a field or parameter that means nothing here.
pub(super) const NOT_KNOWN: &str = "is not known";

/// For a field that is known, but given a second time.
const TWICE: &str = "stands twice";

/// Of a field's name, which a caller may make as long as a body: it stands several times in an
/// answer, and an answer may be kept.
const NAMED_CHARS_MAX: usize = 64;

/// Where something does not fit, as an RFC 6901 pointer, and why.
pub(crate) struct Misfit {
    pointer: String,
    message: String,
}

impl Misfit {
    pub(crate) fn new(path: &Path, cause: &str) -> Self {
        let mut pointer = String::new();
        for segment in path.iter() {
            match segment {
                Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
                Segment::Map { key } => push_key(&mut pointer, key),
                Segment::Enum { .. } | Segment::Unknown => {}
            }
        }
        // "… at line 1 column 7" is no help to a caller that built the body with a library.
        let message = cause.rsplit_once(" at line ").map_or(cause, |(message, _)| message);
        for (prefix, told) in [
            ("missing field `", "is required"),
            ("unknown field `", NOT_KNOWN),
            ("duplicate field `", TWICE),
        ] {
            let named = message.strip_prefix(prefix).and_then(|rest| rest.split_once('`'));
            if let Some((field, _)) = named {
                // The path may or may not include the field already.
                let named = segment(field);
                if !pointer.ends_with(&named) {
                    pointer.push_str(&named);
                }
                return Self { pointer, message: told.to_owned() };
            }
        }
        Self { pointer, message: in_plain_words(message).to_owned() }
    }

    fn is_within(&self, field: &str) -> bool {
        self.pointer
            .strip_prefix(field)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

impl From<Misfit> for FieldErrors {
    fn from(misfit: Misfit) -> Self {
        Self::one(misfit.pointer, misfit.message)
    }
}

/// serde's message names Rust types.
fn in_plain_words(message: &str) -> &str {
    let expected = message.rsplit_once("expected ").map_or("", |(_, expected)| expected);
    match expected {
        "i64" | "u64" | "u32" | "u16" | "u8" if message.starts_with("invalid value: integer") => {
            "is out of range"
        }
        "i64" | "u64" | "u32" | "u16" | "u8" => "must be a whole number",
        "a string" | "a borrowed string" => "must be text",
        "text or a whole number" => "must be text or a whole number",
        "a boolean" => "must be true or false",
        "a sequence" => "must be a list",
        "a map" => "must be an object",
        "a formatted UUID string" => "must be a UUID",
        _ if expected.starts_with("struct ") => "must be an object",
        _ if message.starts_with("UUID parsing failed") => "must be a UUID",
        _ => message,
    }
}

pub(super) fn push_key(pointer: &mut String, key: &str) {
    pointer.push_str(&segment(key));
}

/// Of a pointer, for a field with this name.
fn segment(key: &str) -> String {
    let end = key.char_indices().nth(NAMED_CHARS_MAX).map_or(key.len(), |(at, _)| at);
    let named = key[..end].replace('~', "~0").replace('/', "~1");
    let cut = if end < key.len() { "…" } else { "" };
    format!("/{named}{cut}")
}

/// Everything that does not fit in a body that is not a valid `T`, and whose `first` fault is
/// known: each field is tried alone, and the fields that the schema requires are looked for.
pub(crate) fn all<T: DeserializeOwned + PartialSchema>(
    body: &[u8],
    first: Misfit,
) -> Result<FieldErrors, serde_json::Error> {
    let fields: BTreeMap<String, &RawValue> = serde_json::from_slice(body)?;
    let mut errors = FieldErrors::default();
    if first.message == TWICE {
        errors.push(first.pointer.clone(), TWICE);
    }
    let misfits = fields.iter().filter_map(|(name, value)| misfit::<T>(name, value));
    let required = required::<T>();
    let absent = required
        .iter()
        .filter(|name| !fields.contains_key(*name))
        .map(|name| Misfit { pointer: format!("/{name}"), message: "is required".to_owned() });
    for misfit in misfits.chain(absent).take(BAD_FIELDS_MAX) {
        errors.push(misfit.pointer, misfit.message);
    }
    // A fault of the whole body belongs to no single field.
    Ok(if errors.is_empty() { first.into() } else { errors })
}

/// What is wrong with one field, whatever else there is.
fn misfit<T: DeserializeOwned>(name: &str, value: &RawValue) -> Option<Misfit> {
    let alone = BTreeMap::from([(name, value)]);
    let alone = serde_json::to_string(&alone).ok()?;
    let mut deserializer = serde_json::Deserializer::from_str(&alone);
    let error = serde_path_to_error::deserialize::<_, T>(Strict(&mut deserializer)).err()?;
    let misfit = Misfit::new(error.path(), &error.inner().to_string());
    let mut pointer = String::new();
    push_key(&mut pointer, name);
    // The other fields are missing only because this one is tried alone; that is not its fault.
    misfit.is_within(&pointer).then_some(misfit)
}

fn required<T: PartialSchema>() -> Vec<String> {
    match T::schema() {
        RefOr::T(Schema::Object(object)) => object.required,
        _ => Vec::new(),
    }
}
