//! Seals all personal values with the key that encrypts now, also while a server sells.
//!
//! Invariants: a row is read and written in one transaction, so nothing that a server writes
//! meanwhile is lost; the database forgets a key only after all rows were looked at and none was
//! sealed with it. A run that is stopped leaves every row readable, and the next run goes on.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::time::Instant;

use domain::{BookingId, TicketId, UserId};
use rusqlite::{Connection, Row, Transaction, TransactionBehavior, params};
use store::{
    ContactColumns, DataKeys, KeyId, REKEY_ROWS_AT_ONCE, Rekeyed, TicketColumns, UserColumns,
};

use crate::column::{bytes, id};
use crate::database_file::DatabaseFile;
use crate::db::Db;
use crate::fault::{Fault, Result as Inner};
use crate::migrations::{is_up_to_date, migrate};
use crate::open_error::OpenError;
use crate::pragmas::prepared;
use crate::table::{data_key, run_out, user, user_word};

#[derive(Debug, thiserror::Error)]
pub enum RekeyError {
    #[error("{0}")]
    Open(#[from] OpenError),
    #[error("there is no data key to encrypt with (SEATWIRE_DATA_KEY)")]
    NoKey,
    #[error(
        "the server that runs on {} encrypts with another key; start it with the new key in front \
         first",
        .0.display()
    )]
    OtherCurrent(PathBuf),
    #[error("{}: {cause}", path.display())]
    Failed { path: PathBuf, cause: String },
}

/// One step over the rows of a table after an id: returns how many there were, how many were
/// changed, and the last of them.
type Step = fn(&Transaction<'_>, &DataKeys, Pass, &[u8]) -> Inner<Stepped>;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Pass {
    Seal,
    Verify,
}

#[derive(Default)]
struct Stepped {
    last: Option<Vec<u8>>,
    read: u64,
    other: u64,
}

impl Stepped {
    fn note(&mut self, id: &[u8], is_other: bool) {
        self.last = Some(id.to_vec());
        self.read += 1;
        self.other += u64::from(is_other);
    }
}

// Their statements are in small letters: they scan whole tables, and their plans are not checked.
const TABLES: [Step; 4] = [tickets, bookings, users, kept_answers];

/// Seals every row again that is not sealed with the first of the keys, reports from time to time
/// how far it is, and looks at all rows again.
pub fn rekey(
    path: &Path,
    keys: &DataKeys,
    mut told: impl FnMut(&Rekeyed),
) -> Result<Rekeyed, RekeyError> {
    let Some((first, _)) = keys.known_as().next() else { return Err(RekeyError::NoKey) };
    let file = DatabaseFile::open_beside(path)?;
    let failed = |cause: &dyn std::fmt::Display| RekeyError::Failed {
        path: path.to_owned(),
        cause: cause.to_string(),
    };
    let mut writing =
        Connection::open(file.path()).and_then(prepared).map_err(|error| failed(&error))?;
    if file.is_locked() {
        migrate(&mut writing).map_err(|error| failed(&error))?;
    } else if !is_up_to_date(&mut writing).map_err(|error| failed(&error))? {
        return Err(OpenError::OtherVersion { path: path.to_owned() }.into());
    }
    data_key::take(&mut writing, keys, file.is_locked())
        .map_err(|error| failed(&error))?
        .map_err(|cause| OpenError::DataKeys { path: path.to_owned(), cause })?;
    if data_key::current(&writing).map_err(|error| failed(&error))?.as_deref() != Some(first) {
        return Err(RekeyError::OtherCurrent(path.to_owned()));
    }
    // Overwritten values become zeroes.
    writing.pragma_update(None, "secure_delete", true).map_err(|error| failed(&error))?;
    let mut db = Db::new(writing, keys).map_err(|error| failed(&error))?;
    let mut done = Rekeyed::default();
    all(&mut db, Pass::Seal, &mut done, &mut told).map_err(|fault| failed(&fault))?;
    run_outs(&mut db).map_err(|fault| failed(&fault))?;
    all(&mut db, Pass::Verify, &mut done, &mut told).map_err(|fault| failed(&fault))?;
    if done.left == 0 {
        data_key::keep_only(&db, first).map_err(|error| failed(&error))?;
    }
    if file.is_locked() {
        // Pages may still hold values from before there was a key. A server must not wait until all
        // of them are written again.
        db.execute_batch("vacuum; pragma wal_checkpoint(truncate)")
            .map_err(|error| failed(&error))?;
    }
    Ok(done)
}

