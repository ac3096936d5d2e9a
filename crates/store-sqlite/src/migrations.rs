//! The tables, and which of their versions a database has.

use rusqlite::Connection;
use store::Upgrade;

use crate::normal_forms;

mod embedded {
    refinery::embed_migrations!("migrations");
}

pub(crate) fn is_up_to_date(connection: &mut Connection) -> Result<bool, refinery::Error> {
    let runner = embedded::migrations::runner();
    let newest = runner.get_migrations().iter().map(|migration| migration.version()).max();
    let applied = runner.get_last_applied_migration(connection)?;
    Ok(applied.map(|migration| migration.version()) == newest)
}

/// The last migration that a database has; `None` where there is no trace of any.
pub(crate) fn version(connection: &Connection) -> rusqlite::Result<Option<i32>> {
    let sql = "SELECT count(*) FROM sqlite_schema WHERE name = 'refinery_schema_history'";
    if connection.query_row(sql, [], |row| row.get::<_, i64>(0))? == 0 {
        return Ok(None);
    }
    connection.query_row("SELECT max(version) FROM refinery_schema_history", [], |row| row.get(0))
}

/// The last migration of this program.
pub(crate) fn newest_version() -> i32 {
    let runner = embedded::migrations::runner();
    let versions = runner.get_migrations().iter().map(|migration| migration.version());
    versions.max().unwrap_or_default()
}

/// In one transaction with the note that they ran: else a crash between the two would leave tables
/// that the next start tries to make again.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), refinery::Error> {
    // Where the version cannot be read, the migrations fail for the same reason and say so.
    let found = version(connection).unwrap_or_default();
    let upgrade = Upgrade::begin(found, newest_version());
    let report = embedded::migrations::runner().set_grouped(true).run(connection)?;
    if let Some(upgrade) = upgrade {
        upgrade.done();
    }
    let mut versions = report.applied_migrations().iter().map(|migration| migration.version());
    if versions.any(|version| FORMS_CHANGED.contains(&version)) {
        // Only for the log: the tables are up to date.
        if let Err(error) = normal_forms::tell_collisions(connection) {
            tracing::warn!(%error, "rows of one normal form could not be looked for");
        }
    }
    Ok(())
}

/// Tables as an older version left them.
#[cfg(test)]
pub(crate) fn migrate_until(
    connection: &mut Connection,
    version: i32,
) -> Result<(), refinery::Error> {
    let target = refinery::Target::Version(version);
    embedded::migrations::runner().set_target(target).run(connection).map(drop)
}

/// Migrations that gave what is looked up another form.
const FORMS_CHANGED: [i32; 2] = [7, 8];

#[cfg(test)]
mod tests {
    use store::contract::log::Log;

    use super::*;
    use crate::pragmas::shared_pragmas;

    #[test]
    fn an_upgrade_says_that_it_begins_and_how_long_it_took() {
        let connection = Connection::open_in_memory().unwrap();
        let mut connection = shared_pragmas(connection, 512).unwrap();
        let (older, newest) = (newest_version() - 1, newest_version());
        let log = Log::listen();
        migrate_until(&mut connection, older).unwrap();
        migrate(&mut connection).unwrap();
        let versions = format!("from_version={older} to_version={newest}");
        let [begin, end] = &log.lines_with(&versions)[..] else { panic!("two lines") };
        assert!(begin.contains("are being brought up to date"), "{begin}");
        assert!(end.contains("are up to date") && end.contains("duration_ms="), "{end}");
        migrate(&mut connection).unwrap();
        assert_eq!(log.lines_with("the tables").len(), 2, "nothing is left to do");
    }

    #[test]
    fn accounts_of_the_provider_are_known_by_their_ids() {
        let connection = Connection::open_in_memory().unwrap();
        let mut connection = shared_pragmas(connection, 512).unwrap();
        migrate_until(&mut connection, 47).unwrap();
        let ids = ["0199c0de000070008000000000000001", "0199c0de000080008000000000000001"];
        for id in ids {
            let sql = format!(
                "INSERT INTO users (id, email, password_hash, first_name, last_name, role, \
                 created_at, updated_at) VALUES (x'{id}', '{id}', '', 'A', 'B', 'AGENT', 0, 0)"
            );
            connection.execute_batch(&sql).unwrap();
        }
        migrate(&mut connection).unwrap();
        let origin = |id: &str| -> String {
            let sql = format!("SELECT origin FROM users WHERE id = x'{id}'");
            connection.query_row(&sql, [], |row| row.get(0)).unwrap()
        };
        assert_eq!(ids.map(origin), ["OWN", "PROVIDER"]);
    }

    #[test]
    fn tables_that_are_made_now_are_no_upgrade() {
        let connection = Connection::open_in_memory().unwrap();
        let mut connection = shared_pragmas(connection, 512).unwrap();
        let log = Log::listen();
        migrate(&mut connection).unwrap();
        assert!(log.lines_with("the tables").is_empty());
    }
}
