//! `users`: accounts and the hashes that their passwords are compared with.

use std::borrow::Cow;

use domain::passenger::Phone;
use domain::{Origin, Refusal, TokenGeneration, User, UserId};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, named_params, params_from_iter};
use store::{
    ACCOUNTS_BY_PHONE_MAX, ACCOUNTS_LOOKED_AT_MAX, Credentials, DataKeys, Page, Paged, UserBrief,
    UserColumns, UserFilter, is_placeholder_email, taken_email,
};

use super::{Where, json_texts, text, user_word};
use crate::column::{at_most, bytes, id, millis, optional_time, read, role, time, unopened};
use crate::db::Db;
use crate::fault::{self, Result};

pub(crate) fn of_row(keys: &DataKeys, row: &Row<'_>) -> rusqlite::Result<User> {
    let id = id(row, "id")?;
    let phone: Option<String> = row.get("phone")?;
    let person = UserColumns { phone: phone.map(Cow::from), ..names(row)? };
    let person = keys.user_person(id, person).map_err(unopened)?;
    Ok(User {
        id,
        email: email(row)?,
        first_name: person.first_name.into_owned(),
        last_name: person.last_name.into_owned(),
        phone: person.phone.map(Cow::into_owned),
        role: role(row, "role")?,
        disabled_at: optional_time(row, "disabled_at")?,
        is_demo: row.get("is_demo")?,
        origin: read(row, "origin", |text: String| Origin::parse(&text))?,
        created_at: time(row, "created_at")?,
        updated_at: time(row, "updated_at")?,
    })
}

/// The address that is shown.
fn email(row: &Row<'_>) -> rusqlite::Result<String> {
    let shown: Option<String> = row.get("shown_email")?;
    shown.map_or_else(|| row.get("email"), Ok)
}

