//! `refresh_families`: the logins that are refreshed, by tokens that are each used once.
//! Which of the tokens is good is [`RefreshFamily`]'s rule.

use domain::user::FamilyId;
use domain::{TokenGeneration, User, UserId};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, named_params};
use store::{REFRESH_FAMILIES_MAX, RefreshFamily, RefreshToken, TokenDigest};

use crate::column::{at_most, bytes, id, millis, optional_time, read, time};
use crate::db::Db;
use crate::fault::Result;

/// Also forgets expired families of all accounts; and of this account, of the others those that
/// expire first, where there are more than an account may have.
pub(crate) fn begin(
    connection: &Connection,
    user_id: UserId,
    generation: TokenGeneration,
    token: &RefreshToken,
    now: Timestamp,
) -> Result<()> {
    connection
        .prepare_cached("DELETE FROM refresh_families WHERE expires_at <= ?")?
        .execute([millis(now)])?;
    connection
        .prepare_cached(
            "INSERT INTO refresh_families (id, user_id, generation, digest, expires_at) \
             VALUES (?, ?, ?, ?, ?)",
        )?
        .execute((
            bytes(token.family.0),
            bytes(user_id.0),
            generation.0,
            token.digest.0,
            millis(token.expires_at),
        ))?;
    // Not this one, though it may expire first: since a change of the settings tokens may be good
    // for a shorter time than before.
    let others = at_most(REFRESH_FAMILIES_MAX - 1);
    connection
        .prepare_cached(
            "DELETE FROM refresh_families WHERE id IN (SELECT id FROM refresh_families \
             WHERE user_id = ? AND id <> ? ORDER BY expires_at DESC LIMIT -1 OFFSET ?)",
        )?
        .execute((bytes(user_id.0), bytes(token.family.0), others))?;
    Ok(())
}

/// The family's account, if `shown` is its next token and the account is as it was; then `next`
/// takes its place. The same if `shown` was the next token some seconds ago, and `next` has not
/// been used. Else the family ends, if `shown` ever was one of its tokens. Also returns which of
/// the two digests of `next` the next token has.
pub(crate) fn go_on(
    connection: &Db,
    (shown, made_here): (TokenDigest, bool),
    next: &RefreshToken,
    now: Timestamp,
) -> Result<Option<(User, TokenGeneration, TokenDigest)>> {
    let Some(family) = by_id(connection, next.family)? else { return Ok(None) };
    let account = super::account_state::state(connection, family.user_id)?;
    let account = account.filter(|account| family.goes_on(account, shown, next, now));
    let Some(account) = account else {
        if family.ends_by(shown, made_here) {
            end(connection, next.family)?;
        }
        return Ok(None);
    };
    let is_repeat = family.is_repeat(shown, next, now);
    if !is_repeat {
        connection
            .prepare_cached(
                "UPDATE refresh_families SET digest = :digest, expires_at = :expires_at, \
                 shown_before = :shown, shown_at = :now WHERE id = :id",
            )?
            .execute(named_params! {
                ":digest": next.digest.0,
                ":expires_at": millis(next.expires_at),
                ":shown": shown.0,
                ":now": millis(now),
                ":id": bytes(next.family.0),
            })?;
    }
    let told = if is_repeat { family.digest } else { next.digest };
    Ok(Some((account.user, account.generation, told)))
}

pub(crate) fn end(connection: &Connection, family: FamilyId) -> Result<()> {
    connection
        .prepare_cached("DELETE FROM refresh_families WHERE id = ?")?
        .execute([bytes(family.0)])?;
    Ok(())
}

pub(crate) fn end_all(connection: &Connection, user_id: UserId) -> Result<()> {
    connection
        .prepare_cached("DELETE FROM refresh_families WHERE user_id = ?")?
        .execute([bytes(user_id.0)])?;
    Ok(())
}

fn by_id(connection: &Connection, family: FamilyId) -> Result<Option<RefreshFamily>> {
    let found = connection
        .prepare_cached("SELECT * FROM refresh_families WHERE id = ?")?
        .query_row([bytes(family.0)], |row| {
            let before: Option<[u8; 32]> = row.get("shown_before")?;
            Ok(RefreshFamily {
                shown_before: before.map(TokenDigest).zip(optional_time(row, "shown_at")?),
                user_id: id(row, "user_id")?,
                generation: read(row, "generation", |number| Some(TokenGeneration(number)))?,
                digest: TokenDigest(row.get("digest")?),
                expires_at: time(row, "expires_at")?,
            })
        })
        .optional()?;
    Ok(found)
}
