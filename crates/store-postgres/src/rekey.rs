//! Seals all personal values with the key that encrypts now, while servers sell.
//!
//! Invariants: a row is locked, read and written in one transaction, so nothing that a server
//! writes meanwhile is lost; the database forgets a key only after a look at all rows found none
//! sealed with it. A run that is stopped leaves every row readable, and the next run goes on.

use std::borrow::Cow;
use std::time::Instant;

use domain::{BookingId, TicketId, UserId};
use store::{
    ContactColumns, DataKeys, KeyId, REKEY_ROWS_AT_ONCE, Rekeyed, TicketColumns, Unopened,
    UserColumns,
};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row};
use uuid::Uuid;

use crate::connection::{Address, Warnings};
use crate::fault::{Fault, told};
use crate::migrate::{MigrationError, migrate};
use crate::table::data_key::{self, TakeError};
use crate::table::{seat, user};

#[derive(Debug, thiserror::Error)]
pub enum RekeyError {
    #[error(transparent)]
    Migration(#[from] MigrationError),
    #[error(transparent)]
    DataKeys(#[from] TakeError),
    #[error("there is no data key to encrypt with (SEATWIRE_DATA_KEY)")]
    NoKey,
    #[error(
        "the servers encrypt with the data key `{0}`; start them with the new key in front first"
    )]
    OtherCurrent(String),
    #[error("the database failed: {0}")]
    Failed(String),
}

impl From<tokio_postgres::Error> for RekeyError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Failed(told(&error))
    }
}

impl From<Fault> for RekeyError {
    fn from(fault: Fault) -> Self {
        Self::Failed(fault.to_string())
    }
}

impl From<Unopened> for RekeyError {
    fn from(error: Unopened) -> Self {
        Self::Failed(error.to_string())
    }
}

#[derive(Clone, Copy)]
enum Table {
    Tickets,
    Bookings,
    Users,
    KeptAnswers,
}

/// An id of a table.
type Behind = Box<dyn ToSql + Send + Sync>;

/// How a row stands in the columns of its table, and its id.
type Values = Vec<Box<dyn ToSql + Send + Sync>>;

impl Table {
    const ALL: [Self; 4] = [Self::Tickets, Self::Bookings, Self::Users, Self::KeptAnswers];

