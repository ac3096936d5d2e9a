//! RFC 6455, section by section, against the server of `examples/websocket_echo.rs`: what the
//! Autobahn suite tests on a server without compression, written from the text of the RFC.
//!
//! Every test is a table: bytes that a client sends, and all answers until the end.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on panics")]

#[allow(dead_code, reason = "shared with the tests on the wire")]
#[path = "../wire/client.rs"]
mod client;
#[path = "../../examples/websocket_echo.rs"]
#[allow(dead_code, reason = "its main function runs only as a program")]
mod websocket_echo;

mod closing;
mod control;
mod fixture;
mod fragments;
mod framing;
mod limits;
mod utf8;
