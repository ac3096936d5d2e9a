//! `second_factors`, `recovery_codes`: what a login needs besides the password.
//!
//! Invariant: a code is taken once. Whether it is the right one is not known here.

use domain::{User, UserId};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension};
use store::{FactorWrite, Sealed, SecondFactor, TokenDigest};

use super::user;
use crate::column::{bytes, millis};
use crate::db::Db;
use crate::fault::Result;

pub(crate) fn of(connection: &Connection, user_id: UserId) -> Result<Option<SecondFactor>> {
    let found = connection
        .prepare_cached("SELECT sealed, confirmed_at FROM second_factors WHERE user_id = ?")?
        .query_row([bytes(user_id.0)], |row| {
            let since: Option<i64> = row.get("confirmed_at")?;
            Ok(SecondFactor { sealed: Sealed(row.get("sealed")?), is_confirmed: since.is_some() })
        })
        .optional()?;
    Ok(found)
}

/// The account, if it happened.
pub(crate) fn write(connection: &Db, write: &FactorWrite, now: Timestamp) -> Result<Option<User>> {
    let user = user::by_id(connection, write.user_id())?;
    let Some(user) = user.filter(|user| write.fits_origin(user.origin)) else { return Ok(None) };
    let has_happened = match write {
        FactorWrite::Enrol { user_id, sealed } => enrol(connection, *user_id, sealed, now)?,
        FactorWrite::Confirm { user_id, sealed, step, recovery } => {
            confirm(connection, *user_id, (sealed, *step), recovery, now)?
        }
        FactorWrite::UseStep { user_id, step, sealed } => {
            use_step(connection, *user_id, *step, sealed.as_ref())?
        }
        FactorWrite::UseRecovery { user_id, digest } => {
            use_recovery(connection, *user_id, *digest)?
        }
        FactorWrite::Disable { user_id } => delete(connection, *user_id)?,
    };
    Ok(has_happened.then_some(user))
}

fn enrol(
    connection: &Connection,
    user_id: UserId,
    sealed: &Sealed,
    now: Timestamp,
) -> Result<bool> {
    let changed = connection
        .prepare_cached(
            "INSERT INTO second_factors (user_id, sealed, created_at) VALUES (?, ?, ?) \
             ON CONFLICT (user_id) DO UPDATE SET sealed = excluded.sealed, \
             created_at = excluded.created_at WHERE second_factors.confirmed_at IS NULL",
        )?
        .execute((bytes(user_id.0), &sealed.0, millis(now)))?;
    Ok(changed == 1)
}

fn confirm(
    connection: &Connection,
    user_id: UserId,
    (sealed, step): (&Sealed, i64),
    recovery: &[TokenDigest],
    now: Timestamp,
) -> Result<bool> {
    let changed = connection
        .prepare_cached(
            "UPDATE second_factors SET confirmed_at = ?, last_step = ? \
             WHERE user_id = ? AND sealed = ? AND confirmed_at IS NULL",
        )?
        .execute((millis(now), step, bytes(user_id.0), &sealed.0))?;
    if changed == 0 {
        return Ok(false);
    }
    let mut insert = connection.prepare_cached("INSERT INTO recovery_codes VALUES (?, ?)")?;
    for digest in recovery {
        insert.execute((bytes(user_id.0), digest.0))?;
    }
    Ok(true)
}

fn use_step(
    connection: &Connection,
    user_id: UserId,
    step: i64,
    sealed: Option<&Sealed>,
) -> Result<bool> {
    let changed = connection
        .prepare_cached(
            "UPDATE second_factors SET last_step = ?1, sealed = ifnull(?2, sealed) \
             WHERE user_id = ?3 AND last_step < ?1 AND confirmed_at IS NOT NULL",
        )?
        .execute((step, sealed.map(|sealed| &sealed.0), bytes(user_id.0)))?;
    Ok(changed == 1)
}

fn use_recovery(connection: &Connection, user_id: UserId, digest: TokenDigest) -> Result<bool> {
    let changed = connection
        .prepare_cached("DELETE FROM recovery_codes WHERE user_id = ? AND digest = ?")?
        .execute((bytes(user_id.0), digest.0))?;
    Ok(changed == 1)
}

pub(crate) fn delete(connection: &Connection, user_id: UserId) -> Result<bool> {
    connection
        .prepare_cached("DELETE FROM recovery_codes WHERE user_id = ?")?
        .execute([bytes(user_id.0)])?;
    let changed = connection
        .prepare_cached("DELETE FROM second_factors WHERE user_id = ?")?
        .execute([bytes(user_id.0)])?;
    Ok(changed == 1)
}
