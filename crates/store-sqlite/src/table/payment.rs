//! `payments`: every attempt to take money, before and after its answer.

use domain::{Payment, PaymentId, TicketId, UserId};
use jiff::Timestamp;
use rusqlite::{Connection, Row, named_params, params};
use store::{COUNTED_MAX, Page, Paged, TicketView};

use super::ticket;
use crate::column::{
    bytes, count, id, millis, money, optional_time, payment_method, payment_state, signed, time,
};
use crate::fault::{Result, known_people};

fn payment(row: &Row<'_>) -> rusqlite::Result<Payment> {
    Ok(Payment {
        id: id(row, "id")?,
        ticket_id: id(row, "ticket_id")?,
        method: payment_method(row, "method")?,
        provider: row.get("provider")?,
        amount: money(row, "amount")?,
        state: payment_state(row, "state")?,
        paid_by_id: id(row, "paid_by_id")?,
        transaction_id: row.get("transaction_id")?,
        decline_code: row.get("decline_code")?,
        created_at: time(row, "created_at")?,
        paid_at: optional_time(row, "paid_at")?,
        refunded_at: optional_time(row, "refunded_at")?,
    })
}

const INSERT: &str = "INSERT INTO payments (id, ticket_id, method, provider, amount, state, \
     paid_by_id, owner_id, transaction_id, decline_code, created_at, paid_at, refunded_at) \
     VALUES (:id, :ticket_id, :method, :provider, :amount, :state, :paid_by_id, \
     (SELECT user_id FROM tickets WHERE id = :ticket_id), :transaction_id, :decline_code, \
     :created_at, :paid_at, :refunded_at)";
const UPDATE: &str = "UPDATE payments SET ticket_id = :ticket_id, method = :method, \
     provider = :provider, amount = :amount, state = :state, paid_by_id = :paid_by_id, \
     transaction_id = :transaction_id, decline_code = :decline_code, created_at = :created_at, \
     paid_at = :paid_at, refunded_at = :refunded_at WHERE id = :id";

pub(crate) fn write(connection: &Connection, row: &store::Row<Payment>) -> Result<()> {
    let (sql, payment) = (if row.is_new { INSERT } else { UPDATE }, &row.value);
    let written = connection.prepare_cached(sql)?.execute(named_params! {
        ":id": bytes(payment.id.0),
        ":ticket_id": bytes(payment.ticket_id.0),
        ":method": payment.method.as_str(),
        ":provider": payment.provider,
        ":amount": payment.amount.get(),
        ":state": payment.state.as_str(),
        ":paid_by_id": bytes(payment.paid_by_id.0),
        ":transaction_id": payment.transaction_id,
        ":decline_code": payment.decline_code,
        ":created_at": millis(payment.created_at),
        ":paid_at": payment.paid_at.map(millis),
        ":refunded_at": payment.refunded_at.map(millis),
    });
    known_people(written)
}

pub(crate) fn of_ticket(connection: &Connection, ticket_id: TicketId) -> Result<Vec<Payment>> {
    let payments = connection
        .prepare_cached("SELECT * FROM payments WHERE ticket_id = ? ORDER BY created_at, id")?
        .query_map([bytes(ticket_id.0)], payment)?
        .collect::<rusqlite::Result<_>>()?;
    Ok(payments)
}

pub(crate) fn unfinished(
    connection: &Connection,
    after: Option<(Timestamp, PaymentId)>,
    before: Timestamp,
    limit: usize,
) -> Result<Vec<Payment>> {
    // Every payment comes after no time and no id.
    let (after, after_id) = match after {
        Some((time, id)) => (millis(time), bytes(id.0).to_vec()),
        None => (i64::MIN, Vec::new()),
    };
    let payments = connection
        .prepare_cached(
            "SELECT * FROM payments WHERE state IN ('STARTED', 'REFUNDING') AND created_at < ? \
             AND (created_at, id) > (?, ?) ORDER BY created_at, id LIMIT ?",
        )?
        .query_map(params![millis(before), after, after_id, limit], payment)?
        .collect::<rusqlite::Result<_>>()?;
    Ok(payments)
}

/// What somebody paid, and what others paid for them; each in the order of ids, which is that of time.
const OF_USER: &str = "SELECT id FROM payments INDEXED BY payments_by_payer WHERE paid_by_id = ?1 \
     AND state IN ('CAPTURED', 'REFUNDING', 'REFUNDED') \
     UNION ALL SELECT id FROM payments INDEXED BY payments_by_owner WHERE owner_id = ?1 \
     AND owner_id <> paid_by_id AND state IN ('CAPTURED', 'REFUNDING', 'REFUNDED')";

pub(crate) fn history(
    connection: &Connection,
    user_id: UserId,
    page: Page,
) -> Result<Paged<(Payment, TicketView)>> {
    let user = bytes(user_id.0);
    let counted = connection
        .prepare_cached(&format!(
            "SELECT count(*) AS total FROM (SELECT 1 FROM ({OF_USER}) LIMIT ?2)"
        ))?
        .query_row(params![user, signed(COUNTED_MAX + 1)], |row| count(row, "total"))?;
    let payments = connection
        .prepare_cached(&format!("{OF_USER} ORDER BY id DESC LIMIT ?2 OFFSET ?3"))?
        .query_map(params![user, signed(page.limit), signed(page.offset)], |row| id(row, "id"))?
        .collect::<rusqlite::Result<Vec<PaymentId>>>()?;
    let mut views = ticket::Views::new(connection);
    let items = payments
        .into_iter()
        .map(|id| {
            let payment = connection
                .prepare_cached("SELECT * FROM payments WHERE id = ?")?
                .query_row([bytes(id.0)], payment)?;
            let view = views.required(payment.ticket_id)?;
            Ok((payment, view))
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(Paged::counted(items, counted))
}
