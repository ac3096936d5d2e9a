//! The epoch of a database: which of its histories its places belong to.
//!
//! Drawn when a database is made, and anew when it goes back to an older state (a backup that is put
//! back): then places are given out again, to other events, and what a viewer saw up to a place of
//! the epoch before says nothing.

/// Another one, almost certainly, for every history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Epoch(pub u32);
