//! `idempotency_keys`, read.

use domain::PaymentId;
use store::{DataKeys, Fingerprint, KeptAnswer, KeyId, KeyRow, KeyState};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::column::{get, optional_id, read, time};
use crate::db::Db;
use crate::fault::Result;

fn key_row(keys: &DataKeys, row: &Row) -> Result<KeyRow> {
    let id = read(row, "id", |bytes: &[u8]| Some(KeyId(bytes.try_into().ok()?)))?;
    let state = match optional_id(row, "payment_id")? {
        Some(payment_id) => KeyState::Running(payment_id),
        None => KeyState::Answered(KeptAnswer {
            status: read(row, "status", |status: i32| u16::try_from(status).ok())?,
            content: keys.kept_answer(id, get(row, "content")?),
        }),
    };
    Ok(KeyRow {
        id,
        fingerprint: read(row, "fingerprint", |bytes: &[u8]| {
            Some(Fingerprint(bytes.try_into().ok()?))
        })?,
        state,
        created_at: time(row, "created_at")?,
    })
}

/// These keys, and those whose answer comes with the end of one of these payments.
pub(crate) async fn of(db: Db<'_>, ids: &[KeyId], payments: &[PaymentId]) -> Result<Vec<KeyRow>> {
    if ids.is_empty() && payments.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<&[u8]> = ids.iter().map(|id| id.0.as_slice()).collect();
    let payments: Vec<Uuid> = payments.iter().map(|id| id.0).collect();
    let sql = "SELECT id, fingerprint, payment_id, status, content, created_at \
         FROM idempotency_keys WHERE id = ANY($1) UNION ALL \
         SELECT id, fingerprint, payment_id, status, content, created_at \
         FROM idempotency_keys WHERE payment_id = ANY($2) AND NOT id = ANY($1)";
    let rows = db.rows(sql, &[&ids, &payments]).await?;
    rows.iter().map(|row| key_row(db.keys(), row)).collect()
}
