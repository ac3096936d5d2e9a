//! `users`: accounts and the hashes that their passwords are compared with.

use std::borrow::Cow;

use domain::passenger::Phone;
use domain::{Origin, Refusal, Role, User, UserId};
use store::{
    ACCOUNTS_BY_PHONE_MAX, ACCOUNTS_LOOKED_AT_MAX, Credentials, DataKeys, Page, Paged, UserBrief,
    UserColumns, UserFilter, is_placeholder_email, taken_email,
};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::user_word;
use crate::column::{at, at_most, generation, get, id, optional_time, read, role, time};
use crate::condition::Where;
use crate::db::Db;
use crate::fault::{Fault, Result};

pub(super) const COLUMNS: &str = "id, email, shown_email, first_name, last_name, phone, role, disabled_at, is_demo, \
     created_at, updated_at, sealed, origin";

pub(crate) fn of_row(keys: &DataKeys, row: &Row) -> Result<User> {
    let user_id = id(row, "id")?;
    let phone: Option<&str> = get(row, "phone")?;
    let person = UserColumns { phone: phone.map(Cow::from), ..names(row)? };
    let person = keys.user_person(user_id, person)?;
    Ok(User {
        id: user_id,
        email: email(row)?,
        first_name: person.first_name.into_owned(),
        last_name: person.last_name.into_owned(),
        phone: person.phone.map(Cow::into_owned),
        role: role(row, "role")?,
        disabled_at: optional_time(row, "disabled_at")?,
        is_demo: get(row, "is_demo")?,
        origin: read(row, "origin", Origin::parse)?,
        created_at: time(row, "created_at")?,
        updated_at: time(row, "updated_at")?,
    })
}

/// The address that is shown.
fn email(row: &Row) -> Result<String> {
    let shown: Option<String> = get(row, "shown_email")?;
    shown.map_or_else(|| get(row, "email"), Ok)
}

fn names(row: &Row) -> Result<UserColumns<'_>> {
    let text = |name| Ok::<_, Fault>(Cow::from(get::<&str>(row, name)?));
    let (first_name, last_name) = (text("first_name")?, text("last_name")?);
    Ok(UserColumns { sealed: get(row, "sealed")?, first_name, last_name, phone: None })
}

pub(crate) async fn insert(db: Db<'_>, user: &User, password_hash: &str) -> Result<()> {
    let is_taken = email_is_taken(db, &user.email).await?;
    let (email, shown_email) = match user.origin {
        Origin::Own if is_taken => return Err(Refusal::EmailTaken.into()),
        // The provider vouches for its person, who must not be kept out by whoever came first.
        Origin::Provider if is_taken => (taken_email(user.id), Some(&user.email)),
        _ => (user.email.clone(), None),
    };
    let person = db.keys().user_columns(user);
    // An id that is taken, also by an account that was deleted, does not spoil the transaction: it is
    // no error of the database.
    let inserted = db
        .execute(
            "INSERT INTO users (id, email, password_hash, first_name, last_name, phone, role, \
         disabled_at, is_demo, created_at, updated_at, sealed, origin, shown_email) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT DO NOTHING",
            &[
                &user.id.0,
                &email,
                &password_hash,
                &person.first_name,
                &person.last_name,
                &person.phone,
                &user.role.as_str(),
                &user.disabled_at.map(at),
                &user.is_demo,
                &at(user.created_at),
                &at(user.updated_at),
                &person.sealed,
                &user.origin.as_str(),
                &shown_email,
            ],
        )
        .await?;
    if inserted == 0 {
        return Err(Refusal::EmailTaken.into());
    }
    user_word::insert(db, user).await
}

async fn email_is_taken(db: Db<'_>, email: &str) -> Result<bool> {
    let found = db.optional("SELECT 1 FROM users WHERE email = $1", &[&email]).await?;
    Ok(found.is_some() || is_placeholder_email(email))
}

