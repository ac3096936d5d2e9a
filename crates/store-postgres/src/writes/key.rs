//! `idempotency_keys`.

use domain::PaymentId;
use store::{DataKeys, KEYS_FORGOTTEN_AT_ONCE_MAX, KeptAnswer, KeyRow, KeyState};

use crate::batch::{Batch, column};
use crate::column::{at, signed};

/// Replaces what stood under the keys.
const WRITE: &str = "INSERT INTO idempotency_keys (id, fingerprint, payment_id, status, content, \
     created_at) \
     SELECT * FROM unnest($1::bytea[], $2::bytea[], $3::uuid[], $4::integer[], $5::bytea[], \
     $6::timestamptz[]) \
     ON CONFLICT (id) DO UPDATE SET fingerprint = excluded.fingerprint, \
     payment_id = excluded.payment_id, status = excluded.status, content = excluded.content, \
     created_at = excluded.created_at";

/// Deletes a few of those that no longer count.
const FORGET: &str = "DELETE FROM idempotency_keys WHERE id = ANY(ARRAY( \
     SELECT id FROM idempotency_keys WHERE created_at < $1 ORDER BY created_at LIMIT $2))";

pub(super) fn write<'a>(batch: &mut Batch<'a>, keys: &DataKeys, rows: &'a [KeyRow]) {
    let Some(newest) = rows.iter().map(|row| row.created_at).max() else { return };
    let rows: Vec<&KeyRow> = rows.iter().collect();
    let payment_id = |row: &KeyRow| -> Option<PaymentId> {
        match row.state {
            KeyState::Running(id) => Some(id),
            KeyState::Answered(_) => None,
        }
    };
    let answer = |row: &'a KeyRow| -> Option<&'a KeptAnswer> {
        match &row.state {
            KeyState::Answered(answer) => Some(answer),
            KeyState::Running(_) => None,
        }
    };
    batch.add(
        WRITE,
        vec![
            column(&rows, |row| row.id.0.to_vec()),
            column(&rows, |row| row.fingerprint.0.to_vec()),
            column(&rows, |row| payment_id(row).map(|id| id.0)),
            column(&rows, |row| answer(row).map(|answer| i32::from(answer.status))),
            column(&rows, |row| {
                answer(row)
                    .map(|answer| keys.kept_answer_column(row.id, &answer.content).into_owned())
            }),
            column(&rows, |row| at(row.created_at)),
        ],
    );
    let forgotten = signed((rows.len() * KEYS_FORGOTTEN_AT_ONCE_MAX) as u64);
    let before = at(KeyRow::forgotten_before(newest));
    batch.add(FORGET, vec![Box::new(before), Box::new(forgotten)]);
}