    const fn read(self) -> &'static str {
        match self {
            Self::Tickets => {
                "select id, phone, passenger_name, identity_number, passport_number, \
                 passport_country, sealed from tickets where id > $1 order by id limit $2"
            }
            Self::Bookings => {
                "select id, contact_name, contact_phone, contact_email, sealed from bookings \
                 where id > $1 order by id limit $2"
            }
            Self::Users => {
                "select id, email, shown_email, first_name, last_name, phone, role, disabled_at, \
                 is_demo, created_at, updated_at, deleted_at, sealed, origin from users \
                 where id > $1 order by id limit $2"
            }
            Self::KeptAnswers => {
                // Of the last `KEY_HOURS`: older ones are deleted by the sales, which must not wait.
                "select id, content from idempotency_keys where id > $1 and content is not null \
                 and created_at >= now() - interval '24 hours' order by id limit $2"
            }
        }
    }

    /// In front of all ids, and the id of a row, as `read` takes it.
    fn id(self, row: Option<&Row>) -> Result<Behind, RekeyError> {
        Ok(match (self, row) {
            (Self::KeptAnswers, None) => Box::new(Vec::<u8>::new()),
            (Self::KeptAnswers, Some(row)) => Box::new(row.try_get::<_, Vec<u8>>("id")?),
            (_, None) => Box::new(Uuid::nil()),
            (_, Some(row)) => Box::new(row.try_get::<_, Uuid>("id")?),
        })
    }

    const fn write(self) -> &'static str {
        match self {
            Self::Tickets => {
                "update tickets set phone = $2, passenger_name = $3, identity_number = $4, \
                 passport_number = $5, passport_country = $6, sealed = $7 where id = $1"
            }
            Self::Bookings => {
                "update bookings set contact_name = $2, contact_phone = $3, contact_email = $4, \
                 sealed = $5 where id = $1"
            }
            Self::Users => {
                "update users set first_name = $2, last_name = $3, phone = $4, sealed = $5 \
                 where id = $1"
            }
            Self::KeptAnswers => "update idempotency_keys set content = $2 where id = $1",
        }
    }

    /// The row that replaces it; `None`: it is sealed with the key that encrypts now, and opens.
    fn again(self, keys: &DataKeys, row: &Row) -> Result<Option<Values>, RekeyError> {
        let text =
            |name| Ok::<_, RekeyError>(row.try_get::<_, Option<String>>(name)?.map(Cow::from));
        let id = || Ok::<Uuid, RekeyError>(row.try_get("id")?);
        let sealed = || Ok::<Option<Vec<u8>>, RekeyError>(row.try_get("sealed")?);
        Ok(match self {
            Self::Tickets => {
                let id = id()?;
                let columns = TicketColumns {
                    sealed: sealed()?,
                    phone: text("phone")?.unwrap_or_default(),
                    name: text("passenger_name")?.unwrap_or_default(),
                    identity_number: text("identity_number")?,
                    passport_number: text("passport_number")?,
                    passport_country: text("passport_country")?,
                };
                drop(keys.ticket_person(TicketId(id), columns.clone())?);
                keys.ticket_again(TicketId(id), columns)?.map(|again| -> Values {
                    vec![
                        Box::new(id),
                        Box::new(again.phone.into_owned()),
                        Box::new(again.name.into_owned()),
                        Box::new(again.identity_number.map(Cow::into_owned)),
                        Box::new(again.passport_number.map(Cow::into_owned)),
                        Box::new(again.passport_country.map(Cow::into_owned)),
                        Box::new(again.sealed),
                    ]
                })
            }
            Self::Bookings => {
                let id = id()?;
                let columns = ContactColumns {
                    sealed: sealed()?,
                    phone: text("contact_phone")?.unwrap_or_default(),
                    name: text("contact_name")?,
                    email: text("contact_email")?,
                };
                drop(keys.contact(BookingId(id), columns.clone())?);
                keys.contact_again(BookingId(id), columns)?.map(|again| -> Values {
                    vec![
                        Box::new(id),
                        Box::new(again.name.map(Cow::into_owned)),
                        Box::new(again.phone.into_owned()),
                        Box::new(again.email.map(Cow::into_owned)),
                        Box::new(again.sealed),
                    ]
                })
            }
            Self::Users => {
                let id = id()?;
                let columns = UserColumns {
                    sealed: sealed()?,
                    first_name: text("first_name")?.unwrap_or_default(),
                    last_name: text("last_name")?.unwrap_or_default(),
                    phone: text("phone")?,
                };
                drop(user::of_row(keys, row)?);
                keys.user_again(UserId(id), columns)?.map(|again| -> Values {
                    vec![
                        Box::new(id),
                        Box::new(again.first_name.into_owned()),
                        Box::new(again.last_name.into_owned()),
                        Box::new(again.phone.map(Cow::into_owned)),
                        Box::new(again.sealed),
                    ]
                })
            }
            Self::KeptAnswers => kept_answer_again(keys, row)?,
        })
    }
}

fn kept_answer_again(keys: &DataKeys, row: &Row) -> Result<Option<Values>, RekeyError> {
    let id: Vec<u8> = row.try_get("id")?;
    let whole = id.as_slice().try_into();
    let key = KeyId(whole.map_err(|_| RekeyError::Failed("a key is not 32 bytes".to_owned()))?);
    let again = keys.kept_answer_again(key, row.try_get("content")?);
    Ok(again.map(|content| -> Values { vec![Box::new(id), Box::new(content)] }))
}