/// By e-mail address.
pub(crate) async fn list(db: Db<'_>, filter: &UserFilter, page: Page) -> Result<Paged<User>> {
    let of_row = |row: &Row| of_row(db.keys(), row);
    let mut conditions = Where::default();
    conditions.and("deleted_at IS NULL");
    conditions.and_some("role = ?", filter.role, Role::as_str);
    match filter.is_disabled {
        Some(true) => conditions.and("disabled_at IS NOT NULL"),
        Some(false) => conditions.and("disabled_at IS NULL"),
        None => {}
    }
    match filter.is_demo {
        // Written as in the index's condition, or the index would not be used.
        Some(true) => conditions.and("is_demo"),
        Some(false) => conditions.and("NOT is_demo"),
        None => {}
    }
    let Some(beginning) = &filter.begins_with else {
        // An index has all that is asked for: no account is read that the page does not show.
        let found = conditions.page(db, "id", "users", "email", page, |row| get::<Uuid>(row, "id"));
        let Paged { items, total, is_limited } = found.await?;
        let sql = format!("SELECT {COLUMNS} FROM users WHERE id = ANY($1) AND deleted_at IS NULL");
        return Ok(Paged { items: by_email(db, &sql, &[&items]).await?, total, is_limited });
    };
    // From the first word with this beginning to after the last; and the texts of a whole name. For
    // a word that nearly all accounts begin with, it is no use to read them all.
    let from = beginning.as_str().to_owned();
    let (to, names) = (format!("{from}{}", char::MAX), db.keys().name_lookups(beginning));
    let most = at_most(ACCOUNTS_LOOKED_AT_MAX + 1);
    let sql = "SELECT DISTINCT user_id FROM (SELECT user_id FROM user_words \
               WHERE word >= $1 AND word < $2 UNION ALL SELECT user_id FROM user_words \
               WHERE word = ANY($3)) w LIMIT $4";
    let found = db.rows(sql, &[&from, &to, &names, &most]).await?;
    let mut ids =
        found.iter().map(|row| get::<Uuid>(row, "user_id")).collect::<Result<Vec<Uuid>>>()?;
    let is_cut = ids.len() > ACCOUNTS_LOOKED_AT_MAX;
    ids.truncate(ACCOUNTS_LOOKED_AT_MAX);
    let ids = conditions.push(Box::new(ids));
    // `OFFSET 0` makes these come first: else all accounts would be read in the order of the
    // answer.
    let found = format!(
        "(SELECT {COLUMNS}, deleted_at FROM users u WHERE u.id = ANY(${ids}) OFFSET 0) found"
    );
    Ok(conditions.page(db, COLUMNS, &found, "email", page, of_row).await?.limited_if(is_cut))
}

/// Those that have this phone number, by e-mail address.
pub(crate) async fn with_phone(db: Db<'_>, phone: &Phone) -> Result<Vec<User>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM users WHERE phone = ANY($1) AND deleted_at IS NULL LIMIT $2"
    );
    let (texts, most) = (db.keys().phone_lookups(phone), at_most(ACCOUNTS_BY_PHONE_MAX));
    by_email(db, &sql, &[&texts, &most]).await
}

/// Sorted here: for the order PostgreSQL would scan all accounts.
async fn by_email(db: Db<'_>, sql: &str, values: &[&(dyn ToSql + Sync)]) -> Result<Vec<User>> {
    let found = db.rows(sql, values).await?;
    let of_row = |row: &Row| Ok((get::<String>(row, "email")?, of_row(db.keys(), row)?));
    let mut found = found.iter().map(of_row).collect::<Result<Vec<_>>>()?;
    // By the unique one, as in the index, and not by the one that is shown.
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok(found.into_iter().map(|(_, user)| user).collect())
}

pub(crate) async fn by_id(db: Db<'_>, id: UserId) -> Result<Option<User>> {
    let sql = format!("SELECT {COLUMNS} FROM users WHERE id = $1 AND deleted_at IS NULL");
    db.optional(&sql, &[&id.0]).await?.map(|row| of_row(db.keys(), &row)).transpose()
}

/// Also one that was deleted.
pub(crate) async fn ever_by_id(db: Db<'_>, id: UserId) -> Result<Option<User>> {
    let sql = format!("SELECT {COLUMNS} FROM users WHERE id = $1");
    db.optional(&sql, &[&id.0]).await?.map(|row| of_row(db.keys(), &row)).transpose()
}

/// The part of an account that a ticket shows.
macro_rules! select_briefs {
    ($which:literal) => {
        concat!(
            "SELECT id, email, shown_email, first_name, last_name, sealed FROM users WHERE ",
            $which
        )
    };
}
pub(crate) use select_briefs;

pub(crate) fn brief(keys: &DataKeys, row: &Row) -> Result<UserBrief> {
    let user_id = id(row, "id")?;
    let person = keys.user_person(user_id, names(row)?)?;
    Ok(UserBrief {
        id: user_id,
        email: email(row)?,
        first_name: person.first_name.into_owned(),
        last_name: person.last_name.into_owned(),
    })
}

/// Unknown ones are left out.
pub(crate) async fn briefs(db: Db<'_>, ids: &[UserId]) -> Result<Vec<UserBrief>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = db.rows(select_briefs!("id = ANY($1)"), &[&ids]).await?;
    rows.iter().map(|row| brief(db.keys(), row)).collect()
}

pub(crate) async fn credentials(db: Db<'_>, email: &str) -> Result<Option<Credentials>> {
    let sql = format!(
        "SELECT {COLUMNS}, password_hash, generation FROM users \
         WHERE email = $1 AND deleted_at IS NULL"
    );
    let Some(row) = db.optional(&sql, &[&email]).await? else { return Ok(None) };
    Ok(Some(Credentials {
        user: of_row(db.keys(), &row)?,
        password_hash: get(&row, "password_hash")?,
        generation: generation(&row, "generation")?,
    }))
}
