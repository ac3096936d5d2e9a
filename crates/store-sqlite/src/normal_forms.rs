//! The normal forms of what is looked up, as functions of SQL, and the rows that a change of them
//! left apart.
//!
//! The forms are the domain's. Older rows may share one now: a migration keeps both and this
//! reports it, because only a person who knows the company can say which of them is right.

use domain::bus::{PlateKey, plate};
use domain::station::slug;
use domain::user::email;
use domain::{BusId, CityKey, RouteId, UserId};
use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;
use uuid::Uuid;

/// Ids that one line of the log names.
const NAMED_MAX: usize = 20;

type Form = fn(String) -> String;

/// Makes `city_key`, `plate_key` and the `…_form`s known to a connection.
pub(crate) fn provide(connection: &Connection) -> rusqlite::Result<()> {
    let forms: [(&str, Form); 5] = [
        ("city_key", |name| CityKey::new(&name).as_str().to_owned()),
        ("plate_key", |text| PlateKey::new(&text).as_str().to_owned()),
        // A text that was accepted once and has no form now stays as it is.
        ("plate_form", |text| plate(&text).unwrap_or(text)),
        ("email_form", |text| email(&text).unwrap_or(text)),
        ("slug_form", |name| slug(&name)),
    ];
    let pure = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    for (name, form) in forms {
        connection.create_scalar_function(name, 1, pure, move |context| {
            context.get::<String>(0).map(form)
        })?;
    }
    Ok(())
}

/// Logs which rows the migrations left apart though their forms are equal.
pub(crate) fn tell_collisions(connection: &Connection) -> rusqlite::Result<()> {
    let buses = ids(connection, "SELECT id FROM buses WHERE plate_key IS NULL")?;
    if !buses.is_empty() {
        let buses = named(&buses, BusId);
        tracing::warn!(
            buses,
            "buses whose plate is another bus's, typed differently: they are \
             kept, and found by their id; give them their own plate or delete them"
        );
    }
    let users = ids(connection, "SELECT id FROM users WHERE email <> email_form(email)")?;
    if !users.is_empty() {
        let users = named(&users, UserId);
        tracing::warn!(
            users,
            "accounts whose e-mail address is another account's, typed \
             differently: they are kept, and log in with the address as it was typed"
        );
    }
    let routes = ids(
        connection,
        "SELECT DISTINCT route_id FROM stops GROUP BY route_id, city_key HAVING count(*) > 1",
    )?;
    if !routes.is_empty() {
        let routes = named(&routes, RouteId);
        tracing::warn!(
            routes,
            "departures with two stops of one name: only the first can be named"
        );
    }
    Ok(())
}

fn ids(connection: &Connection, sql: &str) -> rusqlite::Result<Vec<Uuid>> {
    let id = |bytes: [u8; 16]| Uuid::from_bytes(bytes);
    connection.prepare(sql)?.query_map([], |row| row.get(0).map(id))?.collect()
}

fn named<T: std::fmt::Display>(ids: &[Uuid], id: fn(Uuid) -> T) -> String {
    let mut names: Vec<String> =
        ids.iter().take(NAMED_MAX).map(|uuid| id(*uuid).to_string()).collect();
    if ids.len() > NAMED_MAX {
        names.push(format!("and {} more", ids.len() - NAMED_MAX));
    }
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migrations::{migrate, migrate_until};
    use crate::pragmas::shared_pragmas;

    /// Before plates and addresses had a form of their own.
    const BEFORE: i32 = 2;

    fn id(last: u8) -> Vec<u8> {
        [[0; 15].as_slice(), &[last]].concat()
    }

    fn texts(connection: &Connection, sql: &str) -> Vec<Option<String>> {
        let mut statement = connection.prepare(sql).unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }

    #[test]
    fn what_collides_is_kept_and_does_not_stop_the_start() {
        let mut db =
            Connection::open_in_memory().map(|db| shared_pragmas(db, 512)).unwrap().unwrap();
        migrate_until(&mut db, BEFORE).unwrap();
        for (last, plate) in [(1, "34ABC123"), (2, "34 ABC 123"), (3, "06 VİP 1"), (4, "odd/1")] {
            db.execute(
                "INSERT INTO buses VALUES (?, ?, 'M', 2, 'LAYOUT_2_1', '{}', '{}', NULL, NULL, NULL, \
                 NULL, ?, 0)",
                rusqlite::params![id(last), plate, last],
            )
            .unwrap();
        }
        for (last, email) in
            [(1, "info@x.example"), (2, "i\u{307}nfo@x.example"), (3, "a\u{200b}y@x.example")]
        {
            db.execute(
                "INSERT INTO users VALUES (?, ?, 'h', 'A', 'B', NULL, 'CUSTOMER', 0, 0)",
                rusqlite::params![id(last), email],
            )
            .unwrap();
        }
        db.execute(
            "INSERT INTO routes VALUES (?, ?, 0, 1, 'STANDARD', '[]', NULL, NULL, NULL, NULL, 1, 0, 0, 0)",
            [id(9), id(1)],
        )
        .unwrap();
        for (index, name) in ["Ankara", "Yeni  Şehir", "An\u{200b}kara"].into_iter().enumerate() {
            db.execute(
                "INSERT INTO stops VALUES (?, ?, ?, lower(?), ?)",
                rusqlite::params![id(9), index, name, name, index],
            )
            .unwrap();
        }
        migrate(&mut db).unwrap();

        let all = |sql| texts(&db, sql);
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            all("SELECT plate FROM buses ORDER BY id"),
            [some("34ABC123"), some("34 ABC 123"), some("06 VIP 1"), some("odd/1")],
            "the first could not take the form that the second has already"
        );
        assert_eq!(
            all("SELECT plate_key FROM buses ORDER BY id"),
            [some("34ABC123"), None, some("06VIP1"), some("ODD1")]
        );
        assert_eq!(
            all("SELECT email FROM users ORDER BY id"),
            [some("info@x.example"), some("i\u{307}nfo@x.example"), some("ay@x.example")]
        );
        assert_eq!(
            all("SELECT city_key FROM stops ORDER BY stop_index"),
            [some("ankara"), some("yeni sehir"), some("ankara")]
        );
        assert_eq!(
            all(
                "SELECT from_key || '-' || to_key FROM segments ORDER BY from_stop_index, to_stop_index"
            ),
            [some("ankara-yeni sehir"), some("ankara-ankara"), some("yeni sehir-ankara")]
        );
        assert_eq!(ids(&db, "SELECT id FROM buses WHERE plate_key IS NULL").unwrap().len(), 1);
        tell_collisions(&db).unwrap();
    }
}