fn all(db: &mut Db, pass: Pass, done: &mut Rekeyed, told: &mut impl FnMut(&Rekeyed)) -> Inner<()> {
    let keys = db.keys().clone();
    for step in TABLES {
        let mut behind = Vec::new();
        loop {
            let begun = Instant::now();
            let behavior = match pass {
                Pass::Seal => TransactionBehavior::Immediate,
                Pass::Verify => TransactionBehavior::Deferred,
            };
            let transaction = db.transaction_with_behavior(behavior)?;
            let stepped = step(&transaction, &keys, pass, &behind)?;
            transaction.commit()?;
            match pass {
                Pass::Seal => {
                    done.read += stepped.read;
                    done.sealed += stepped.other;
                    // A server gets as much time for sales as this step took from it.
                    std::thread::sleep(begun.elapsed());
                }
                Pass::Verify => done.left += stepped.other,
            }
            told(done);
            match stepped.last {
                Some(last) => behind = last,
                None => break,
            }
        }
    }
    Ok(())
}

fn text(row: &Row<'_>, name: &str) -> rusqlite::Result<Cow<'static, str>> {
    row.get::<_, String>(name).map(Cow::from)
}

fn optional_text(row: &Row<'_>, name: &str) -> rusqlite::Result<Option<Cow<'static, str>>> {
    Ok(row.get::<_, Option<String>>(name)?.map(Cow::from))
}

fn tickets(db: &Transaction<'_>, keys: &DataKeys, pass: Pass, behind: &[u8]) -> Inner<Stepped> {
    let mut read = db.prepare_cached(
        "select id, phone, passenger_name, identity_number, passport_number, passport_country, \
         sealed from tickets where id > ? order by id limit ?",
    )?;
    let mut rows = read.query(params![behind, REKEY_ROWS_AT_ONCE])?;
    let mut stepped = Stepped::default();
    while let Some(row) = rows.next()? {
        let id: TicketId = id(row, "id")?;
        let columns = TicketColumns {
            sealed: row.get("sealed")?,
            phone: text(row, "phone")?,
            name: text(row, "passenger_name")?,
            identity_number: optional_text(row, "identity_number")?,
            passport_number: optional_text(row, "passport_number")?,
            passport_country: optional_text(row, "passport_country")?,
        };
        let again = keys.ticket_again(id, columns.clone())?;
        stepped.note(&bytes(id.0), again.is_some());
        match (pass, again) {
            (Pass::Verify, _) => drop(keys.ticket_person(id, columns)?),
            (Pass::Seal, None) => {}
            (Pass::Seal, Some(again)) => {
                db.prepare_cached(
                    "update tickets set phone = ?2, passenger_name = ?3, identity_number = ?4, \
                     passport_number = ?5, passport_country = ?6, sealed = ?7 where id = ?1",
                )?
                .execute(params![
                    bytes(id.0),
                    again.phone,
                    again.name,
                    again.identity_number,
                    again.passport_number,
                    again.passport_country,
                    again.sealed
                ])?;
            }
        }
    }
    Ok(stepped)
}

fn bookings(db: &Transaction<'_>, keys: &DataKeys, pass: Pass, behind: &[u8]) -> Inner<Stepped> {
    let mut read = db.prepare_cached(
        "select id, contact_name, contact_phone, contact_email, sealed from bookings \
         where id > ? order by id limit ?",
    )?;
    let mut rows = read.query(params![behind, REKEY_ROWS_AT_ONCE])?;
    let mut stepped = Stepped::default();
    while let Some(row) = rows.next()? {
        let id: BookingId = id(row, "id")?;
        let columns = ContactColumns {
            sealed: row.get("sealed")?,
            phone: text(row, "contact_phone")?,
            name: optional_text(row, "contact_name")?,
            email: optional_text(row, "contact_email")?,
        };
        let again = keys.contact_again(id, columns.clone())?;
        stepped.note(&bytes(id.0), again.is_some());
        match (pass, again) {
            (Pass::Verify, _) => drop(keys.contact(id, columns)?),
            (Pass::Seal, None) => {}
            (Pass::Seal, Some(again)) => {
                db.prepare_cached(
                    "update bookings set contact_name = ?2, contact_phone = ?3, \
                     contact_email = ?4, sealed = ?5 where id = ?1",
                )?
                .execute(params![
                    bytes(id.0),
                    again.name,
                    again.phone,
                    again.email,
                    again.sealed
                ])?;
            }
        }
    }
    Ok(stepped)
}

fn users(db: &Transaction<'_>, keys: &DataKeys, pass: Pass, behind: &[u8]) -> Inner<Stepped> {
    let mut read = db.prepare_cached("select * from users where id > ? order by id limit ?")?;
    let mut rows = read.query(params![behind, REKEY_ROWS_AT_ONCE])?;
    let mut stepped = Stepped::default();
    while let Some(row) = rows.next()? {
        let id: UserId = id(row, "id")?;
        let columns = UserColumns {
            sealed: row.get("sealed")?,
            first_name: text(row, "first_name")?,
            last_name: text(row, "last_name")?,
            phone: optional_text(row, "phone")?,
        };
        let again = keys.user_again(id, columns)?;
        stepped.note(&bytes(id.0), again.is_some());
        let known = user::of_row(keys, row)?;
        let is_found: bool = row.get::<_, Option<i64>>("deleted_at")?.is_none();
        let (Pass::Seal, Some(again)) = (pass, again) else { continue };
        db.prepare_cached(
            "update users set first_name = ?2, last_name = ?3, phone = ?4, sealed = ?5 \
             where id = ?1",
        )?
        .execute(params![
            bytes(id.0),
            again.first_name,
            again.last_name,
            again.phone,
            again.sealed
        ])?;
        user_word::delete(db, keys, &known)?;
        if is_found {
            user_word::insert(db, keys, &known)?;
        }
    }
    Ok(stepped)
}

fn kept_answers(
    db: &Transaction<'_>,
    keys: &DataKeys,
    pass: Pass,
    behind: &[u8],
) -> Inner<Stepped> {
    let mut read = db.prepare_cached(
        "select id, content from idempotency_keys where id > ? and content is not null \
         order by id limit ?",
    )?;
    let mut rows = read.query(params![behind, REKEY_ROWS_AT_ONCE])?;
    let mut stepped = Stepped::default();
    while let Some(row) = rows.next()? {
        let id = KeyId(row.get("id")?);
        let content: Vec<u8> = row.get("content")?;
        let again = keys.kept_answer_again(id, &content);
        stepped.note(&id.0, again.is_some());
        if let (Pass::Seal, Some(again)) = (pass, again) {
            db.prepare_cached("update idempotency_keys set content = ?2 where id = ?1")?
                .execute(params![&id.0[..], again])?;
        }
    }
    Ok(stepped)
}

/// They are few: those of the last hour in which any ran out.
fn run_outs(db: &mut Db) -> Inner<()> {
    let keys = db.keys().clone();
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    run_out::seal_again(&transaction, &keys)?;
    transaction.commit().map_err(Fault::from)
}