fn names(row: &Row<'_>) -> rusqlite::Result<UserColumns<'static>> {
    Ok(UserColumns {
        sealed: row.get("sealed")?,
        first_name: row.get::<_, String>("first_name")?.into(),
        last_name: row.get::<_, String>("last_name")?.into(),
        phone: None,
    })
}

pub(crate) fn insert(db: &Db, user: &User, password_hash: &str) -> Result<()> {
    let is_taken = email_is_taken(db, &user.email)?;
    let (email, shown_email) = match user.origin {
        Origin::Own if is_taken => return Err(Refusal::EmailTaken.into()),
        // The provider vouches for its person, who must not be kept out by whoever came first.
        Origin::Provider if is_taken => (taken_email(user.id), Some(&user.email)),
        _ => (user.email.clone(), None),
    };
    let person = db.keys().user_columns(user);
    let inserted = db
        .prepare_cached(
            "INSERT INTO users (id, email, password_hash, first_name, last_name, phone, role, \
             disabled_at, is_demo, created_at, updated_at, sealed, origin, shown_email) VALUES (:id, :email, \
             :password_hash, :first_name, :last_name, :phone, :role, :disabled_at, :is_demo, \
             :created_at, :updated_at, :sealed, :origin, :shown_email)",
        )?
        .execute(named_params! {
            ":id": bytes(user.id.0),
            ":email": email,
            ":shown_email": shown_email,
            ":password_hash": password_hash,
            ":first_name": person.first_name,
            ":last_name": person.last_name,
            ":phone": person.phone,
            ":sealed": person.sealed,
            ":role": user.role.as_str(),
            ":disabled_at": user.disabled_at.map(millis),
            ":is_demo": user.is_demo,
            ":origin": user.origin.as_str(),
            ":created_at": millis(user.created_at),
            ":updated_at": millis(user.updated_at),
        });
    match inserted {
        // The id belongs to an account, which may have been deleted.
        Err(error) if fault::is_taken(&error) => return Err(Refusal::EmailTaken.into()),
        other => drop(other?),
    }
    user_word::insert(db, db.keys(), user)
}

fn email_is_taken(db: &Db, email: &str) -> Result<bool> {
    let found = db
        .prepare_cached("SELECT 1 FROM users WHERE email = ?")?
        .query_row([email], |_| Ok(()))
        .optional()?;
    Ok(found.is_some() || is_placeholder_email(email))
}

/// By e-mail address.
pub(crate) fn list(db: &Db, filter: &UserFilter, page: Page) -> Result<Paged<User>> {
    let mut conditions = Where::default();
    conditions.and("deleted_at IS NULL", []);
    // Accounts that were found by their words must not be searched again by an index of roles.
    let of_role = if filter.begins_with.is_some() { "+role = ?" } else { "role = ?" };
    conditions.and_some(of_role, filter.role, |role| text(role.as_str()));
    match filter.is_disabled {
        Some(true) => conditions.and("disabled_at IS NOT NULL", []),
        Some(false) => conditions.and("disabled_at IS NULL", []),
        None => {}
    }
    match filter.is_demo {
        // Written as in the index's condition, or the index would not be used.
        Some(true) => conditions.and("is_demo = 1", []),
        Some(false) => conditions.and("is_demo = 0", []),
        None => {}
    }
    let Some(beginning) = &filter.begins_with else {
        // The index that is read in the order of the list and skips the fewest entries. It has all
        // that is asked for: no account is read that the page does not show.
        let table = match filter {
            UserFilter { is_demo: Some(true), .. } => "users INDEXED BY users_of_the_demo",
            UserFilter { is_disabled: Some(true), .. } => "users INDEXED BY users_disabled",
            UserFilter { role: Some(_), .. } => "users INDEXED BY users_by_role",
            _ => "users INDEXED BY users_in_use",
        };
        let found = conditions.page(db, "id", table, "email", page, |row| id(row, "id"))?;
        let Paged { items, total, is_limited } = found;
        let users =
            items.into_iter().map(|id| by_id(db, id)?.ok_or(Refusal::AccountNotFound.into()));
        return Ok(Paged { items: users.collect::<Result<_>>()?, total, is_limited });
    };
    let (from, to) = range(beginning.as_str());
    let names = json_texts(&db.keys().name_lookups(beginning));
    // For a word that nearly all accounts begin with, it is no use to read them all.
    let ids = "SELECT DISTINCT user_id FROM (SELECT user_id FROM user_words \
               WHERE word >= ? AND word < ? UNION ALL SELECT user_id FROM user_words \
               WHERE word IN (SELECT value FROM json_each(?))) LIMIT ?";
    let looked_at = at_most(ACCOUNTS_LOOKED_AT_MAX);
    let values = |most| [text(from), text(&to), names.clone(), Value::Integer(most)];
    let begun: i64 = db
        .prepare_cached(&format!("SELECT count(*) FROM ({ids})"))?
        .query_row(params_from_iter(values(looked_at + 1)), |row| row.get(0))?;
    let found = format!("({ids}) w CROSS JOIN users u ON u.id = w.user_id");
    let of_row = |row: &Row<'_>| of_row(db.keys(), row);
    let found = conditions.page_of(db, values(looked_at), "u.*", &found, "email", page, of_row)?;
    Ok(found.limited_if(begun > looked_at))
}

/// Those that have this phone number, by e-mail address.
pub(crate) fn with_phone(db: &Db, phone: &Phone) -> Result<Vec<User>> {
    let mut found = Vec::new();
    // A row stands under one of the texts.
    for text in db.keys().phone_lookups(phone) {
        let mut statement = db.prepare_cached(
            "SELECT * FROM users INDEXED BY users_by_phone \
             WHERE phone = ? AND deleted_at IS NULL LIMIT ?",
        )?;
        let most = at_most(ACCOUNTS_BY_PHONE_MAX);
        let users = statement.query_map((text, most), |row| of_row(db.keys(), row))?;
        for user in users {
            found.push(user?);
        }
    }
    found.sort_by(|a, b| a.email.cmp(&b.email));
    found.truncate(ACCOUNTS_BY_PHONE_MAX);
    Ok(found)
}

/// The texts with this beginning, from the first to after the last.
fn range(beginning: &str) -> (&str, String) {
    (beginning, format!("{beginning}{}", char::MAX))
}

/// How often accounts were changed, by any process.
pub(crate) fn changes(connection: &Connection) -> Result<i64> {
    let number = connection
        .prepare_cached("SELECT number FROM account_changes")?
        .query_row([], |row| row.get("number"))?;
    Ok(number)
}

pub(crate) fn by_id(db: &Db, id: UserId) -> Result<Option<User>> {
    let found = db
        .prepare_cached("SELECT * FROM users WHERE id = ? AND deleted_at IS NULL")?
        .query_row([bytes(id.0)], |row| of_row(db.keys(), row))
        .optional()?;
    Ok(found)
}

/// Also one that was deleted.
pub(crate) fn ever_by_id(db: &Db, id: UserId) -> Result<Option<User>> {
    let found = db
        .prepare_cached("SELECT * FROM users WHERE id = ?")?
        .query_row([bytes(id.0)], |row| of_row(db.keys(), row))
        .optional()?;
    Ok(found)
}

pub(crate) fn brief(db: &Db, user_id: UserId) -> Result<Option<UserBrief>> {
    let found = db
        .prepare_cached(
            "SELECT id, email, shown_email, first_name, last_name, sealed FROM users WHERE id = ?",
        )?
        .query_row([bytes(user_id.0)], |row| {
            let person = db.keys().user_person(user_id, names(row)?).map_err(unopened)?;
            Ok(UserBrief {
                id: user_id,
                email: email(row)?,
                first_name: person.first_name.into_owned(),
                last_name: person.last_name.into_owned(),
            })
        })
        .optional()?;
    Ok(found)
}

pub(crate) fn credentials(db: &Db, email: &str) -> Result<Option<Credentials>> {
    let found = db
        .prepare_cached("SELECT * FROM users WHERE email = ? AND deleted_at IS NULL")?
        .query_row([email], |row| {
            Ok(Credentials {
                user: of_row(db.keys(), row)?,
                password_hash: row.get("password_hash")?,
                generation: read(row, "generation", |number| Some(TokenGeneration(number)))?,
            })
        })
        .optional()?;
    Ok(found)
}
