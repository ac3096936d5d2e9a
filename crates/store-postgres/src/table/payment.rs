//! `payments` and `payment_shares`, read: every attempt to take money, and its share for each
//! ticket.

use domain::{Payment, PaymentId, Share, TicketId};
use jiff::Timestamp;
use store::{COUNTED_MAX, UnfinishedPayments};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::column::{
    at, at_most, count, get, id, money, optional_id, optional_time, payment_method, payment_state,
    signed, time,
};
use crate::db::Db;
use crate::fault::Result;

fn payment(row: &Row) -> Result<Payment> {
    Ok(Payment {
        id: id(row, "id")?,
        booking_id: id(row, "booking_id")?,
        method: payment_method(row, "method")?,
        provider: get(row, "provider")?,
        paid_by: optional_id(row, "paid_by_id")?.into(),
        transaction_id: get(row, "transaction_id")?,
        decline_code: get(row, "decline_code")?,
        created_at: time(row, "created_at")?,
        paid_at: optional_time(row, "paid_at")?,
        shares: Vec::new(),
    })
}

/// From the columns `ticket_id`, `share_amount`, `share_state` and `refunded_at`.
pub(crate) fn share(row: &Row) -> Result<Share> {
    Ok(Share {
        ticket_id: id(row, "ticket_id")?,
        amount: money(row, "share_amount")?,
        state: payment_state(row, "share_state")?,
        refunded_at: optional_time(row, "refunded_at")?,
    })
}

/// Payments with their shares, oldest first, in the columns that [`with_shares`] reads.
/// `$which`: the rows of `payments` that are meant.
macro_rules! select_payments {
    ($which:literal) => {
        concat!(
            "SELECT p.id, p.booking_id, p.method, p.provider, p.paid_by_id, p.transaction_id, \
             p.decline_code, p.created_at, p.paid_at, s.ticket_id, s.amount AS share_amount, \
             s.state AS share_state, s.refunded_at FROM (\
             SELECT id, booking_id, method, provider, paid_by_id, transaction_id, decline_code, \
             created_at, paid_at FROM payments ",
            $which,
            ") p JOIN payment_shares s ON s.payment_id = p.id \
             ORDER BY p.created_at, p.id, s.ticket_id"
        )
    };
}
pub(crate) use select_payments;

/// From the rows of [`select_payments`], in their order.
pub(crate) fn with_shares(rows: &[Row]) -> Result<Vec<Payment>> {
    let mut payments: Vec<Payment> = Vec::new();
    for row in rows {
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

pub(crate) async fn of_bookings(db: Db<'_>, bookings: &[Uuid]) -> Result<Vec<Payment>> {
    let sql = select_payments!("WHERE booking_id = ANY($1)");
    with_shares(&db.rows(sql, &[&bookings]).await?)
}

/// Those with a share for the ticket.
pub(crate) async fn of_ticket(db: Db<'_>, ticket_id: TicketId) -> Result<Vec<Payment>> {
    let sql = select_payments!("WHERE booking_id = (SELECT booking_id FROM tickets WHERE id = $1)");
    let mut payments = with_shares(&db.rows(sql, &[&ticket_id.0]).await?)?;
    payments.retain(|payment| payment.share(ticket_id).is_some());
    Ok(payments)
}

/// Begun before `before`, or with a refund that is owed; oldest first.
pub(crate) async fn unfinished(
    db: Db<'_>,
    after: Option<(Timestamp, PaymentId)>,
    before: Timestamp,
    limit: usize,
) -> Result<Vec<Payment>> {
    // Every payment comes after the beginning of time.
    let (after, after_id) =
        after.map_or((Timestamp::UNIX_EPOCH, Uuid::nil()), |(time, id)| (at(time), id.0));
    let limit = at_most(limit);
    let sql = select_payments!(
        "WHERE state IN ('STARTED', 'REFUNDING') AND created_at < $1 \
         AND (created_at, id) > ($2, $3) ORDER BY created_at, id LIMIT $4"
    );
    with_shares(&db.rows(sql, &[&at(before), &after, &after_id, &limit]).await?)
}

/// The oldest of them, up to [`COUNTED_MAX`].
pub(crate) async fn unfinished_counts(db: Db<'_>) -> Result<UnfinishedPayments> {
    let sql = "SELECT count(*) FILTER (WHERE state = 'STARTED') AS started, \
               count(*) FILTER (WHERE state = 'REFUNDING') AS refunding, \
               min(created_at) FILTER (WHERE state = 'STARTED') AS oldest_started \
               FROM (SELECT state, created_at FROM payments \
               WHERE state IN ('STARTED', 'REFUNDING') ORDER BY created_at LIMIT $1) AS oldest";
    let row = db.one(sql, &[&signed(COUNTED_MAX)]).await?;
    Ok(UnfinishedPayments {
        started: count(&row, "started")?,
        refunding: count(&row, "refunding")?,
        oldest_started: optional_time(&row, "oldest_started")?,
    })
}
