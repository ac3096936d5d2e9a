//! `mail_tokens`: what a token that came in a letter allows.
//!
//! Invariant: a token is used once, only by an account that is as it was when the token was sent,
//! and an address that is not verified gets only a verification.

use domain::{Origin, TokenGeneration, User, UserId};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, named_params};
use store::{
    AccountChange, LETTERS_COUNTED_SECONDS, LastLetter, Made, TokenDigest, TokenLetter, TokenUse,
};

use super::{account, account_state, outbox, user};
use crate::column::{bytes, id, millis, read, time};
use crate::db::Db;
use crate::fault::Result;

pub(crate) fn send_reset(
    connection: &Db,
    email: &str,
    letter: &TokenLetter,
    now: Timestamp,
) -> Result<()> {
    let Some(known) = user::credentials(connection, email)? else { return Ok(()) };
    if known.user.disabled_at.is_some() || !is_verified(connection, known.user.id)? {
        return Ok(());
    }
    begin(connection, (&known.user, known.generation), TokenUse::Reset, letter, now)
}

pub(crate) fn send_verification(
    connection: &Db,
    user_id: UserId,
    letter: &TokenLetter,
    now: Timestamp,
) -> Result<()> {
    let Some(known) = account_state::state(connection, user_id)? else { return Ok(()) };
    if is_verified(connection, user_id)? {
        return Ok(());
    }
    begin(connection, (&known.user, known.generation), TokenUse::Verify, letter, now)
}

/// Not again within the pause. Also forgets tokens of all accounts that expired long ago; until then
/// their letters are counted.
fn begin(
    connection: &Db,
    (user, generation): (&User, TokenGeneration),
    used_for: TokenUse,
    letter: &TokenLetter,
    now: Timestamp,
) -> Result<()> {
    // The provider verifies the addresses of its people, and they have no password here.
    if user.origin == Origin::Provider {
        return Ok(());
    }
    connection
        .prepare_cached("DELETE FROM mail_tokens WHERE expires_at <= ?")?
        .execute([millis(now) - LETTERS_COUNTED_SECONDS * 1_000])?;
    let last = last(connection, (user.id, generation), used_for)?;
    let Some(count) = LastLetter::next(last, now) else { return Ok(()) };
    connection
        .prepare_cached(
            "INSERT INTO mail_tokens \
             (user_id, used_for, digest, generation, created_at, expires_at, letters) \
             VALUES (:user_id, :used_for, :digest, :generation, :now, :expires_at, :letters) \
             ON CONFLICT (user_id, used_for) DO UPDATE SET digest = excluded.digest, \
             generation = excluded.generation, created_at = excluded.created_at, \
             expires_at = excluded.expires_at, letters = excluded.letters",
        )?
        .execute(named_params! {
            ":user_id": bytes(user.id.0),
            ":used_for": used_for.as_str(),
            ":digest": letter.digest.0,
            ":generation": generation.0,
            ":now": millis(now),
            ":expires_at": millis(letter.expires_at),
            ":letters": count,
        })?;
    outbox::insert(connection, letter.id, &letter.sealed, now)
}

fn last(
    connection: &Db,
    (user_id, now): (UserId, TokenGeneration),
    used_for: TokenUse,
) -> Result<Option<LastLetter>> {
    let found = connection
        .prepare_cached(
            "SELECT letters, created_at, expires_at, generation FROM mail_tokens \
             WHERE user_id = ? AND used_for = ?",
        )?
        .query_row((bytes(user_id.0), used_for.as_str()), |row| {
            let (written_at, expires_at) = (time(row, "created_at")?, time(row, "expires_at")?);
            let generation = read(row, "generation", |number| Some(TokenGeneration(number)))?;
            let count = used_for.counted(row.get("letters")?, generation == now);
            Ok(LastLetter { count, written_at, expires_at })
        })
        .optional()?;
    Ok(found)
}

/// The account before and after, if the token is good.
pub(crate) fn reset(
    connection: &Db,
    digest: TokenDigest,
    hash: &str,
    made: Made<'_>,
) -> Result<Option<(User, User)>> {
    let Some(user) = take(connection, TokenUse::Reset, digest, made.now)? else { return Ok(None) };
    let change = AccountChange::Password { hash: hash.to_owned(), spared: None };
    account::change(connection, user.id, &change, made).map(Some)
}

/// The account whose address is verified now, if the token is good.
pub(crate) fn verify(connection: &Db, digest: TokenDigest, now: Timestamp) -> Result<Option<User>> {
    let Some(user) = take(connection, TokenUse::Verify, digest, now)? else { return Ok(None) };
    connection
        .prepare_cached("UPDATE users SET email_verified_at = ? WHERE id = ?")?
        .execute((millis(now), bytes(user.id.0)))?;
    Ok(Some(user))
}

/// The account of a token, while the token may be used.
pub(crate) fn holder(
    connection: &Db,
    used_for: TokenUse,
    digest: TokenDigest,
    now: Timestamp,
) -> Result<Option<User>> {
    let found = connection
        .prepare_cached(
            "SELECT user_id, generation FROM mail_tokens \
             WHERE digest = ? AND used_for = ? AND expires_at > ?",
        )?
        .query_row((digest.0, used_for.as_str(), millis(now)), |row| {
            let generation = read(row, "generation", |number| Some(TokenGeneration(number)))?;
            Ok((id::<UserId>(row, "user_id")?, generation))
        })
        .optional()?;
    let Some((user_id, generation)) = found else { return Ok(None) };
    let known = account_state::state(connection, user_id)?;
    let known = known.map(|it| (it.generation, it.user)).filter(|(now, user)| {
        *now == generation && user.disabled_at.is_none() && user.origin == Origin::Own
    });
    Ok(known.map(|(_, user)| user))
}

fn take(
    connection: &Db,
    used_for: TokenUse,
    digest: TokenDigest,
    now: Timestamp,
) -> Result<Option<User>> {
    let user = holder(connection, used_for, digest, now)?;
    connection
        .prepare_cached("DELETE FROM mail_tokens WHERE digest = ? AND used_for = ?")?
        .execute((digest.0, used_for.as_str()))?;
    Ok(user)
}

fn is_verified(connection: &Db, user_id: UserId) -> Result<bool> {
    let since: Option<i64> = connection
        .prepare_cached("SELECT email_verified_at FROM users WHERE id = ?")?
        .query_row([bytes(user_id.0)], |row| row.get(0))?;
    Ok(since.is_some())
}
