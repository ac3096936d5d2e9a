//! `data_keys`: which keys personal values may be encrypted with.
//!
//! The statements are in small letters: there are a handful of rows, read at the start.

use rusqlite::{Connection, OptionalExtension as _, Row, TransactionBehavior, params};
use store::{DataKeys, DataKeysRefused, KnownDataKey};

/// Compares the given keys with those that the database knows, and notes the one that encrypts from
/// now on. `decides`: no server runs that encrypts with another one.
pub(crate) fn take(
    connection: &mut Connection,
    keys: &DataKeys,
    decides: bool,
) -> rusqlite::Result<Result<(), DataKeysRefused>> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let new = match keys.check(&known(&transaction)?) {
        Err(refused) => return Ok(Err(refused)),
        Ok(None) => return Ok(Ok(())),
        Ok(Some(new)) => new,
    };
    if decides {
        transaction.prepare_cached("update data_keys set is_current = 0")?.execute([])?;
    }
    transaction
        .prepare_cached(
            "insert into data_keys (id, check_value, is_current) values (?1, ?2, ?3) \
             on conflict (id) do update set is_current = max(is_current, excluded.is_current)",
        )?
        .execute(params![new.id, new.check, decides])?;
    transaction.commit()?;
    Ok(Ok(()))
}

pub(crate) fn known(connection: &Connection) -> rusqlite::Result<Vec<KnownDataKey>> {
    let row = |row: &Row<'_>| {
        Ok(KnownDataKey {
            id: row.get("id")?,
            check: row.get("check_value")?,
            is_current: row.get("is_current")?,
        })
    };
    let sql = "select id, check_value, is_current from data_keys";
    connection.prepare_cached(sql)?.query_map([], row)?.collect()
}

/// The one that servers encrypt with.
pub(crate) fn current(connection: &Connection) -> rusqlite::Result<Option<String>> {
    let sql = "select id from data_keys where is_current";
    connection.prepare(sql)?.query_row([], |row| row.get(0)).optional()
}

/// No value is sealed with another key any more.
pub(crate) fn keep_only(connection: &Connection, id: &str) -> rusqlite::Result<()> {
    connection.execute("delete from data_keys where id <> ?", [id]).map(drop)
}
