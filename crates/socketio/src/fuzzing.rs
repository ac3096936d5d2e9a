//! What must hold for any bytes at all: one function for each of the targets in `fuzz/`.
//!
//! A fuzzer runs them with its own inputs, the tests below with inputs made from the same small
//! corpus, on any compiler. They know the parsers, and nothing of connections or of time. A
//! property that does not hold is a panic.

mod frames;
mod packets;
mod payloads;
mod requests;

pub use frames::frames;
pub use packets::packets;
pub use payloads::payloads;
pub use requests::requests;

#[cfg(test)]
mod tests;
