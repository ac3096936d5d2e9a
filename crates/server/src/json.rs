//! JSON of the server's own types.

use serde::Serialize;

/// A body as JSON. It must be one of the server's own types: an object of texts, numbers and lists.
pub(crate) fn json_of(body: &impl Serialize) -> String {
    let Ok(json) = serde_json::to_string(body) else {
        unreachable!("every key is a text, and what is written into memory cannot fail")
    };
    json
}
