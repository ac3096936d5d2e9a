//! A backup: a copy of the database for safekeeping, taken while the server sells.
//!
//! SQLite's backup interface inside one read transaction, not `VACUUM INTO`: it copies pages as
//! they are (so that a restore gives exactly what was there, row numbers included), reports its
//! progress, and costs the disk little more than reading. Writers go on meanwhile; only their log
//! grows until the copy is read, because the log may not start again under a reader.

use std::path::Path;

use crate::copy::{CopyError, Progress, copy, is_free};

/// Copies the database at `database` into a new file `to`, for its owner alone, and returns its
/// size in bytes. It works beside a running server as well as without one.
///
/// # Errors
/// After an error there is no file `to`, or the one that was there before.
pub fn back_up(database: &Path, to: &Path, told: impl FnMut(Progress)) -> Result<u64, CopyError> {
    is_free(to)?;
    copy(database, to, told)?.name()
}
