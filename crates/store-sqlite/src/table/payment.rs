//! `payments` and `payment_shares`: every attempt to take money, before and after its answer, and
//! its share for each ticket.

use domain::{BookingId, Payment, PaymentId, Share, TicketId, UserId};
use jiff::Timestamp;
use rusqlite::{Connection, Params, Row, named_params, params};
use store::{COUNTED_MAX, Page, Paged, PaidShare, UnfinishedPayments};

use super::ticket_views::TicketViews;
use crate::column::{
    bytes, count, id, millis, money, optional_id, optional_time, payment_method, payment_state,
    signed, time,
};
use crate::db::Db;
use crate::fault::{Result, known_people, one_row};
use crate::known_routes::KnownRoutes;

fn payment(row: &Row<'_>) -> rusqlite::Result<Payment> {
    Ok(Payment {
        id: id(row, "id")?,
        booking_id: id(row, "booking_id")?,
        method: payment_method(row, "method")?,
        provider: row.get("provider")?,
        paid_by: optional_id(row, "paid_by_id")?.into(),
        transaction_id: row.get("transaction_id")?,
        decline_code: row.get("decline_code")?,
        created_at: time(row, "created_at")?,
        paid_at: optional_time(row, "paid_at")?,
        shares: Vec::new(),
    })
}

fn share(row: &Row<'_>) -> rusqlite::Result<Share> {
    Ok(Share {
        ticket_id: id(row, "ticket_id")?,
        amount: money(row, "share_amount")?,
        state: payment_state(row, "share_state")?,
        refunded_at: optional_time(row, "refunded_at")?,
    })
}

/// Payments with their shares, oldest first. `$payments`: the rows of `payments` that are meant.
macro_rules! with_shares {
    ($payments:literal) => {
        concat!(
            "SELECT p.id, p.booking_id, p.method, p.provider, p.paid_by_id, p.transaction_id, \
             p.decline_code, p.created_at, p.paid_at, s.ticket_id, s.amount AS share_amount, \
             s.state AS share_state, s.refunded_at FROM (",
            $payments,
            ") p CROSS JOIN payment_shares s ON s.payment_id = p.id \
             ORDER BY p.created_at, p.id, s.ticket_id"
        )
    };
}

fn read(connection: &Connection, sql: &str, values: impl Params) -> Result<Vec<Payment>> {
    let mut payments: Vec<Payment> = Vec::new();
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(values)?;
    while let Some(row) = rows.next()? {
        let id: PaymentId = id(row, "id")?;
        if payments.last().is_none_or(|last| last.id != id) {
            payments.push(payment(row)?);
        }
        if let Some(last) = payments.last_mut() {
            last.shares.push(share(row)?);
        }
    }
    Ok(payments)
}

const INSERT: &str = "INSERT INTO payments (id, booking_id, method, provider, amount, state, \
     paid_by_id, transaction_id, decline_code, created_at, paid_at) \
     VALUES (:id, :booking_id, :method, :provider, :amount, :state, :paid_by_id, \
     :transaction_id, :decline_code, :created_at, :paid_at)";
const INSERT_SHARE: &str = "INSERT INTO payment_shares (payment_id, ticket_id, amount, state, \
     refunded_at, paid_by_id, owner_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, \
     (SELECT user_id FROM tickets WHERE id = ?2))";
const UPDATE: &str = "UPDATE payments SET state = ?, transaction_id = ?, decline_code = ?, \
     paid_at = ? WHERE id = ?";
const UPDATE_SHARE: &str = "UPDATE payment_shares SET state = ?, refunded_at = ? \
     WHERE payment_id = ? AND ticket_id = ?";

pub(crate) fn write(connection: &Connection, row: &store::Row<Payment>) -> Result<()> {
    if row.is_new { insert(connection, &row.value) } else { update(connection, &row.value) }
}

fn insert(connection: &Connection, payment: &Payment) -> Result<()> {
    let inserted = connection.prepare_cached(INSERT)?.execute(named_params! {
        ":id": bytes(payment.id.0),
        ":booking_id": bytes(payment.booking_id.0),
        ":method": payment.method.as_str(),
        ":provider": payment.provider,
        ":amount": payment.amount().get(),
        ":state": payment.state().as_str(),
        ":paid_by_id": payment.paid_by.account().map(|id| bytes(id.0)),
        ":transaction_id": payment.transaction_id,
        ":decline_code": payment.decline_code,
        ":created_at": millis(payment.created_at),
        ":paid_at": payment.paid_at.map(millis),
    });
    known_people(inserted)?;
    for share in &payment.shares {
        connection.prepare_cached(INSERT_SHARE)?.execute(params![
            bytes(payment.id.0),
            bytes(share.ticket_id.0),
            share.amount.get(),
            share.state.as_str(),
            share.refunded_at.map(millis),
            payment.paid_by.account().map(|id| bytes(id.0)),
        ])?;
    }
    Ok(())
}

/// All columns of a payment that can change.
fn update(connection: &Connection, payment: &Payment) -> Result<()> {
    let updated = connection.prepare_cached(UPDATE)?.execute(params![
        payment.state().as_str(),
        payment.transaction_id,
        payment.decline_code,
        payment.paid_at.map(millis),
        bytes(payment.id.0),
    ])?;
    one_row("changing a payment", updated)?;
    for share in &payment.shares {
        let updated = connection.prepare_cached(UPDATE_SHARE)?.execute(params![
            share.state.as_str(),
            share.refunded_at.map(millis),
            bytes(payment.id.0),
            bytes(share.ticket_id.0),
        ])?;
        one_row("changing a ticket's share of a payment", updated)?;
    }
    Ok(())
}

