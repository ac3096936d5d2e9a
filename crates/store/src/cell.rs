//! A value of a row as it stands in a table, on its way from one driver's database to another's.

/// What every database can hold.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// No value.
    Null,
    /// Flags, amounts and times too.
    Integer(i64),
    /// UTF-8, without NUL.
    Text(String),
    /// Digests and ids.
    Bytes(Vec<u8>),
}
