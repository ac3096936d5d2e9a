//! Changes of an account: `users`, `revoked_tokens`.
//!
//! Invariant: an administrator who can log in is always left.

use domain::version::changed_at;
use domain::{Origin, Refusal, Role, TokenId, User, UserId};
use jiff::Timestamp;
use store::{
    AccountChange, Made, REVOKED_TOKENS_MAX, deleted_email, edited, ends_administrator, fits_origin,
};

use super::{account_state, refresh_family, second_factor, user, user_word};
use crate::column::{at, count};
use crate::db::Db;
use crate::fault::{Result, these_rows};

/// Changes one account; returns its old and new state. A refusal changes nothing. For a deleted
/// one: its old state, twice.
pub(crate) async fn change(
    db: Db<'_>,
    id: UserId,
    change: &AccountChange,
    made: Made<'_>,
) -> Result<(User, User)> {
    if matches!(change, AccountChange::Erase) {
        return erase(db, id, made).await;
    }
    let known = user::by_id(db, id).await?.ok_or(Refusal::AccountNotFound)?;
    fits_origin(&known, change)?;
    let now = at(made.now);
    let moved_at = at(changed_at(known.updated_at, now));
    match change {
        AccountChange::Edit { .. } | AccountChange::RoleByProvider(_) => {
            let edited = edited(&known, change, now);
            keep_an_administrator(db, &known, Some(&edited)).await?;
            made.on(known.updated_at)?;
            if edited == known {
                return Ok((known.clone(), known));
            }
            if edited.disabled_at.is_some() {
                refresh_family::end_all(db, id).await?;
            }
            let sql = "UPDATE users SET role = $2, disabled_at = $3, updated_at = $4 WHERE id = $1";
            let (role, disabled_at) = (edited.role.as_str(), edited.disabled_at.map(at));
            let changed = db.execute(sql, &[&id.0, &role, &disabled_at, &moved_at]).await?;
            these_rows("editing an account", changed, 1)?;
        }
        AccountChange::Password { hash, spared } => {
            made.on(known.updated_at)?;
            // A token that was ended since it proved the old password would be good again.
            if let Some((token, proved)) = spared
                && account_state::state(db, id).await?.is_none_or(|is| {
                    let is_over = is.revoked.contains(token) || is.user.disabled_at.is_some();
                    is.generation != *proved || is_over
                })
            {
                return Err(Refusal::AccountNotFound.into());
            }
            let sql = "UPDATE users SET password_hash = $2, is_demo = false, updated_at = $3 \
                       WHERE id = $1";
            let changed = db.execute(sql, &[&id.0, hash, &moved_at]).await?;
            these_rows("changing a password", changed, 1)?;
            revoke_all(db, &known, spared.map(|(token, _)| token)).await?;
        }
        AccountChange::RevokeToken { id: token, expires_at, family } => {
            revoke(db, &known, *token, at(*expires_at), now).await?;
            if let Some(family) = family {
                refresh_family::end(db, *family).await?;
            }
        }
        AccountChange::RevokeAll => revoke_all(db, &known, None).await?,
        AccountChange::Erase => unreachable!("it was erased above"),
        AccountChange::Delete => {
            keep_an_administrator(db, &known, None).await?;
            made.on(known.updated_at)?;
            delete(db, &known, now).await?;
            return Ok((known.clone(), known));
        }
    }
    let changed = user::by_id(db, id).await?.ok_or(Refusal::AccountNotFound)?;
    Ok((known, changed))
}

/// Also for one that was deleted before: then only its names are left.
async fn erase(db: Db<'_>, id: UserId, made: Made<'_>) -> Result<(User, User)> {
    let known = match user::by_id(db, id).await? {
        Some(known) => {
            keep_an_administrator(db, &known, None).await?;
            delete(db, &known, at(made.now)).await?;
            known
        }
        None => user::ever_by_id(db, id).await?.ok_or(Refusal::AccountNotFound)?,
    };
    let sql = "UPDATE users SET first_name = '', last_name = '', shown_email = NULL, phone = NULL, sealed = NULL \
               WHERE id = $1";
    these_rows("erasing an account", db.execute(sql, &[&id.0]).await?, 1)?;
    let erased = user::ever_by_id(db, id).await?.ok_or(Refusal::AccountNotFound)?;
    Ok((known, erased))
}

/// The row stays: tickets, payments and the audit name it. Its address is free, and the text in its
/// place can be no person's address: that top-level domain is reserved (RFC 2606).
async fn delete(db: Db<'_>, known: &User, now: Timestamp) -> Result<()> {
    revoke_all(db, known, None).await?;
    second_factor::delete(db, known.id).await?;
    user_word::delete(db, known).await?;
    let sql = "UPDATE users SET email = $2, shown_email = NULL, password_hash = '', phone = $4, sealed = $5, \
               is_demo = false, disabled_at = $3, deleted_at = $3, updated_at = $3 WHERE id = $1";
    let without_phone = User { phone: None, ..known.clone() };
    let person = db.keys().user_columns(&without_phone);
    let email = deleted_email(known.id);
    let deleted =
        db.execute(sql, &[&known.id.0, &email, &now, &person.phone, &person.sealed]).await?;
    these_rows("deleting an account", deleted, 1)
}

async fn keep_an_administrator(db: Db<'_>, before: &User, after: Option<&User>) -> Result<()> {
    if ends_administrator(before, after) && administrators(db).await? <= 1 {
        return Err(Refusal::LastAdministrator.into());
    }
    Ok(())
}

/// How many can log in.
async fn administrators(db: Db<'_>) -> Result<u64> {
    let sql = "SELECT count(*) AS number FROM users WHERE role = $1 AND disabled_at IS NULL \
               AND deleted_at IS NULL";
    count(&db.one(sql, &[&Role::Admin.as_str()]).await?, "number")
}

/// Also forgets revoked tokens of all accounts that have expired.
async fn revoke(
    db: Db<'_>,
    known: &User,
    token: TokenId,
    expires_at: Timestamp,
    now: Timestamp,
) -> Result<()> {
    db.execute("DELETE FROM revoked_tokens WHERE expires_at <= $1", &[&now]).await?;
    let sql = "INSERT INTO revoked_tokens VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    db.execute(sql, &[&known.id.0, &token.0, &expires_at]).await?;
    let sql = "SELECT count(*) AS number FROM revoked_tokens WHERE user_id = $1";
    let kept = count(&db.one(sql, &[&known.id.0]).await?, "number")?;
    if usize::try_from(kept).is_ok_and(|kept| kept <= REVOKED_TOKENS_MAX) {
        return Ok(());
    }
    // Without its row a token that has not expired would be good again, and its holder may be a
    // thief.
    revoke_all(db, known, None).await
}

async fn revoke_all(db: Db<'_>, known: &User, spared: Option<TokenId>) -> Result<()> {
    refresh_family::end_all(db, known.id).await?;
    // Tokens of the identity provider have no generation: they are ended one by one, and stay so.
    if known.origin == Origin::Own {
        let sql = "DELETE FROM revoked_tokens WHERE user_id = $1";
        db.execute(sql, &[&known.id.0]).await?;
    }
    let sql = "UPDATE users SET generation = generation + 1, spared_token = $2 WHERE id = $1";
    let changed = db.execute(sql, &[&known.id.0, &spared.map(|token| token.0)]).await?;
    these_rows("ending the tokens of an account", changed, 1)
}
