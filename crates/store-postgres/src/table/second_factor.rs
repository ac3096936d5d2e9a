//! `second_factors`, `recovery_codes`: what a login needs besides the password.
//!
//! Invariant: a code is taken once. Whether it is the right one is not known here.

use domain::{User, UserId};
use jiff::Timestamp;
use store::{FactorWrite, Sealed, SecondFactor, TokenDigest};

use super::user;
use crate::column::{at, get};
use crate::db::Db;
use crate::fault::Result;

pub(crate) async fn of(db: Db<'_>, user_id: UserId) -> Result<Option<SecondFactor>> {
    let sql = "SELECT sealed, confirmed_at IS NOT NULL AS is_confirmed FROM second_factors \
               WHERE user_id = $1";
    let Some(row) = db.optional(sql, &[&user_id.0]).await? else { return Ok(None) };
    let sealed = Sealed(get(&row, "sealed")?);
    Ok(Some(SecondFactor { sealed, is_confirmed: get(&row, "is_confirmed")? }))
}

/// The account, if it happened.
pub(crate) async fn write(db: Db<'_>, write: &FactorWrite, now: Timestamp) -> Result<Option<User>> {
    let user = user::by_id(db, write.user_id()).await?;
    let Some(user) = user.filter(|user| write.fits_origin(user.origin)) else { return Ok(None) };
    let has_happened = match write {
        FactorWrite::Enrol { user_id, sealed } => enrol(db, *user_id, sealed, now).await?,
        FactorWrite::Confirm { user_id, sealed, step, recovery } => {
            confirm(db, *user_id, (sealed, *step), recovery, now).await?
        }
        FactorWrite::UseStep { user_id, step, sealed } => {
            use_step(db, *user_id, *step, sealed.as_ref()).await?
        }
        FactorWrite::UseRecovery { user_id, digest } => use_recovery(db, *user_id, *digest).await?,
        FactorWrite::Disable { user_id } => delete(db, *user_id).await?,
    };
    Ok(has_happened.then_some(user))
}

async fn enrol(db: Db<'_>, user_id: UserId, sealed: &Sealed, now: Timestamp) -> Result<bool> {
    let sql = "INSERT INTO second_factors (user_id, sealed, created_at) VALUES ($1, $2, $3) \
               ON CONFLICT (user_id) DO UPDATE SET sealed = excluded.sealed, \
               created_at = excluded.created_at WHERE second_factors.confirmed_at IS NULL";
    Ok(db.execute(sql, &[&user_id.0, &sealed.0, &at(now)]).await? == 1)
}

async fn confirm(
    db: Db<'_>,
    user_id: UserId,
    (sealed, step): (&Sealed, i64),
    recovery: &[TokenDigest],
    now: Timestamp,
) -> Result<bool> {
    let sql = "UPDATE second_factors SET confirmed_at = $2, last_step = $3 \
               WHERE user_id = $1 AND sealed = $4 AND confirmed_at IS NULL";
    if db.execute(sql, &[&user_id.0, &at(now), &step, &sealed.0]).await? == 0 {
        return Ok(false);
    }
    let digests: Vec<&[u8]> = recovery.iter().map(|digest| digest.0.as_slice()).collect();
    let sql = "INSERT INTO recovery_codes SELECT $1::uuid, unnest($2::bytea[])";
    db.execute(sql, &[&user_id.0, &digests]).await?;
    Ok(true)
}

async fn use_step(db: Db<'_>, user_id: UserId, step: i64, sealed: Option<&Sealed>) -> Result<bool> {
    let sql = "UPDATE second_factors SET last_step = $2, sealed = coalesce($3, sealed) \
               WHERE user_id = $1 AND last_step < $2 AND confirmed_at IS NOT NULL";
    let sealed = sealed.map(|sealed| sealed.0.as_slice());
    Ok(db.execute(sql, &[&user_id.0, &step, &sealed]).await? == 1)
}

async fn use_recovery(db: Db<'_>, user_id: UserId, digest: TokenDigest) -> Result<bool> {
    let sql = "DELETE FROM recovery_codes WHERE user_id = $1 AND digest = $2";
    let digest: &[u8] = &digest.0;
    Ok(db.execute(sql, &[&user_id.0, &digest]).await? == 1)
}

pub(crate) async fn delete(db: Db<'_>, user_id: UserId) -> Result<bool> {
    db.execute("DELETE FROM recovery_codes WHERE user_id = $1", &[&user_id.0]).await?;
    let sql = "DELETE FROM second_factors WHERE user_id = $1";
    Ok(db.execute(sql, &[&user_id.0]).await? == 1)
}
