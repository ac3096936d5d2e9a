//! `users`: accounts and the hashes their passwords are compared with.

use domain::{Refusal, User, UserId};
use rusqlite::{Connection, OptionalExtension, Row, named_params};
use store::{Credentials, UserBrief};

use crate::column::{bytes, id, millis, role, time};
use crate::fault::{Result, is_taken};
use crate::known_users::KnownUsers;

fn user(row: &Row<'_>) -> rusqlite::Result<User> {
    Ok(User {
        id: id(row, "id")?,
        email: row.get("email")?,
        first_name: row.get("first_name")?,
        last_name: row.get("last_name")?,
        phone: row.get("phone")?,
        role: role(row, "role")?,
        created_at: time(row, "created_at")?,
        updated_at: time(row, "updated_at")?,
    })
}

pub(crate) fn insert(connection: &Connection, user: &User, password_hash: &str) -> Result<()> {
    let inserted = connection
        .prepare_cached(
            "INSERT INTO users (id, email, password_hash, first_name, last_name, phone, role, \
             created_at, updated_at) VALUES (:id, :email, :password_hash, :first_name, :last_name, \
             :phone, :role, :created_at, :updated_at)",
        )?
        .execute(named_params! {
            ":id": bytes(user.id.0),
            ":email": user.email,
            ":password_hash": password_hash,
            ":first_name": user.first_name,
            ":last_name": user.last_name,
            ":phone": user.phone,
            ":role": user.role.as_str(),
            ":created_at": millis(user.created_at),
            ":updated_at": millis(user.updated_at),
        });
    match inserted {
        Err(error) if is_taken(&error) => Err(Refusal::EmailTaken.into()),
        other => Ok(other.map(drop)?),
    }
}

pub(crate) fn by_id(connection: &Connection, id: UserId) -> Result<Option<User>> {
    let found = connection
        .prepare_cached("SELECT * FROM users WHERE id = ?")?
        .query_row([bytes(id.0)], user)
        .optional()?;
    Ok(found)
}

pub(crate) fn brief(connection: &Connection, id: UserId) -> Result<Option<UserBrief>> {
    Ok(by_id(connection, id)?.map(|user| UserBrief::of(&user)))
}

/// The same, read only when it is not known already. What a transaction reads is not remembered: it
/// may be undone.
pub(crate) fn known_brief(
    connection: &Connection,
    known: &KnownUsers,
    id: UserId,
) -> Result<Option<UserBrief>> {
    match known.get(id) {
        Some(user) => Ok(Some(UserBrief::of(&user))),
        None => brief(connection, id),
    }
}

pub(crate) fn credentials(connection: &Connection, email: &str) -> Result<Option<Credentials>> {
    let found = connection
        .prepare_cached("SELECT * FROM users WHERE email = ?")?
        .query_row([email], |row| {
            Ok(Credentials { user: user(row)?, password_hash: row.get("password_hash")? })
        })
        .optional()?;
    Ok(found)
}
