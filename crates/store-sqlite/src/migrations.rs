//! The tables, and which of their versions a database has.

use rusqlite::Connection;

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
    let report = embedded::migrations::runner().set_grouped(true).run(connection)?;
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
