//! `users`: accounts and the hashes their passwords are compared with.

use domain::{Refusal, Role, User, UserId};
use jiff::Timestamp;
use store::{AccountChange, Credentials, Page, Paged, UserBrief, UserFilter};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::column::{at, count, get, id, optional_time, role, time};
use crate::condition::Where;
use crate::db::Db;
use crate::fault::{Result, these_rows};

const COLUMNS: &str = "id, email, first_name, last_name, phone, role, disabled_at, is_demo, \
     created_at, updated_at";

fn user(row: &Row) -> Result<User> {
    Ok(User {
        id: id(row, "id")?,
        email: get(row, "email")?,
        first_name: get(row, "first_name")?,
        last_name: get(row, "last_name")?,
        phone: get(row, "phone")?,
        role: role(row, "role")?,
        disabled_at: optional_time(row, "disabled_at")?,
        is_demo: get(row, "is_demo")?,
        created_at: time(row, "created_at")?,
        updated_at: time(row, "updated_at")?,
    })
}

pub(crate) async fn insert(db: Db<'_>, user: &User, password_hash: &str) -> Result<()> {
    // Nothing of the transaction is lost by an address that is taken: it is no error of the database.
    let inserted = db
        .execute(
            "INSERT INTO users (id, email, password_hash, first_name, last_name, phone, role, \
         disabled_at, is_demo, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (email) DO NOTHING",
            &[
                &user.id.0,
                &user.email,
                &password_hash,
                &user.first_name,
                &user.last_name,
                &user.phone,
                &user.role.as_str(),
                &user.disabled_at.map(at),
                &user.is_demo,
                &at(user.created_at),
                &at(user.updated_at),
            ],
        )
        .await?;
    if inserted == 0 { Err(Refusal::EmailTaken.into()) } else { Ok(()) }
}

/// Changes one account, and says how it was and how it is; a refusal changes nothing.
pub(crate) async fn change(
    db: Db<'_>,
    id: UserId,
    change: &AccountChange,
    now: Timestamp,
) -> Result<(User, User)> {
    let known = by_id(db, id).await?.ok_or(Refusal::UserNotFound)?;
    const DISABLED_AT: &str = "UPDATE users SET disabled_at = $3, updated_at = $2 WHERE id = $1";
    const PASSWORD: &str = "UPDATE users SET password_hash = $3, is_demo = false, updated_at = $2 \
         WHERE id = $1";
    let now = at(now);
    let changed = match change {
        AccountChange::Disable if known.disabled_at.is_some() => return Ok((known.clone(), known)),
        AccountChange::Disable => {
            if known.role == Role::Admin && administrators(db).await? <= 1 {
                return Err(Refusal::LastAdministrator.into());
            }
            db.execute(DISABLED_AT, &[&id.0, &now, &Some(now)]).await?
        }
        AccountChange::Enable => {
            db.execute(DISABLED_AT, &[&id.0, &now, &None::<Timestamp>]).await?
        }
        AccountChange::Password { hash } => db.execute(PASSWORD, &[&id.0, &now, hash]).await?,
    };
    these_rows("changing an account", changed, 1)?;
    let changed = by_id(db, id).await?.ok_or(Refusal::UserNotFound)?;
    Ok((known, changed))
}

/// How many can log in.
async fn administrators(db: Db<'_>) -> Result<u64> {
    let sql = "SELECT count(*) AS number FROM users WHERE role = $1 AND disabled_at IS NULL";
    count(&db.one(sql, &[&Role::Admin.as_str()]).await?, "number")
}

/// By e-mail address.
pub(crate) async fn list(db: Db<'_>, filter: &UserFilter, page: Page) -> Result<Paged<User>> {
    let mut conditions = Where::default();
    conditions.and_some("role = ?", filter.role, Role::as_str);
    match filter.is_disabled {
        Some(true) => conditions.and("disabled_at IS NOT NULL"),
        Some(false) => conditions.and("disabled_at IS NULL"),
        None => {}
    }
    match filter.is_demo {
        // Written as the index says it, or it would not be used.
        Some(true) => conditions.and("is_demo"),
        Some(false) => conditions.and("NOT is_demo"),
        None => {}
    }
    conditions.page(db, COLUMNS, "users", "email", page, user).await
}

pub(crate) async fn by_id(db: Db<'_>, id: UserId) -> Result<Option<User>> {
    let sql = format!("SELECT {COLUMNS} FROM users WHERE id = $1");
    db.optional(&sql, &[&id.0]).await?.as_ref().map(user).transpose()
}

/// As much of them as stands inside a ticket; unknown ones are left out.
pub(crate) async fn briefs(db: Db<'_>, ids: &[UserId]) -> Result<Vec<UserBrief>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let sql = "SELECT id, email, first_name, last_name FROM users WHERE id = ANY($1)";
    let brief = |row: &Row| {
        Ok(UserBrief {
            id: id(row, "id")?,
            email: get(row, "email")?,
            first_name: get(row, "first_name")?,
            last_name: get(row, "last_name")?,
        })
    };
    db.rows(sql, &[&ids]).await?.iter().map(brief).collect()
}

pub(crate) async fn credentials(db: Db<'_>, email: &str) -> Result<Option<Credentials>> {
    let sql = format!("SELECT {COLUMNS}, password_hash FROM users WHERE email = $1");
    let Some(row) = db.optional(&sql, &[&email]).await? else { return Ok(None) };
    Ok(Some(Credentials { user: user(&row)?, password_hash: get(&row, "password_hash")? }))
}
