//! The rows of one table, by what is to be done with them.

use store::Row;

/// Those to be inserted, and those to be changed.
pub(super) fn parted<T>(rows: &[Row<T>]) -> (Vec<&T>, Vec<&T>) {
    let of = |is_new| rows.iter().filter(move |row| row.is_new == is_new).map(|row| &row.value);
    (of(true).collect(), of(false).collect())
}
