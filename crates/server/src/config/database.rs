//! Where the data is: the path of a SQLite file, or the address of a PostgreSQL database.
//!
//! A URL may contain a password, so a refused one is never repeated, and none is shown with its
//! password. This file must not open anything; whether the data can be reached, the store finds
//! out.

use std::fmt;
use std::path::{Path, PathBuf};

use store_postgres::Address;

const SQLITE: &str = "sqlite://";

/// `sqlite://<path>`; the path is relative to the working directory unless it begins with `/`. Or
/// `postgres://user:password@host/database`.
#[derive(Debug, Clone)]
pub(crate) enum DatabaseUrl {
    File(PathBuf),
    Server(Box<Address>),
}

impl DatabaseUrl {
    /// The database file. Commands that need a file never get another kind of database.
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::File(path) => path,
            Self::Server(_) => unreachable!("a command that needs a file is refused before"),
        }
    }

    /// Where development keeps the key that signs tokens: beside the database, so that a copy of
    /// one directory is a copy of the whole server. `None` if there is no directory.
    pub(crate) fn jwt_secret_path(&self) -> Option<PathBuf> {
        let Self::File(path) = self else { return None };
        let mut path = path.clone().into_os_string();
        path.push(".jwt-secret");
        Some(path.into())
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(formatter, "{SQLITE}{}", path.display()),
            Self::Server(address) => address.fmt(formatter),
        }
    }
}

/// The same database without a pooler in front of it.
pub(super) fn direct(text: &str) -> Result<Box<Address>, String> {
    let address = Address::parse(text);
    address.map(Box::new).map_err(|error| format!("names no PostgreSQL database: {error}"))
}

pub(super) fn database(text: &str) -> Result<DatabaseUrl, String> {
    let scheme = text.split_once(':').map_or("", |(scheme, _)| scheme).to_ascii_lowercase();
    if matches!(scheme.as_str(), "postgres" | "postgresql") {
        return match Address::parse(text) {
            Ok(address) => Ok(DatabaseUrl::Server(Box::new(address))),
            Err(error) => Err(format!("names no PostgreSQL database: {error}")),
        };
    }
    let Some(path) = text.strip_prefix(SQLITE) else {
        return Err("must be `sqlite://<path>` or `postgres://<address>`".to_owned());
    };
    if path.is_empty() || path.ends_with('/') {
        return Err("names no file behind `sqlite://`".to_owned());
    }
    // SQLite itself would not read these as a path: a database in memory is empty for every
    // connection but its own, and parameters could switch off its safety.
    if path.starts_with(':') || path.starts_with("file:") || path.contains(['?', '#']) {
        return Err("must name a file; `:memory:`, `file:` and parameters are not taken".to_owned());
    }
    Ok(DatabaseUrl::File(path.into()))
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
            let beside = database.jwt_secret_path();
            assert_eq!(beside.as_deref(), Some(Path::new(&format!("{path}.jwt-secret"))));
        }
    }

    #[test]
    fn a_postgres_database_is_shown_without_its_password() {
        let secret = ("SEATWIRE_JWT_SECRET", "c2VhdHdpcmUtdGVzdC1vbmx5LTkxN2Y0");
        for scheme in ["postgres", "postgresql", "PostgreSQL"] {
            let url = format!("{scheme}://ada:hunter2@db.example:5433/seats");
            let database = served(&["--database", &url], &[secret], "").database;
            assert_eq!(database.to_string(), "postgres://db.example:5433/seats");
            assert_eq!(database.jwt_secret_path(), None);
        }
    }

    #[test]
    fn a_postgres_database_that_cannot_be_meant_is_refused_without_its_password() {
        for url in
            ["postgres://ada:hunter2@db:port/seats", "postgres:", "postgres://u@d?sslmode=allow"]
        {
            let told = faults(&["--database", url], &[], "").join("\n");
            assert!(told.starts_with("--database: names no PostgreSQL database: "), "{told}");
            assert!(!told.contains("hunter2"), "{told}");
        }
    }

    #[test]
    fn a_database_behind_a_pooler_may_be_named_directly() {
        let (pooler, secret) = ("postgres://u@pool/d", "c2VhdHdpcmUtdGVzdC1vbmx5LTkxN2Y0");
        let direct = |url| [("SEATWIRE_DATABASE_DIRECT", url), ("SEATWIRE_JWT_SECRET", secret)];
        let config = served(&["--database", pooler], &direct("postgres://u@db:5433/d"), "");
        let told = config.database_direct.map(|address| address.to_string());
        assert_eq!(told.as_deref(), Some("postgres://db:5433/d"));
        assert!(served(&["--database", pooler], &direct("")[1..], "").database_direct.is_none());
        let told = faults(&["--database", pooler], &direct("postgres://u:hunter2@db:x/d"), "");
        assert!(told[0].starts_with("SEATWIRE_DATABASE_DIRECT: names no PostgreSQL"), "{told:?}");
        assert!(!told[0].contains("hunter2"), "{told:?}");
        let told = faults(&["--database", "sqlite://a.db"], &direct("postgres://u@db/d"), "");
        let why = "is for a PostgreSQL database; a file has no other address";
        assert_eq!(told, [format!("SEATWIRE_DATABASE_DIRECT: {why}")]);
    }

    #[test]
    fn servers_of_one_postgres_database_need_one_secret() {
        let told = faults(&["--database", "postgres://u@localhost/d"], &[], "");
        assert_eq!(
            told,
            ["SEATWIRE_JWT_SECRET: must be set with a PostgreSQL database (at least 32 bytes)"]
        );
    }

    #[test]
    fn what_is_done_to_a_file_is_refused_elsewhere() {
        for command in [&["backup", "--to", "a.db"][..], &["restore", "--from", "a.db"]] {
            let args = [command, &["--database", "postgres://u@localhost/d"]].concat();
            let told = faults(&args, &[], "");
            assert_eq!(
                told,
                [
                    "--database: is PostgreSQL, and this command is for SQLite files: `pg_dump` backs it up, and `pg_restore` puts it back"
                ]
            );
        }
    }

    #[test]
    fn anything_else_is_refused_without_repeating_it() {
        for (url, told) in [
            ("", "must be `sqlite://<path>` or `postgres://<address>`"),
            ("seats.db", "must be `sqlite://<path>` or `postgres://<address>`"),
            ("mysql://ada:hunter2@db/seats", "must be `sqlite://<path>` or `postgres://<address>`"),
            ("sqlite::memory:", "must be `sqlite://<path>` or `postgres://<address>`"),
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
