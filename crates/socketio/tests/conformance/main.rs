//! The two protocols as their texts describe them, checked against the servers of `examples/` over
//! real sockets: what the official suites test, and the other promises of the texts.
//!
//! Only tests about heartbeats have the short times that the official suites expect: a machine may be
//! slower than these.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on panics")]

#[allow(dead_code, reason = "shared with the tests on the wire")]
#[path = "../wire/client.rs"]
mod client;
#[path = "../../examples/engine_conformance.rs"]
#[allow(dead_code, reason = "its main function runs only as a program")]
#[allow(clippy::duplicate_mod, reason = "as programs, both need their port")]
mod engine_conformance;
#[path = "../../examples/socketio_conformance.rs"]
#[allow(dead_code, reason = "its main function runs only as a program")]
#[allow(clippy::duplicate_mod, reason = "as programs, both need their port")]
mod socketio_conformance;

mod attachments;
mod both;
mod engine;
mod fixture;
mod http;
mod socket;
