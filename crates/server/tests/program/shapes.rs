//! Every shape of the contract, in its JSON form.
//!
//! A snapshot that changes is a promise that changes: `cargo insta review` shows what clients see.

mod events;
mod lists;
mod money;
mod operations;
mod people;
mod problems;
mod tickets;
mod timetable;

use insta::assert_json_snapshot;
use serde_json::Value;

use crate::support::redacted::redacted;

/// Compares an answer with its snapshot.
#[track_caller]
fn shape(name: &str, value: &Value) {
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        assert_json_snapshot!(name, redacted(value));
    });
}
