//! `refresh_families`: the logins that are refreshed, by tokens that are each used once.
//!
//! Invariant: in a family, one token is the next. The one before it still gets the same next one
//! for [`REFRESH_REPEAT_SECONDS_MAX`]: its owner may not have got the answer. Any other was used
//! before, by its owner or by a thief, and the two cannot be told apart: so the family ends.

use domain::user::FamilyId;
use domain::{TokenGeneration, User, UserId};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, named_params};
use store::{REFRESH_FAMILIES_MAX, REFRESH_REPEAT_SECONDS_MAX, RefreshToken, TokenDigest};

use crate::column::{at_most, bytes, id, millis, optional_time, read, time};
use crate::db::Db;
use crate::fault::Result;

struct Family {
    user_id: UserId,
    generation: TokenGeneration,
    digest: TokenDigest,
    expires_at: Timestamp,
    /// The token before, and when it was used.
    shown_before: Option<(TokenDigest, Timestamp)>,
}

impl Family {
    /// Whether this token was the last one used, and is used again soon by a client that did not
    /// get `next`.
    fn is_repeat(&self, shown: TokenDigest, next: TokenDigest, now: Timestamp) -> bool {
        let repeat = SignedDuration::from_secs(REFRESH_REPEAT_SECONDS_MAX);
        self.digest == next
            && self.shown_before.is_some_and(|(before, at)| before == shown && now < at + repeat)
    }
}

/// Also forgets expired families of all accounts; and of this account, those that expire first,
/// where there are more than an account may have.
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
    let most = at_most(REFRESH_FAMILIES_MAX);
    connection
        .prepare_cached(
            "DELETE FROM refresh_families WHERE id IN (SELECT id FROM refresh_families \
             WHERE user_id = ? ORDER BY expires_at DESC LIMIT -1 OFFSET ?)",
        )?
        .execute((bytes(user_id.0), most))?;
    Ok(())
}

/// The family's account, if `shown` is its next token and the account is as it was; then `next`
/// takes its place. The same if `shown` was the next token some seconds ago, and `next` has not
/// been used. Else the family ends.
pub(crate) fn go_on(
    connection: &Db,
    shown: TokenDigest,
    next: &RefreshToken,
    now: Timestamp,
) -> Result<Option<(User, TokenGeneration)>> {
    let Some(family) = by_id(connection, next.family)? else { return Ok(None) };
    let is_repeat = family.is_repeat(shown, next.digest, now);
    let account = super::account_state::state(connection, family.user_id)?;
    let account = account.filter(|account| {
        (family.digest == shown || is_repeat)
            && family.expires_at > now
            && account.generation == family.generation
            && account.user.disabled_at.is_none()
    });
    let Some(account) = account else {
        end(connection, next.family)?;
        return Ok(None);
    };
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
    Ok(Some((account.user, account.generation)))
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

fn by_id(connection: &Connection, family: FamilyId) -> Result<Option<Family>> {
    let found = connection
        .prepare_cached("SELECT * FROM refresh_families WHERE id = ?")?
        .query_row([bytes(family.0)], |row| {
            let before: Option<[u8; 32]> = row.get("shown_before")?;
            Ok(Family {
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
