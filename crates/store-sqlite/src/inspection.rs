//! The state of a database, for its operator: damage, version, size of its log, who may read it.
//!
//! It only reads: also beside a running server, and without its lock. It must not know what to do
//! about its findings.

use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use crate::database_file::is_in_use;
use crate::migrations::{newest_version, version};
use crate::pragmas::{READER_CACHE_KIB, shared_pragmas};

/// The most findings that one look at a database reports; one is enough to worry.
const DAMAGE_MAX: usize = 10;

/// In small letters: it also runs on databases of other versions, and is no part of selling.
const NEWEST_EVENT: &str = "select at from route_events order by position desc limit 1";

const ADMINISTRATOR: &str = "select exists(select 1 from users where role = 'ADMIN' and disabled_at \
    is null and deleted_at is null and is_demo = 0)";

/// What a look at a database found.
#[derive(Debug)]
pub struct Inspection {
    /// The last migration that it has; `None` in a file that no Seatwire has filled.
    pub version: Option<i32>,
    /// The last migration of this program.
    pub newest_version: i32,
    /// Sentences of SQLite; empty when it is sound.
    pub damage: Vec<String>,
    /// Whether a process has it.
    pub is_in_use: bool,
    /// Permissions of the files that are there, the database first.
    pub modes: Vec<(PathBuf, u32)>,
    /// Bytes of the write-ahead log.
    pub log_bytes: u64,
    pub bytes: u64,
    /// Names of the one file; more than one is dangerous.
    pub names: u64,
    /// When the newest event was committed, in milliseconds since 1970.
    pub newest_event: Option<i64>,
}

#[derive(Debug, thiserror::Error)]
pub enum InspectionError {
    #[error("{} cannot be looked at: {cause}", path.display())]
    File { path: PathBuf, cause: io::Error },
    #[error("{} cannot be read: {cause}", path.display())]
    Database { path: PathBuf, cause: rusqlite::Error },
}

/// How much of a database is read to find damage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Every page, but without comparing indexes with their tables: seconds for a million tickets.
    Quick,
    /// Indexes and foreign keys too.
    Whole,
}

/// Looks at an existing database.
pub fn inspect(path: &Path, depth: Depth) -> Result<Inspection, InspectionError> {
    let no_file = |cause| InspectionError::File { path: path.to_owned(), cause };
    let metadata = path.metadata().map_err(no_file)?;
    let is_in_use = is_in_use(path).map_err(no_file)?;
    let real_path = path.canonicalize().map_err(no_file)?;
    let mut modes = vec![(real_path.clone(), metadata.mode() & 0o777)];
    let mut log_bytes = None;
    for suffix in ["-wal", "-shm", ".jwt-secret"] {
        let mut beside = real_path.clone().into_os_string();
        beside.push(suffix);
        let beside = PathBuf::from(beside);
        let Ok(found) = beside.metadata() else { continue };
        if suffix == "-wal" {
            log_bytes = Some(found.len());
        }
        modes.push((beside, found.mode() & 0o777));
    }
    let unreadable = |cause| InspectionError::Database { path: path.to_owned(), cause };
    let connection = looking(&real_path, is_in_use || log_bytes.is_some()).map_err(unreadable)?;
    let damage = match depth {
        Depth::Quick => sentences(&connection, "quick_check"),
        Depth::Whole => damage(&connection),
    };
    let damage = damage.map_err(unreadable)?;
    let version = version(&connection).map_err(unreadable)?;
    Ok(Inspection {
        version,
        newest_version: newest_version(),
        damage,
        is_in_use,
        modes,
        log_bytes: log_bytes.unwrap_or_default(),
        bytes: metadata.len(),
        names: metadata.nlink(),
        // Tables of another version may have no such column: then it is not known.
        newest_event: connection.query_row(NEWEST_EVENT, [], |row| row.get(0)).ok(),
    })
}

/// Whether there is an administrator's account; the demo's do not count. For a database that does
/// not exist yet: no.
pub fn has_administrator(path: &Path) -> Result<bool, InspectionError> {
    if !path.exists() {
        return Ok(false);
    }
    let no_file = |cause| InspectionError::File { path: path.to_owned(), cause };
    let real_path = path.canonicalize().map_err(no_file)?;
    let mut log = real_path.clone().into_os_string();
    log.push("-wal");
    let may_be_written = is_in_use(path).map_err(no_file)? || Path::new(&log).exists();
    let unreadable = |cause| InspectionError::Database { path: path.to_owned(), cause };
    let connection = looking(&real_path, may_be_written).map_err(unreadable)?;
    if version(&connection).map_err(unreadable)?.is_none() {
        return Ok(false);
    }
    connection.query_row(ADMINISTRATOR, [], |row| row.get(0)).map_err(unreadable)
}

/// A reader makes a log and its index where there is none, and cannot delete them. A look must
/// leave no files: where no process can write, SQLite need not look for a log.
fn looking(real_path: &Path, may_be_written: bool) -> rusqlite::Result<Connection> {
    let read_only = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    if may_be_written {
        let connection = Connection::open_with_flags(real_path, read_only)?;
        return shared_pragmas(connection, READER_CACHE_KIB);
    }
    let mut address = "file:".to_owned();
    for byte in real_path.as_os_str().as_bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => {
                address.push(char::from(*byte));
            }
            byte => address.push_str(&format!("%{byte:02X}")),
        }
    }
    address.push_str("?immutable=1");
    let connection = Connection::open_with_flags(address, read_only | OpenFlags::SQLITE_OPEN_URI)?;
    shared_pragmas(connection, READER_CACHE_KIB)
}

/// What is wrong with the pages, the indexes and the foreign keys of a database.
pub(crate) fn damage(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut damage = sentences(connection, "integrity_check")?;
    let mut statement = connection.prepare("PRAGMA foreign_key_check")?;
    let mut rows = statement.query([])?;
    while damage.len() < DAMAGE_MAX
        && let Some(row) = rows.next()?
    {
        let (table, parent): (String, String) = (row.get("table")?, row.get("parent")?);
        damage.push(format!("a row of {table} points to a row of {parent} that is not there"));
    }
    Ok(damage)
}

fn sentences(connection: &Connection, check: &str) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare(&format!("PRAGMA {check}({DAMAGE_MAX})"))?;
    let sentences = statement.query_map([], |row| row.get::<_, String>(0))?;
    let found = sentences.collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(if found == ["ok"] { Vec::new() } else { found })
}