/// Seals every row again that is not sealed with the first of the keys, reports from time to time
/// how far it is, and looks at all rows again.
pub async fn rekey(
    address: &Address,
    keys: &DataKeys,
    mut told: impl FnMut(&Rekeyed),
) -> Result<Rekeyed, RekeyError> {
    let Some((first, _)) = keys.known_as().next() else { return Err(RekeyError::NoKey) };
    migrate(address).await?;
    let (client, _driver) = address.connect(&Warnings::default()).await?;
    let known = data_key::known(&client).await?;
    match known.into_iter().find(|key| key.is_current) {
        Some(current) if current.id != first => return Err(RekeyError::OtherCurrent(current.id)),
        _ => data_key::take(address, keys).await?,
    }
    let mut done = Rekeyed::default();
    for table in Table::ALL {
        let mut behind = table.id(None)?;
        while let Some((last, read, sealed)) = seal(&client, keys, table, &*behind).await? {
            (behind, done.read, done.sealed) = (last, done.read + read, done.sealed + sealed);
            told(&done);
        }
    }
    run_outs(&client, keys).await?;
    for table in Table::ALL {
        let mut behind = table.id(None)?;
        loop {
            let rows = read(&client, table.read(), &*behind).await?;
            if rows.is_empty() {
                break;
            }
            behind = table.id(rows.last())?;
            for row in &rows {
                done.left += u64::from(table.again(keys, row)?.is_some());
            }
        }
    }
    if done.left == 0 {
        client.execute("delete from data_keys where id <> $1", &[&first]).await?;
    }
    Ok(done)
}

async fn read(
    client: &Client,
    sql: &str,
    behind: &(dyn ToSql + Sync),
) -> Result<Vec<Row>, RekeyError> {
    let Ok(limit) = i64::try_from(REKEY_ROWS_AT_ONCE) else {
        unreachable!("some rows are read at once")
    };
    Ok(client.query(sql, &[behind, &limit]).await?)
}

/// One transaction: the last row's id, how many there were, and how many were sealed again.
async fn seal(
    client: &Client,
    keys: &DataKeys,
    table: Table,
    behind: &(dyn ToSql + Sync),
) -> Result<Option<(Behind, u64, u64)>, RekeyError> {
    let begun = Instant::now();
    client.batch_execute("begin").await?;
    let sealed = async {
        let rows = read(client, &format!("{} for update", table.read()), behind).await?;
        if rows.is_empty() {
            return Ok(None);
        }
        let mut sealed = 0;
        for row in &rows {
            let Some(values) = table.again(keys, row)? else { continue };
            let values: Vec<&(dyn ToSql + Sync)> =
                values.iter().map(|value| &**value as &(dyn ToSql + Sync)).collect();
            client.execute(table.write(), &values).await?;
            if matches!(table, Table::Users) {
                words(client, keys, row).await?;
            }
            sealed += 1;
        }
        Ok::<_, RekeyError>(Some((table.id(rows.last())?, rows.len() as u64, sealed)))
    }
    .await;
    client.batch_execute(if sealed.is_ok() { "commit" } else { "rollback" }).await?;
    // Servers get as much time for sales as this step took from them.
    tokio::time::sleep(begun.elapsed()).await;
    sealed
}

/// The words that the account is found by.
async fn words(client: &Client, keys: &DataKeys, row: &Row) -> Result<(), RekeyError> {
    let known = user::of_row(keys, row)?;
    let sql = "delete from user_words where word = any($1) and user_id = $2";
    client.execute(sql, &[&keys.words_ever(&known), &known.id.0]).await?;
    if row.try_get::<_, Option<jiff::Timestamp>>("deleted_at")?.is_none() {
        let sql = "insert into user_words select word, $2::uuid from unnest($1::text[]) word \
             on conflict do nothing";
        client.execute(sql, &[&keys.words(&known), &known.id.0]).await?;
    }
    Ok(())
}

/// They are few: those of the last hour in which any ran out.
async fn run_outs(client: &Client, keys: &DataKeys) -> Result<(), RekeyError> {
    let sql =
        "select route_id, holder_kind, holder_id, phone from run_outs where phone is not null";
    for row in client.query(sql, &[]).await? {
        let (route_id, holder) = (row.try_get::<_, Uuid>("route_id")?, seat::holder(&row)?);
        let stored: String = row.try_get("phone")?;
        let phone = keys.phone_of_run_out(route_id.into(), holder, stored.clone())?;
        let sealed = keys.run_out_phone(route_id.into(), holder, &phone);
        let (kind, holder_id) = seat::columns(holder);
        let sql = "update run_outs set phone = $1 where phone = $2 and route_id = $3 \
             and holder_kind = $4 and holder_id = $5";
        client.execute(sql, &[&sealed, &stored, &route_id, &kind, &holder_id]).await?;
    }
    Ok(())
}
