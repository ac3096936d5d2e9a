//! Where the data lives: the path of a SQLite file.
//!
//! The URL of another database may carry a password, so a URL that is refused is never repeated.
//! This file must not open anything; whether the path can be used, the store finds out.

use std::fmt;
use std::path::{Path, PathBuf};

const SQLITE: &str = "sqlite://";

/// `sqlite://<path>`; the path is relative to the working directory unless it begins with `/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DatabaseUrl {
    path: PathBuf,
}

impl DatabaseUrl {
    /// The database file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Where development keeps the key that signs tokens: beside the database, so that a copy of
    /// one directory is a copy of the whole server.
    pub(crate) fn jwt_secret_path(&self) -> PathBuf {
        let mut path = self.path.clone().into_os_string();
        path.push(".jwt-secret");
        path.into()
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{SQLITE}{}", self.path.display())
    }
}

pub(super) fn database(text: &str) -> Result<DatabaseUrl, String> {
    let scheme = text.split_once(':').map_or("", |(scheme, _)| scheme).to_ascii_lowercase();
    if matches!(scheme.as_str(), "postgres" | "postgresql") {
        return Err("PostgreSQL is not supported by this version; use `sqlite://<path>`".to_owned());
    }
    let Some(path) = text.strip_prefix(SQLITE) else {
        return Err("must be `sqlite://<path>`".to_owned());
    };
    if path.is_empty() || path.ends_with('/') {
        return Err("names no file behind `sqlite://`".to_owned());
    }
    // SQLite itself would read these as something other than a path: a database in memory is
    // empty for every connection but its own, and parameters could switch its safety off.
    if path.starts_with(':') || path.starts_with("file:") || path.contains(['?', '#']) {
        return Err("must name a file; `:memory:`, `file:` and parameters are not taken".to_owned());
    }
    Ok(DatabaseUrl { path: path.into() })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::testing::{faults, served};

    #[test]
    fn a_path_is_relative_or_absolute() {
        for (url, path) in [
            ("sqlite://seats.db", "seats.db"),
            ("sqlite://data/koltuk şeması.db", "data/koltuk şeması.db"),
            ("sqlite:///var/lib/seatwire/seats.db", "/var/lib/seatwire/seats.db"),
        ] {
            let database = served(&["--database", url], &[], "").database;
            assert_eq!(database.path(), Path::new(path));
            assert_eq!(database.to_string(), url);
            assert_eq!(database.jwt_secret_path(), Path::new(&format!("{path}.jwt-secret")));
        }
    }

    #[test]
    fn postgres_is_refused_by_name_without_its_password() {
        for url in ["postgres://ada:hunter2@db/seats", "PostgreSQL://ada:hunter2@db", "postgres:"] {
            assert_eq!(
                faults(&["--database", url], &[], ""),
                ["--database: PostgreSQL is not supported by this version; use `sqlite://<path>`"]
            );
        }
    }

    #[test]
    fn anything_else_is_refused_without_repeating_it() {
        for (url, told) in [
            ("", "must be `sqlite://<path>`"),
            ("seats.db", "must be `sqlite://<path>`"),
            ("mysql://ada:hunter2@db/seats", "must be `sqlite://<path>`"),
            ("sqlite::memory:", "must be `sqlite://<path>`"),
            ("sqlite://", "names no file behind `sqlite://`"),
            ("sqlite://data/", "names no file behind `sqlite://`"),
            (
                "sqlite://:memory:",
                "must name a file; `:memory:`, `file:` and parameters are not taken",
            ),
            (
                "sqlite://a.db?mode=memory",
                "must name a file; `:memory:`, `file:` and parameters are not taken",
            ),
        ] {
            assert_eq!(faults(&["--database", url], &[], ""), [format!("--database: {told}")]);
        }
    }
}
