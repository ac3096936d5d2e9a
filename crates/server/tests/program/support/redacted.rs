//! Answers without the parts that differ from run to run: ids, times, days, booking codes, tokens.
//!
//! Only texts that have exactly the promised form are replaced, so a snapshot also checks the form;
//! and ids are numbered, so a snapshot shows which ids are the same.

use std::collections::BTreeMap;

use serde_json::Value;

/// `#` a digit, `x` a hexadecimal digit, `A` a capital or a digit; other characters stand for
/// themselves.
const TIME: &str = "####-##-##T##:##:##.###Z";
const DAY: &str = "####-##-##";
const UUID: &str = "xxxxxxxx-xxxx-7xxx-xxxx-xxxxxxxxxxxx";
const PNR: &str = "VV00AAAAA";
const REQUEST_ID: &str = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";

#[derive(Debug, Default)]
struct Redaction {
    ids: BTreeMap<String, usize>,
}

pub fn redacted(value: &Value) -> Value {
    let mut redaction = Redaction::default();
    redaction.value(value)
}

impl Redaction {
    fn value(&mut self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(items) => items.iter().map(|item| self.value(item)).collect(),
            Value::Object(fields) => {
                fields.iter().map(|(name, field)| (name.clone(), self.value(field))).collect()
            }
            other => other.clone(),
        }
    }

    fn text(&mut self, text: &str) -> String {
        if text.starts_with("eyJ") && text.split('.').count() == 3 {
            return "[token]".to_owned();
        }
        let mut rest = text;
        let mut out = String::new();
        while let Some(first) = rest.chars().next() {
            let length = if fits(TIME, rest) {
                out.push_str("[time]");
                TIME.len()
            } else if fits(DAY, rest) {
                out.push_str("[day]");
                DAY.len()
            } else if fits(UUID, rest) {
                let next = self.ids.len() + 1;
                let number = *self.ids.entry(rest[..UUID.len()].to_owned()).or_insert(next);
                out.push_str(&format!("[id {number}]"));
                UUID.len()
            } else if fits(PNR, rest) {
                out.push_str("[pnr]");
                PNR.len()
            } else if fits(REQUEST_ID, rest) {
                out.push_str("[request id]");
                REQUEST_ID.len()
            } else {
                out.push(first);
                first.len_utf8()
            };
            rest = &rest[length..];
        }
        out
    }
}

fn fits(form: &str, text: &str) -> bool {
    text.len() >= form.len()
        && form.bytes().zip(text.bytes()).all(|(form, byte)| match form {
            b'#' => byte.is_ascii_digit(),
            b'x' => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
            b'A' => matches!(byte, b'0'..=b'9' | b'A'..=b'Z'),
            other => byte == other,
        })
}
