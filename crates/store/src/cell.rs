//! A value of a row as it stands in a table, on its way from one driver's database to another's.

/// What every database can hold.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Null,
    Integer(i64),
    Text(String),
    Bytes(Vec<u8>),
}
