//! Every shape of the contract, as it goes over the wire.
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

/// Holds an answer against its snapshot.
#[track_caller]
fn shape(name: &str, value: &Value) {
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        assert_json_snapshot!(name, redacted(value));
    });
}
