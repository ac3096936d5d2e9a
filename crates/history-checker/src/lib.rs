//! Whether what clients were answered can have happened, seat by seat, one thing after the other.
//!
//! The drivers of a run write down every operation: when it was asked, when it was answered, and what the
//! answer was. In the end the store says in which order it did things, route by route (`seq`). The store's
//! order is right if it is a *linearization* of what was answered:
//!
//! - it is possible: each seat is a register for each leg, and nothing is taken that is not free, nothing
//!   given back that its ticket does not hold (`register`);
//! - it keeps real time: what was answered before something else was asked stands before it (`interval`);
//! - it explains every answer: an acknowledged change stands in it once, a refusal was right at some moment
//!   between its question and its answer, and a map that was read is the one of its `seq` (`check`).
//!
//! An operation without an answer may have happened or not, also long after it was asked. Knows nothing of
//! HTTP, stores or processes.

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
