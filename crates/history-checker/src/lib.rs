//! Checks whether the answers to clients are possible, seat by seat, one operation after the other.
//!
//! The drivers of a run record every operation: when it was sent, when it was answered, and the
//! answer. In the end the store gives its order of operations, route by route (`seq`). The store's
//! order is right if it is a *linearization* of the answers:
//!
//! - it is possible: each seat is a register for each leg; only free legs are taken, and a ticket
//!   gives back only legs that it holds (`register`);
//! - it keeps real time: an operation that was answered before another one was sent stands before
//!   it (`interval`);
//! - it explains every answer: an acknowledged change stands in it once, a refusal was right at
//!   some moment between its request and its answer, and a map that was read is the map of its
//!   `seq` (`check`).
//!
//! An operation without an answer may have happened or not, even long after it was sent. This crate
//! knows nothing of HTTP, stores or processes.

mod check;
mod event;
mod history;
mod interval;
mod legs;
mod register;

pub use check::{Report, check, was_right};
pub use event::{Event, Kind};
pub use history::{Asked, History, Operation, Outcome, Times};
pub use legs::Legs;
pub use register::Violation;
