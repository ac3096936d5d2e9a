//! The server as its clients see it: over real sockets, byte by byte, with clients of our own so
//! that they can break the rules too.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on panics")]

mod asking;
mod bounds;
#[allow(dead_code, reason = "shared with the conformance tests")]
mod client;
mod ending;
mod fixture;
mod handshakes;
mod heartbeats;
mod http_client;
mod namespaces;
mod plain;
mod polls;
mod recovering;
mod rooms_on_wire;
mod upgrades;
mod websockets;
