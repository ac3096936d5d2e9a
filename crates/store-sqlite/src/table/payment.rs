//! `payments`: every attempt to take money, before and after its answer.

use domain::{Payment, PaymentId, TicketId, UserId};
use jiff::Timestamp;
use rusqlite::{Connection, Row, named_params, params};
use store::{COUNTED_MAX, Page, Paged, TicketView};

use super::blob;
use super::newest::{Range, Statements, newest};
use super::ticket_views::TicketViews;
use crate::column::{bytes, id, millis, money, optional_time, payment_method, payment_state, time};
use crate::fault::{Result, known_people};
use crate::known_routes::KnownRoutes;

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

/// A list of payments that an account is shown.
macro_rules! payments_of {
    ($index:literal, $condition:literal) => {
        Statements {
            newest: concat!(
                "SELECT id FROM payments INDEXED BY ",
                $index,
                " WHERE ",
                $condition,
                " AND state IN ('CAPTURED', 'REFUNDING', 'REFUNDED') AND id < ? \
                 ORDER BY id DESC LIMIT ? OFFSET ?"
            ),
            older: Some(concat!(
                "SELECT count(*) AS total FROM (SELECT 1 FROM payments INDEXED BY ",
                $index,
                " WHERE ",
                $condition,
                " AND state IN ('CAPTURED', 'REFUNDING', 'REFUNDED') AND id < ? LIMIT ?)"
            )),
        }
    };
}

/// What somebody paid, and what others paid for them: two lists without a payment in common.
const OF_ACCOUNT: [Statements; 2] = [
    payments_of!("payments_by_payer", "paid_by_id = ?"),
    payments_of!("payments_by_owner", "owner_id = ? AND owner_id <> paid_by_id"),
];

/// All that an account is shown.
pub(crate) fn of_account(id: UserId) -> [Range; 2] {
    OF_ACCOUNT.map(|statements| Range { statements, key: vec![blob(id.0)] })
}

pub(crate) fn history(
    connection: &Connection,
    known: &KnownRoutes,
    user_id: UserId,
    page: Page,
) -> Result<Paged<(Payment, TicketView)>> {
    let ranges = of_account(user_id);
    let payments = newest(connection, &ranges, page.offset, page.limit, COUNTED_MAX + 1)?;
    let mut views = TicketViews::new(connection, known);
    let items = payments
        .ids
        .into_iter()
        .map(|id| {
            let payment = connection
                .prepare_cached("SELECT * FROM payments WHERE id = ?")?
                .query_row([id], payment)?;
            let view = views.required(payment.ticket_id)?;
            Ok((payment, view))
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(Paged::counted(items, payments.total))
}
