//! `idempotency_keys`.

use domain::PaymentId;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, named_params, params};
use store::{
    DataKeys, Fingerprint, KEYS_FORGOTTEN_AT_ONCE_MAX, KeptAnswer, KeyId, KeyRow, KeyState,
};

use crate::column::{bytes, millis, optional_id, time};
use crate::db::Db;
use crate::fault::Result;

fn key_row(keys: &DataKeys, row: &Row<'_>) -> rusqlite::Result<KeyRow> {
    let id = KeyId(row.get("id")?);
    let state = match optional_id(row, "payment_id")? {
        Some(payment_id) => KeyState::Running(payment_id),
        None => KeyState::Answered(KeptAnswer {
            status: row.get("status")?,
            content: keys.kept_answer(id, row.get("content")?),
        }),
    };
    Ok(KeyRow {
        id,
        fingerprint: Fingerprint(row.get("fingerprint")?),
        state,
        created_at: time(row, "created_at")?,
    })
}

pub(crate) fn by_id(db: &Db, id: KeyId) -> Result<Option<KeyRow>> {
    let found = db
        .prepare_cached("SELECT * FROM idempotency_keys WHERE id = ?")?
        .query_row([&id.0[..]], |row| key_row(db.keys(), row))
        .optional()?;
    Ok(found)
}

/// The key whose answer comes with the end of this payment.
pub(crate) fn of_payment(db: &Db, id: PaymentId) -> Result<Option<KeyRow>> {
    let found = db
        .prepare_cached("SELECT * FROM idempotency_keys WHERE payment_id = ?")?
        .query_row([bytes(id.0)], |row| key_row(db.keys(), row))
        .optional()?;
    Ok(found)
}

/// Replaces what stood under the key.
pub(crate) fn write(db: &Db, row: &KeyRow) -> Result<()> {
    let (payment_id, answer) = match &row.state {
        KeyState::Running(payment_id) => (Some(bytes(payment_id.0)), None),
        KeyState::Answered(answer) => (None, Some(answer)),
    };
    db.prepare_cached(
        "INSERT INTO idempotency_keys (id, fingerprint, payment_id, status, content, \
             created_at) VALUES (:id, :fingerprint, :payment_id, :status, :content, :created_at) \
             ON CONFLICT (id) DO UPDATE SET fingerprint = excluded.fingerprint, \
             payment_id = excluded.payment_id, status = excluded.status, \
             content = excluded.content, created_at = excluded.created_at",
    )?
    .execute(named_params! {
        ":id": &row.id.0[..],
        ":fingerprint": &row.fingerprint.0[..],
        ":payment_id": payment_id,
        ":status": answer.map(|answer| answer.status),
        ":content": answer.map(|answer| db.keys().kept_answer_column(row.id, &answer.content)),
        ":created_at": millis(row.created_at),
    })?;
    forget(db, KeyRow::forgotten_before(row.created_at))
}

/// Deletes a few of those that no longer count.
fn forget(connection: &Connection, before: Timestamp) -> Result<()> {
    connection
        .prepare_cached(
            "DELETE FROM idempotency_keys WHERE rowid IN (SELECT rowid FROM idempotency_keys \
             WHERE created_at < ? ORDER BY created_at LIMIT ?)",
        )?
        .execute(params![millis(before), KEYS_FORGOTTEN_AT_ONCE_MAX])?;
    Ok(())
}
