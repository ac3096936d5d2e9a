//! The link on a real Redis that is killed, emptied, moved and cut off while two nodes send over
//! it.
//!
//! Messages sent while there is no link are lost, and may be: the store has them. What counts here
//! is that every loss ends by itself, and that every received message is one that was sent.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on panics")]

mod cluster;
mod encrypted;
mod node;
mod one_server;
mod sentinel;
