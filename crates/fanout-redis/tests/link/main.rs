//! The link on a real Redis that is killed, emptied, moved and cut off while two nodes talk over it.
//!
//! What is said while there is no link is lost, and may be: the store has it. What counts here is that
//! every loss ends by itself, and that whatever is heard is what was said.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on panics")]

mod cluster;
mod encrypted;
mod node;
mod one_server;
mod sentinel;
