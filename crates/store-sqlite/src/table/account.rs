//! Changes of an account, and which of its tokens have ended: `users`, `revoked_tokens`.
//!
//! Invariant: an administrator who can log in is always left.

use domain::version::changed_at;
use domain::{Origin, Refusal, Role, TokenId, User, UserId};
use jiff::Timestamp;
use rusqlite::{Connection, named_params};
use store::{
    AccountChange, Made, REVOKED_TOKENS_MAX, deleted_email, edited, ends_administrator, fits_origin,
};

use super::{account_state, refresh_family, second_factor, user, user_word};
use crate::column::{bytes, millis};
use crate::db::Db;
use crate::fault::Result;

/// Changes one account; returns its old and new state. A refusal changes nothing. For a deleted
/// one: its old state, twice.
pub(crate) fn change(
    connection: &Db,
    id: UserId,
    change: &AccountChange,
    made: Made<'_>,
) -> Result<(User, User)> {
    if matches!(change, AccountChange::Erase) {
        return erase(connection, id, made);
    }
    let known = user::by_id(connection, id)?.ok_or(Refusal::AccountNotFound)?;
    fits_origin(&known, change)?;
    let now = made.now;
    let moved_at = changed_at(known.updated_at, now);
    match change {
        AccountChange::Edit { .. } | AccountChange::RoleByProvider(_) => {
            let edited = edited(&known, change, now);
            keep_an_administrator(connection, &known, Some(&edited))?;
            made.on(known.updated_at)?;
            if edited == known {
                return Ok((known.clone(), known));
            }
            if edited.disabled_at.is_some() {
                refresh_family::end_all(connection, id)?;
            }
            edit(connection, &User { updated_at: moved_at, ..edited })?;
        }
        AccountChange::Password { hash, spared } => {
            made.on(known.updated_at)?;
            // A token that was ended since it proved the old password would be good again.
            if let Some((token, proved)) = spared
                && account_state::state(connection, id)?.is_none_or(|is| {
                    let is_over = is.revoked.contains(token) || is.user.disabled_at.is_some();
                    is.generation != *proved || is_over
                })
            {
                return Err(Refusal::AccountNotFound.into());
            }
            connection
                .prepare_cached(
                    "UPDATE users SET password_hash = :hash, is_demo = 0, updated_at = :now \
                     WHERE id = :id",
                )?
                .execute(named_params! {
                    ":hash": hash, ":now": millis(moved_at), ":id": bytes(id.0)
                })?;
            revoke_all(connection, &known, spared.map(|(token, _)| token))?;
        }
        AccountChange::RevokeToken { id: token, expires_at, family } => {
            revoke(connection, &known, *token, *expires_at, now)?;
            if let Some(family) = family {
                refresh_family::end(connection, *family)?;
            }
        }
        AccountChange::RevokeAll => revoke_all(connection, &known, None)?,
        AccountChange::Erase => unreachable!("it was erased above"),
        AccountChange::Delete => {
            keep_an_administrator(connection, &known, None)?;
            made.on(known.updated_at)?;
            delete(connection, &known, now)?;
            return Ok((known.clone(), known));
        }
    }
    let changed = user::by_id(connection, id)?.ok_or(Refusal::AccountNotFound)?;
    Ok((known, changed))
}

/// Also for one that was deleted before: then only its names are left.
fn erase(connection: &Db, id: UserId, made: Made<'_>) -> Result<(User, User)> {
    let known = match user::by_id(connection, id)? {
        Some(known) => {
            keep_an_administrator(connection, &known, None)?;
            delete(connection, &known, made.now)?;
            known
        }
        None => user::ever_by_id(connection, id)?.ok_or(Refusal::AccountNotFound)?,
    };
    connection
        .prepare_cached(
            "UPDATE users SET first_name = '', last_name = '', shown_email = NULL, phone = NULL, sealed = NULL \
             WHERE id = ?",
        )?
        .execute([bytes(id.0)])?;
    let erased = user::ever_by_id(connection, id)?.ok_or(Refusal::AccountNotFound)?;
    Ok((known, erased))
}

