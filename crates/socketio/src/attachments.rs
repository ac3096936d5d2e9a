//! Binary packets: a header that says how many messages of bytes follow, and where in its JSON they
//! belong (`{"_placeholder":true,"num":0}`).
//!
//! Pure. A header whose attachments have not all come is bounded in their number and in their
//! bytes; a placeholder for an attachment that does not exist makes the whole packet malformed.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::websocket::CloseCode;

/// A packet whose attachments are still to come.
#[derive(Debug)]
pub(crate) struct Partial {
    text: String,
    wanted: usize,
    got: Vec<Bytes>,
    bytes: usize,
}

/// The state of a packet.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// More attachments are to come.
    Wanting,
    Complete(String, Vec<Bytes>),
}

impl Partial {
    /// `text` is the whole Engine.IO packet with the header. No memory is reserved for attachments
    /// that are only announced.
    pub(crate) fn new(text: String, wanted: usize) -> Self {
        Self { text, wanted, got: Vec::new(), bytes: 0 }
    }

    pub(crate) fn add(&mut self, attachment: Vec<u8>, bytes_max: usize) -> Result<Step, CloseCode> {
        self.bytes = self.bytes.saturating_add(attachment.len());
        if self.bytes > bytes_max {
            return Err(CloseCode::TooBig);
        }
        self.got.push(attachment.into());
        Ok(if self.got.len() < self.wanted {
            Step::Wanting
        } else {
            Step::Complete(std::mem::take(&mut self.text), std::mem::take(&mut self.got))
        })
    }
}

/// True if every placeholder in the arguments stands for an attachment that exists.
pub(crate) fn are_in_place(data: &str, attachments: usize) -> bool {
    serde_json::from_str::<Value>(data).is_ok_and(|value| is_in_place(&value, attachments))
}

fn is_in_place(value: &Value, attachments: usize) -> bool {
    match value {
        Value::Array(items) => items.iter().all(|item| is_in_place(item, attachments)),
        Value::Object(fields) if fields.get("_placeholder") == Some(&Value::Bool(true)) => {
            let num = fields.get("num").and_then(Value::as_u64);
            num.is_some_and(|num| usize::try_from(num).is_ok_and(|num| num < attachments))
        }
        Value::Object(fields) => fields.values().all(|field| is_in_place(field, attachments)),
        _ => true,
    }
}

/// The attachment that a value stands for, if it is a placeholder.
pub(crate) fn behind<'a>(value: &RawValue, attachments: &'a [Bytes]) -> Option<&'a Bytes> {
    #[derive(Deserialize)]
    struct Placeholder {
        #[serde(rename = "_placeholder")]
        is_one: bool,
        num: usize,
    }
    let placeholder: Placeholder = serde_json::from_str(value.get()).ok()?;
    attachments.get(placeholder.num).filter(|_| placeholder.is_one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_is_complete_with_its_last_attachment() {
        let mut partial = Partial::new("452-[]".into(), 2);
        assert_eq!(partial.add(vec![1, 2], 4), Ok(Step::Wanting));
        let got = vec![Bytes::from_static(&[1, 2]), Bytes::from_static(&[3, 4])];
        assert_eq!(partial.add(vec![3, 4], 4), Ok(Step::Complete("452-[]".into(), got)));
        let mut partial = Partial::new("452-[]".into(), 2);
        assert_eq!(partial.add(vec![0; 5], 4), Err(CloseCode::TooBig));
    }

    #[test]
    fn placeholders_must_exist() {
        let nested = r#"["a",{"b":[{"_placeholder":true,"num":1}]}]"#;
        assert!(are_in_place(nested, 2));
        assert!(!are_in_place(nested, 1));
        for wrong in ["-1", "1.5", "\"0\"", "null", "18446744073709551616"] {
            let data = format!(r#"["a",{{"_placeholder":true,"num":{wrong}}}]"#);
            assert!(!are_in_place(&data, 9), "{data}");
        }
        assert!(are_in_place(r#"[{"_placeholder":false,"num":7}]"#, 0));
        assert!(!are_in_place(r#"["a",{"_placeholder":true}]"#, 1));
        assert!(!are_in_place("[", 1));
        assert!(!are_in_place(&"[".repeat(10_000), 1));
    }

    #[test]
    fn a_placeholder_leads_to_its_bytes() {
        let attachments = [Bytes::from_static(b"a"), Bytes::from_static(b"b")];
        let at = |json| behind(serde_json::from_str(json).unwrap(), &attachments);
        assert_eq!(at(r#"{"_placeholder":true,"num":1}"#), Some(&attachments[1]));
        assert_eq!(at(r#"{"_placeholder":true,"num":2}"#), None);
        assert_eq!(at(r#"{"_placeholder":false,"num":0}"#), None);
        assert_eq!(at("1"), None);
    }
}
