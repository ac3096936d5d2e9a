//! `user_words`: the words by which an account is found ([`DataKeys::words`]).

use domain::User;
use rusqlite::Connection;
use store::DataKeys;

use crate::column::bytes;
use crate::fault::Result;

pub(crate) fn insert(connection: &Connection, keys: &DataKeys, user: &User) -> Result<()> {
    let sql = "INSERT OR IGNORE INTO user_words VALUES (?, ?)";
    execute(connection, sql, user, keys.words(user))
}

pub(crate) fn delete(connection: &Connection, keys: &DataKeys, user: &User) -> Result<()> {
    let sql = "DELETE FROM user_words WHERE word = ? AND user_id = ?";
    execute(connection, sql, user, keys.words_ever(user))
}

fn execute(connection: &Connection, sql: &str, user: &User, words: Vec<String>) -> Result<()> {
    let mut statement = connection.prepare_cached(sql)?;
    for word in words {
        statement.execute((word, bytes(user.id.0)))?;
    }
    Ok(())
}