pub(crate) fn of_booking(connection: &Connection, booking_id: BookingId) -> Result<Vec<Payment>> {
    let sql = with_shares!("SELECT * FROM payments WHERE booking_id = ?");
    read(connection, sql, [bytes(booking_id.0)])
}

/// Those with a share for the ticket.
pub(crate) fn of_ticket(connection: &Connection, ticket_id: TicketId) -> Result<Vec<Payment>> {
    let sql = with_shares!(
        "SELECT * FROM payments WHERE booking_id = (SELECT booking_id FROM tickets WHERE id = ?)"
    );
    let mut payments = read(connection, sql, [bytes(ticket_id.0)])?;
    payments.retain(|payment| payment.share(ticket_id).is_some());
    Ok(payments)
}

pub(crate) fn unfinished(
    connection: &Connection,
    after: Option<(Timestamp, PaymentId)>,
    before: Timestamp,
    limit: usize,
) -> Result<Vec<Payment>> {
    // Without a start, every payment comes after it.
    let (after, after_id) = match after {
        Some((time, id)) => (millis(time), bytes(id.0).to_vec()),
        None => (i64::MIN, Vec::new()),
    };
    let sql = with_shares!(
        "SELECT * FROM payments WHERE state IN ('STARTED', 'REFUNDING') AND created_at < ? \
         AND (created_at, id) > (?, ?) ORDER BY created_at, id LIMIT ?"
    );
    read(connection, sql, params![millis(before), after, after_id, limit])
}

/// The oldest of them, up to [`COUNTED_MAX`].
pub(crate) fn unfinished_counts(connection: &Connection) -> Result<UnfinishedPayments> {
    let sql = "SELECT count(CASE WHEN state = 'STARTED' THEN 1 END) AS started, \
               count(CASE WHEN state = 'REFUNDING' THEN 1 END) AS refunding, \
               min(CASE WHEN state = 'STARTED' THEN created_at END) AS oldest_started \
               FROM (SELECT state, created_at FROM payments \
               WHERE state IN ('STARTED', 'REFUNDING') ORDER BY created_at LIMIT ?)";
    let found = connection.prepare_cached(sql)?.query_row([COUNTED_MAX], |row| {
        Ok(UnfinishedPayments {
            started: count(row, "started")?,
            refunding: count(row, "refunding")?,
            oldest_started: optional_time(row, "oldest_started")?,
        })
    })?;
    Ok(found)
}

/// What an account paid, and what others paid for it, as far as `condition` holds; each in the
/// order of ids, which is that of time.
fn of_user(condition: &str) -> String {
    format!(
        "SELECT payment_id, ticket_id FROM payment_shares INDEXED BY payment_shares_by_payer \
         WHERE paid_by_id = ?1 AND state IN ('CAPTURED', 'REFUNDING', 'REFUNDED'){condition} \
         UNION ALL SELECT payment_id, ticket_id FROM payment_shares \
         INDEXED BY payment_shares_by_owner WHERE owner_id = ?1 AND owner_id IS NOT paid_by_id \
         AND state IN ('CAPTURED', 'REFUNDING', 'REFUNDED'){condition}"
    )
}

/// One row for each ticket that was paid for, by newest payment.
pub(crate) fn history(
    connection: &Db,
    known: &KnownRoutes,
    user_id: UserId,
    page: Page,
) -> Result<Paged<PaidShare>> {
    let user = bytes(user_id.0);
    let all = of_user("");
    let shares = connection
        .prepare_cached(&format!(
            "{all} ORDER BY payment_id DESC, ticket_id DESC LIMIT ?2 OFFSET ?3"
        ))?
        .query_map(params![user, signed(page.limit), signed(page.offset)], |row| {
            Ok((id(row, "payment_id")?, id(row, "ticket_id")?))
        })?
        .collect::<rusqlite::Result<Vec<(PaymentId, TicketId)>>>()?;
    // What a far page has skipped is not counted again. Where most is still to be counted, it takes
    // longer to compare it with an entry than to count the few before that, too.
    let last = shares.last().filter(|_| page.offset > COUNTED_MAX / 2);
    let (before, rest) = match last {
        Some(_) => {
            (page.offset + shares.len() as u64, of_user(" AND (payment_id, ticket_id) < (?2, ?3)"))
        }
        None => (0, all),
    };
    let (payment, ticket) =
        last.map(|(payment, ticket)| (bytes(payment.0), bytes(ticket.0))).unzip();
    let left = signed((COUNTED_MAX + 1).saturating_sub(before));
    let counted = connection
        .prepare_cached(&format!(
            "SELECT count(*) AS total FROM (SELECT 1 FROM ({rest}) LIMIT ?4)"
        ))?
        .query_row(params![user, payment, ticket, left], |row| count(row, "total"))?
        + before;
    let mut views = TicketViews::new(connection, known);
    let paid = shares.into_iter().map(|(payment_id, ticket_id)| {
        let (share, paid_at) = connection
            .prepare_cached(
                "SELECT s.ticket_id, s.amount AS share_amount, s.state AS share_state, \
                 s.refunded_at, p.paid_at FROM payment_shares s CROSS JOIN payments p \
                 ON p.id = s.payment_id WHERE s.payment_id = ? AND s.ticket_id = ?",
            )?
            .query_row([bytes(payment_id.0), bytes(ticket_id.0)], |row| {
                Ok((share(row)?, optional_time(row, "paid_at")?))
            })?;
        Ok(PaidShare { share, paid_at, ticket: views.required(ticket_id)? })
    });
    let items = paid.collect::<Result<Vec<_>>>()?;
    Ok(Paged::counted(items, counted))
}
