//! The result of a run of `seatwire rekey`, on every driver.

/// Rows that one step reads, and seals again in one transaction: sales wait for no longer than
/// that.
pub const REKEY_ROWS_AT_ONCE: usize = 200;

/// Of all tables together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rekeyed {
    /// Rows that were looked at.
    pub read: u64,
    /// Those that were sealed again.
    pub sealed: u64,
    /// Those that a second look found sealed with another key. If there are none, the database has
    /// forgotten the other keys.
    pub left: u64,
}
