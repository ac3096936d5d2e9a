//! `refresh_families`: the logins that are refreshed, by tokens that are each used once.
//!
//! Invariant: in a family, one token is the next. The one before it still gets the same next one
//! for [`REFRESH_REPEAT_SECONDS_MAX`]: its owner may not have got the answer. Any other was used
//! before, by its owner or by a thief, and the two cannot be told apart: so the family ends.

use domain::{FamilyId, TokenGeneration, User, UserId};
use jiff::{SignedDuration, Timestamp};
use store::{REFRESH_FAMILIES_MAX, REFRESH_REPEAT_SECONDS_MAX, RefreshToken, TokenDigest};
use tokio_postgres::Row;
use uuid::Uuid;

use super::account_state;
use crate::column::{at, generation, get, id, optional_time, time};
use crate::db::{Db, Values};
use crate::fault::{Result, these_rows};

/// Also forgets expired families of all accounts; and of this account, those that expire first,
/// where there are more than an account may have.
pub(crate) async fn begin(
    db: Db<'_>,
    user_id: UserId,
    generation: TokenGeneration,
    token: &RefreshToken,
    now: Timestamp,
) -> Result<()> {
    db.execute("DELETE FROM refresh_families WHERE expires_at <= $1", &[&at(now)]).await?;
    let sql = "INSERT INTO refresh_families (id, user_id, generation, digest, expires_at) \
         VALUES ($1, $2, $3, $4, $5)";
    let (generation, expires_at) = (i64::from(generation.0), at(token.expires_at));
    let digest: &[u8] = &token.digest.0;
    db.execute(sql, &[&token.family.0, &user_id.0, &generation, &digest, &expires_at]).await?;
    make_room(db, user_id).await
}

/// Sorted here: an account has few, and for the order PostgreSQL would scan those of all accounts
/// while there are few of them.
async fn make_room(db: Db<'_>, user_id: UserId) -> Result<()> {
    let sql = "SELECT id, expires_at FROM refresh_families WHERE user_id = $1";
    let rows = db.rows(sql, &[&user_id.0]).await?;
    let of_row = |row: &Row| Ok((time(row, "expires_at")?, get::<Uuid>(row, "id")?));
    let mut families = rows.iter().map(of_row).collect::<Result<Vec<_>>>()?;
    families.sort_unstable();
    let beyond = families.len().saturating_sub(REFRESH_FAMILIES_MAX);
    for (_, family) in families.into_iter().take(beyond) {
        end(db, FamilyId(family)).await?;
    }
    Ok(())
}

/// The family's account, if `shown` is its next token and the account is as it was; then `next`
/// takes its place. The same if `shown` was the next token some seconds ago, and `next` has not
/// been used. Else the family ends.
pub(crate) async fn go_on(
    db: Db<'_>,
    shown: TokenDigest,
    next: &RefreshToken,
    now: Timestamp,
) -> Result<Option<(User, TokenGeneration)>> {
    let sql = "SELECT user_id, generation, digest, expires_at, shown_before, shown_at \
         FROM refresh_families WHERE id = $1";
    let Some(row) = db.optional(sql, &[&next.family.0]).await? else { return Ok(None) };
    let digest: &[u8] = get(&row, "digest")?;
    let before: Option<&[u8]> = get(&row, "shown_before")?;
    let is_repeat = digest == next.digest.0
        && before == Some(&shown.0)
        && optional_time(&row, "shown_at")?
            .is_some_and(|at| now < at + SignedDuration::from_secs(REFRESH_REPEAT_SECONDS_MAX));
    let is_good = (digest == shown.0 || is_repeat) && time(&row, "expires_at")? > now;
    let generation = generation(&row, "generation")?;
    let account = account_state::state(db, id(&row, "user_id")?).await?;
    let account = account.filter(|account| {
        is_good && account.generation == generation && account.user.disabled_at.is_none()
    });
    let Some(account) = account else {
        end(db, next.family).await?;
        return Ok(None);
    };
    if !is_repeat {
        let sql = "UPDATE refresh_families SET digest = $2, expires_at = $3, shown_before = $4, \
             shown_at = $5 WHERE id = $1";
        let (digest, shown): (&[u8], &[u8]) = (&next.digest.0, &shown.0);
        let (expires_at, now) = (at(next.expires_at), at(now));
        let values: Values<'_> = &[&next.family.0, &digest, &expires_at, &shown, &now];
        these_rows("going on with a login", db.execute(sql, values).await?, 1)?;
    }
    Ok(Some((account.user, account.generation)))
}

pub(crate) async fn end(db: Db<'_>, family: FamilyId) -> Result<()> {
    db.execute("DELETE FROM refresh_families WHERE id = $1", &[&family.0]).await.map(drop)
}

pub(crate) async fn end_all(db: Db<'_>, user_id: UserId) -> Result<()> {
    db.execute("DELETE FROM refresh_families WHERE user_id = $1", &[&user_id.0]).await.map(drop)
}
