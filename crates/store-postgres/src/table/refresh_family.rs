//! `refresh_families`: the logins that are refreshed, by tokens that are each used once.
//! Which of the tokens is good is [`RefreshFamily`]'s rule.

use domain::{FamilyId, TokenGeneration, User, UserId};
use jiff::Timestamp;
use store::{REFRESH_FAMILIES_MAX, RefreshFamily, RefreshToken, TokenDigest};
use tokio_postgres::Row;
use uuid::Uuid;

use super::account_state;
use crate::column::{at, generation, get, id, optional_time, read, read_optional, time};
use crate::db::{Db, Values};
use crate::fault::{Result, these_rows};

/// Also forgets expired families of all accounts; and of this account, of the others those that
/// expire first, where there are more than an account may have.
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
    make_room(db, user_id, token.family).await
}

/// Not `begun`, though it may expire first: since a change of the settings tokens may be good for a
/// shorter time than before. Sorted here: an account has few, and for the order PostgreSQL would
/// scan those of all accounts while there are few of them.
async fn make_room(db: Db<'_>, user_id: UserId, begun: FamilyId) -> Result<()> {
    let sql = "SELECT id, expires_at FROM refresh_families WHERE user_id = $1 AND id <> $2";
    let rows = db.rows(sql, &[&user_id.0, &begun.0]).await?;
    let of_row = |row: &Row| Ok((time(row, "expires_at")?, get::<Uuid>(row, "id")?));
    let mut families = rows.iter().map(of_row).collect::<Result<Vec<_>>>()?;
    families.sort_unstable();
    let beyond = families.len().saturating_sub(REFRESH_FAMILIES_MAX - 1);
    for (_, family) in families.into_iter().take(beyond) {
        end(db, FamilyId(family)).await?;
    }
    Ok(())
}

/// The family's account, if `shown` is its next token and the account is as it was; then `next`
/// takes its place. The same if `shown` was the next token some seconds ago, and `next` has not
/// been used. Else the family ends, if `shown` ever was one of its tokens. Also returns which of
/// the two digests of `next` the next token has.
pub(crate) async fn go_on(
    db: Db<'_>,
    (shown, made_here): (TokenDigest, bool),
    next: &RefreshToken,
    now: Timestamp,
) -> Result<Option<(User, TokenGeneration, TokenDigest)>> {
    let Some(family) = by_id(db, next.family).await? else { return Ok(None) };
    let account = account_state::state(db, family.user_id).await?;
    let account = account.filter(|account| family.goes_on(account, shown, next, now));
    let Some(account) = account else {
        if family.ends_by(shown, made_here) {
            end(db, next.family).await?;
        }
        return Ok(None);
    };
    let is_repeat = family.is_repeat(shown, next, now);
    if !is_repeat {
        let sql = "UPDATE refresh_families SET digest = $2, expires_at = $3, shown_before = $4, \
             shown_at = $5 WHERE id = $1";
        let (digest, shown): (&[u8], &[u8]) = (&next.digest.0, &shown.0);
        let (expires_at, now) = (at(next.expires_at), at(now));
        let values: Values<'_> = &[&next.family.0, &digest, &expires_at, &shown, &now];
        these_rows("going on with a login", db.execute(sql, values).await?, 1)?;
    }
    let told = if is_repeat { family.digest } else { next.digest };
    Ok(Some((account.user, account.generation, told)))
}

pub(crate) async fn end(db: Db<'_>, family: FamilyId) -> Result<()> {
    db.execute("DELETE FROM refresh_families WHERE id = $1", &[&family.0]).await.map(drop)
}

pub(crate) async fn end_all(db: Db<'_>, user_id: UserId) -> Result<()> {
    db.execute("DELETE FROM refresh_families WHERE user_id = $1", &[&user_id.0]).await.map(drop)
}

async fn by_id(db: Db<'_>, family: FamilyId) -> Result<Option<RefreshFamily>> {
    let sql = "SELECT user_id, generation, digest, expires_at, shown_before, shown_at \
         FROM refresh_families WHERE id = $1";
    let Some(row) = db.optional(sql, &[&family.0]).await? else { return Ok(None) };
    let digest = |bytes: &[u8]| bytes.try_into().ok().map(TokenDigest);
    let before = read_optional(&row, "shown_before", digest)?;
    Ok(Some(RefreshFamily {
        user_id: id(&row, "user_id")?,
        generation: generation(&row, "generation")?,
        digest: read(&row, "digest", digest)?,
        expires_at: time(&row, "expires_at")?,
        shown_before: before.zip(optional_time(&row, "shown_at")?),
    }))
}
