//! `mail_tokens`: what a token that came in a letter allows.
//!
//! Invariant: a token is used once, only by an account that is as it was when the token was sent,
//! and an address that is not verified gets only a verification.

use domain::{Origin, TokenGeneration, User, UserId};
use jiff::{SignedDuration, Timestamp};
use store::{
    AccountChange, LETTERS_COUNTED_SECONDS, LastLetter, Made, TokenDigest, TokenLetter, TokenUse,
};

use super::{account, account_state, outbox, user};
use crate::column::{at, generation, get, id, read, time};
use crate::db::{Db, Values};
use crate::fault::{Result, these_rows};

pub(crate) async fn send_reset(
    db: Db<'_>,
    email: &str,
    letter: &TokenLetter,
    now: Timestamp,
) -> Result<()> {
    let Some(known) = user::credentials(db, email).await? else { return Ok(()) };
    if known.user.disabled_at.is_some() || !is_verified(db, known.user.id).await? {
        return Ok(());
    }
    begin(db, (&known.user, known.generation), TokenUse::Reset, letter, now).await
}

pub(crate) async fn send_verification(
    db: Db<'_>,
    user_id: UserId,
    letter: &TokenLetter,
    now: Timestamp,
) -> Result<()> {
    let Some(known) = account_state::state(db, user_id).await? else { return Ok(()) };
    if is_verified(db, user_id).await? {
        return Ok(());
    }
    begin(db, (&known.user, known.generation), TokenUse::Verify, letter, now).await
}

/// Not again within the pause. Also forgets tokens of all accounts that expired long ago; until then
/// their letters are counted.
async fn begin(
    db: Db<'_>,
    (user, generation): (&User, TokenGeneration),
    used_for: TokenUse,
    letter: &TokenLetter,
    now: Timestamp,
) -> Result<()> {
    // The provider verifies the addresses of its people, and they have no password here.
    if user.origin == Origin::Provider {
        return Ok(());
    }
    let counted_since = at(now - SignedDuration::from_secs(LETTERS_COUNTED_SECONDS));
    db.execute("DELETE FROM mail_tokens WHERE expires_at <= $1", &[&counted_since]).await?;
    let last = last(db, (user.id, generation), used_for).await?;
    let Some(count) = LastLetter::next(last, now) else { return Ok(()) };
    let (now, expires_at, count) = (at(now), at(letter.expires_at), i64::from(count));
    let sql = "INSERT INTO mail_tokens \
               (user_id, used_for, digest, generation, created_at, expires_at, letters) \
               VALUES ($1, $2, $3, $4, $5, $6, $7) \
               ON CONFLICT (user_id, used_for) DO UPDATE SET digest = excluded.digest, \
               generation = excluded.generation, created_at = excluded.created_at, \
               expires_at = excluded.expires_at, letters = excluded.letters";
    let (digest, generation): (&[u8], i64) = (&letter.digest.0, i64::from(generation.0));
    let used_for = used_for.as_str();
    let values: Values<'_> =
        &[&user.id.0, &used_for, &digest, &generation, &now, &expires_at, &count];
    these_rows("counting a letter", db.execute(sql, values).await?, 1)?;
    outbox::insert(db, letter.id, &letter.sealed, now).await
}

async fn last(
    db: Db<'_>,
    (user_id, now): (UserId, TokenGeneration),
    used_for: TokenUse,
) -> Result<Option<LastLetter>> {
    let sql = "SELECT letters, created_at, expires_at, generation FROM mail_tokens \
               WHERE user_id = $1 AND used_for = $2";
    let Some(row) = db.optional(sql, &[&user_id.0, &used_for.as_str()]).await? else {
        return Ok(None);
    };
    let letters = read(&row, "letters", |count: i64| u32::try_from(count).ok())?;
    let count = used_for.counted(letters, generation(&row, "generation")? == now);
    let (written_at, expires_at) = (time(&row, "created_at")?, time(&row, "expires_at")?);
    Ok(Some(LastLetter { count, written_at, expires_at }))
}

/// The account before and after, if the token is good.
pub(crate) async fn reset(
    db: Db<'_>,
    digest: TokenDigest,
    hash: &str,
    made: Made<'_>,
) -> Result<Option<(User, User)>> {
    let Some(user) = take(db, TokenUse::Reset, digest, made.now).await? else { return Ok(None) };
    let change = AccountChange::Password { hash: hash.to_owned(), spared: None };
    account::change(db, user.id, &change, made).await.map(Some)
}

/// The account whose address is verified now, if the token is good.
pub(crate) async fn verify(
    db: Db<'_>,
    digest: TokenDigest,
    now: Timestamp,
) -> Result<Option<User>> {
    let Some(user) = take(db, TokenUse::Verify, digest, now).await? else { return Ok(None) };
    let sql = "UPDATE users SET email_verified_at = $2 WHERE id = $1";
    these_rows("verifying an address", db.execute(sql, &[&user.id.0, &at(now)]).await?, 1)?;
    Ok(Some(user))
}

/// The account of a token, while the token may be used.
pub(crate) async fn holder(
    db: Db<'_>,
    used_for: TokenUse,
    digest: TokenDigest,
    now: Timestamp,
) -> Result<Option<User>> {
    let sql = "SELECT user_id, generation FROM mail_tokens \
               WHERE digest = $1 AND used_for = $2 AND expires_at > $3";
    let (digest, used_for): (&[u8], &str) = (&digest.0, used_for.as_str());
    let Some(row) = db.optional(sql, &[&digest, &used_for, &at(now)]).await? else {
        return Ok(None);
    };
    let generation = generation(&row, "generation")?;
    let known = account_state::state(db, id(&row, "user_id")?).await?;
    let known = known.map(|it| (it.generation, it.user)).filter(|(now, user)| {
        *now == generation && user.disabled_at.is_none() && user.origin == Origin::Own
    });
    Ok(known.map(|(_, user)| user))
}

async fn take(
    db: Db<'_>,
    used_for: TokenUse,
    digest: TokenDigest,
    now: Timestamp,
) -> Result<Option<User>> {
    let user = holder(db, used_for, digest, now).await?;
    let (digest, used_for): (&[u8], &str) = (&digest.0, used_for.as_str());
    let sql = "DELETE FROM mail_tokens WHERE digest = $1 AND used_for = $2";
    db.execute(sql, &[&digest, &used_for]).await?;
    Ok(user)
}

async fn is_verified(db: Db<'_>, user_id: UserId) -> Result<bool> {
    let sql = "SELECT email_verified_at IS NOT NULL AS is_verified FROM users WHERE id = $1";
    get(&db.one(sql, &[&user_id.0]).await?, "is_verified")
}
