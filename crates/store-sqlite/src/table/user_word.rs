//! `user_words`: the words by whose beginnings an account is found.

use domain::{CityKey, User};
use rusqlite::Connection;

use crate::column::bytes;
use crate::fault::Result;

pub(crate) fn insert(connection: &Connection, user: &User) -> Result<()> {
    let sql = "INSERT OR IGNORE INTO user_words VALUES (?, ?)";
    execute(connection, sql, user)
}

pub(crate) fn delete(connection: &Connection, user: &User) -> Result<()> {
    let sql = "DELETE FROM user_words WHERE word = ? AND user_id = ?";
    execute(connection, sql, user)
}

fn execute(connection: &Connection, sql: &str, user: &User) -> Result<()> {
    let mut statement = connection.prepare_cached(sql)?;
    for word in words(user) {
        statement.execute((word.as_str(), bytes(user.id.0)))?;
    }
    Ok(())
}

fn words(user: &User) -> impl Iterator<Item = CityKey> {
    let whole = format!("{} {}", user.first_name, user.last_name);
    let words =
        [&user.email, &user.first_name, &user.last_name, &whole].map(|text| CityKey::new(text));
    words.into_iter().filter(|word| !word.as_str().is_empty())
}