fn edit(connection: &Connection, edited: &User) -> Result<()> {
    connection
        .prepare_cached(
            "UPDATE users SET role = :role, disabled_at = :disabled_at, updated_at = :moved_at \
             WHERE id = :id",
        )?
        .execute(named_params! {
            ":role": edited.role.as_str(),
            ":disabled_at": edited.disabled_at.map(millis),
            ":moved_at": millis(edited.updated_at),
            ":id": bytes(edited.id.0),
        })?;
    Ok(())
}

/// The row stays: tickets, payments and the audit name it. Its address is free, and no one can have
/// the address in its place: the top-level domain belongs to no one (RFC 2606).
fn delete(connection: &Db, known: &User, now: Timestamp) -> Result<()> {
    revoke_all(connection, known, None)?;
    second_factor::delete(connection, known.id)?;
    user_word::delete(connection, connection.keys(), known)?;
    let without_phone = User { phone: None, ..known.clone() };
    let person = connection.keys().user_columns(&without_phone);
    connection
        .prepare_cached(
            "UPDATE users SET email = :email, shown_email = NULL, password_hash = '', phone = :phone, sealed = :sealed, \
             is_demo = 0, disabled_at = :now, deleted_at = :now, updated_at = :now WHERE id = :id",
        )?
        .execute(named_params! {
            ":email": deleted_email(known.id),
            ":phone": person.phone,
            ":sealed": person.sealed,
            ":now": millis(now),
            ":id": bytes(known.id.0),
        })?;
    Ok(())
}

fn keep_an_administrator(
    connection: &Connection,
    before: &User,
    after: Option<&User>,
) -> Result<()> {
    if ends_administrator(before, after) && administrators(connection)? <= 1 {
        return Err(Refusal::LastAdministrator.into());
    }
    Ok(())
}

/// How many can log in.
fn administrators(connection: &Connection) -> rusqlite::Result<i64> {
    connection
        .prepare_cached(
            "SELECT count(*) FROM users INDEXED BY users_by_role WHERE role = ? \
             AND disabled_at IS NULL AND deleted_at IS NULL",
        )?
        .query_row([Role::Admin.as_str()], |row| row.get(0))
}

/// Also forgets revoked tokens of all accounts that have expired.
fn revoke(
    connection: &Connection,
    known: &User,
    token: TokenId,
    expires_at: Timestamp,
    now: Timestamp,
) -> Result<()> {
    connection
        .prepare_cached("DELETE FROM revoked_tokens WHERE expires_at <= ?")?
        .execute([millis(now)])?;
    connection
        .prepare_cached("INSERT OR IGNORE INTO revoked_tokens VALUES (?, ?, ?)")?
        .execute((bytes(known.id.0), bytes(token.0), millis(expires_at)))?;
    let kept: i64 = connection
        .prepare_cached("SELECT count(*) FROM revoked_tokens WHERE user_id = ?")?
        .query_row([bytes(known.id.0)], |row| row.get(0))?;
    if usize::try_from(kept).is_ok_and(|kept| kept <= REVOKED_TOKENS_MAX) {
        return Ok(());
    }
    // Without its row a token that has not expired would be good again.
    revoke_all(connection, known, None)
}

fn revoke_all(connection: &Connection, known: &User, spared: Option<TokenId>) -> Result<()> {
    refresh_family::end_all(connection, known.id)?;
    // Tokens of the identity provider have no generation: they are ended one by one, and stay so.
    if known.origin == Origin::Own {
        connection
            .prepare_cached("DELETE FROM revoked_tokens WHERE user_id = ?")?
            .execute([bytes(known.id.0)])?;
    }
    connection
        .prepare_cached(
            "UPDATE users SET generation = generation + 1, spared_token = :spared WHERE id = :id",
        )?
        .execute(named_params! {
            ":spared": spared.map(|token| bytes(token.0)), ":id": bytes(known.id.0)
        })?;
    Ok(())
}
