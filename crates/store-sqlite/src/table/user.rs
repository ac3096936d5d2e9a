//! `users`: accounts and the hashes their passwords are compared with.

use domain::{Refusal, Role, User, UserId};
use jiff::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, named_params};
use store::{AccountChange, Credentials, Page, Paged, UserBrief, UserFilter};

use super::{Where, text};
use crate::column::{bytes, id, millis, optional_time, role, time};
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
        disabled_at: optional_time(row, "disabled_at")?,
        is_demo: row.get("is_demo")?,
        created_at: time(row, "created_at")?,
        updated_at: time(row, "updated_at")?,
    })
}

pub(crate) fn insert(connection: &Connection, user: &User, password_hash: &str) -> Result<()> {
    let inserted = connection
        .prepare_cached(
            "INSERT INTO users (id, email, password_hash, first_name, last_name, phone, role, \
             disabled_at, is_demo, created_at, updated_at) VALUES (:id, :email, :password_hash, \
             :first_name, :last_name, :phone, :role, :disabled_at, :is_demo, :created_at, \
             :updated_at)",
        )?
        .execute(named_params! {
            ":id": bytes(user.id.0),
            ":email": user.email,
            ":password_hash": password_hash,
            ":first_name": user.first_name,
            ":last_name": user.last_name,
            ":phone": user.phone,
            ":role": user.role.as_str(),
            ":disabled_at": user.disabled_at.map(millis),
            ":is_demo": user.is_demo,
            ":created_at": millis(user.created_at),
            ":updated_at": millis(user.updated_at),
        });
    match inserted {
        Err(error) if is_taken(&error) => Err(Refusal::EmailTaken.into()),
        other => Ok(other.map(drop)?),
    }
}

/// Changes one account, and says how it was and how it is; a refusal changes nothing.
pub(crate) fn change(
    connection: &Connection,
    id: UserId,
    change: &AccountChange,
    now: Timestamp,
) -> Result<(User, User)> {
    let known = by_id(connection, id)?.ok_or(Refusal::UserNotFound)?;
    let set = |sql: &str, value: Value| {
        let values = (value, millis(now), bytes(id.0));
        connection.prepare_cached(sql)?.execute(values).map(drop)
    };
    const DISABLED_AT: &str = "UPDATE users SET disabled_at = ?, updated_at = ? WHERE id = ?";
    match change {
        AccountChange::Disable if known.disabled_at.is_some() => return Ok((known.clone(), known)),
        AccountChange::Disable => {
            if known.role == Role::Admin && administrators(connection)? <= 1 {
                return Err(Refusal::LastAdministrator.into());
            }
            set(DISABLED_AT, Value::Integer(millis(now)))?;
        }
        AccountChange::Enable => set(DISABLED_AT, Value::Null)?,
        AccountChange::Password { hash } => set(
            "UPDATE users SET password_hash = ?, is_demo = 0, updated_at = ? WHERE id = ?",
            text(hash),
        )?,
    }
    let changed = by_id(connection, id)?.ok_or(Refusal::UserNotFound)?;
    Ok((known, changed))
}

/// How many can log in.
fn administrators(connection: &Connection) -> rusqlite::Result<i64> {
    connection
        .prepare_cached("SELECT count(*) FROM users WHERE role = ? AND disabled_at IS NULL")?
        .query_row([Role::Admin.as_str()], |row| row.get(0))
}

pub(crate) fn list(
    connection: &Connection,
    filter: &UserFilter,
    page: Page,
) -> Result<Paged<User>> {
    let mut conditions = Where::default();
    conditions.and_some("role = ?", filter.role, |role| text(role.as_str()));
    match filter.is_disabled {
        Some(true) => conditions.and("disabled_at IS NOT NULL", []),
        Some(false) => conditions.and("disabled_at IS NULL", []),
        None => {}
    }
    match filter.is_demo {
        // Written as the index says it, or it would not be used.
        Some(true) => conditions.and("is_demo = 1", []),
        Some(false) => conditions.and("is_demo = 0", []),
        None => {}
    }
    Ok(conditions.page(connection, "*", "users", "email", page, user)?)
}

/// How often accounts were changed, by whatever process.
pub(crate) fn changes(connection: &Connection) -> Result<i64> {
    let number = connection
        .prepare_cached("SELECT number FROM account_changes")?
        .query_row([], |row| row.get("number"))?;
    Ok(number)
}

pub(crate) fn by_id(connection: &Connection, id: UserId) -> Result<Option<User>> {
    let found = connection
        .prepare_cached("SELECT * FROM users WHERE id = ?")?
        .query_row([bytes(id.0)], user)
        .optional()?;
    Ok(found)
}

pub(crate) fn brief(connection: &Connection, user_id: UserId) -> Result<Option<UserBrief>> {
    let found = connection
        .prepare_cached("SELECT id, email, first_name, last_name FROM users WHERE id = ?")?
        .query_row([bytes(user_id.0)], |row| {
            Ok(UserBrief {
                id: id(row, 0)?,
                email: row.get(1)?,
                first_name: row.get(2)?,
                last_name: row.get(3)?,
            })
        })
        .optional()?;
    Ok(found)
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
