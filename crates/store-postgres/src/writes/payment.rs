//! `payments` and `payment_shares`.

use domain::{Payment, Share};
use store::Row;

use super::parted::parted;
use crate::batch::{Batch, column};
use crate::column::at;

const INSERT: &str = "INSERT INTO payments (id, booking_id, method, provider, amount, state, \
     paid_by_id, transaction_id, decline_code, created_at, paid_at) \
     SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::text[], \
     $7::uuid[], $8::text[], $9::text[], $10::timestamptz[], $11::timestamptz[])";

/// The ticket's account stands beside its share: its history also shows what others paid.
const INSERT_SHARES: &str = "INSERT INTO payment_shares (payment_id, ticket_id, amount, state, \
     refunded_at, paid_by_id, owner_id) \
     SELECT n.payment_id, n.ticket_id, n.amount, n.state, n.refunded_at, n.paid_by_id, \
     (SELECT user_id FROM tickets WHERE id = n.ticket_id) \
     FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::timestamptz[], $6::uuid[]) \
     AS n (payment_id, ticket_id, amount, state, refunded_at, paid_by_id)";

/// All columns of a payment that can change.
const UPDATE: &str = "WITH changed AS ( \
     UPDATE payments SET state = n.state, transaction_id = n.transaction_id, \
     decline_code = n.decline_code, paid_at = n.paid_at \
     FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[]) \
     AS n (id, state, transaction_id, decline_code, paid_at) WHERE payments.id = n.id RETURNING 1) \
     SELECT expect_rows('payments', count(*), cardinality($1::uuid[])) FROM changed";

const UPDATE_SHARES: &str = "WITH changed AS ( \
     UPDATE payment_shares s SET state = n.state, refunded_at = n.refunded_at \
     FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[]) \
     AS n (payment_id, ticket_id, state, refunded_at) \
     WHERE s.payment_id = n.payment_id AND s.ticket_id = n.ticket_id RETURNING 1) \
     SELECT expect_rows('payment_shares', count(*), cardinality($1::uuid[])) FROM changed";

pub(super) fn write<'a>(batch: &mut Batch<'a>, rows: &'a [Row<Payment>]) {
    let (new, known) = parted(rows);
    if !new.is_empty() {
        insert(batch, &new);
    }
    if !known.is_empty() {
        update(batch, &known);
    }
}

/// Each share with its payment.
fn shares<'a>(payments: &[&'a Payment]) -> Vec<(&'a Payment, &'a Share)> {
    let of = |payment: &&'a Payment| {
        let payment: &'a Payment = payment;
        payment.shares.iter().map(move |share| (payment, share))
    };
    payments.iter().flat_map(of).collect()
}

fn insert<'a>(batch: &mut Batch<'a>, new: &[&'a Payment]) {
    batch.add(
        INSERT,
        vec![
            column(new, |payment| payment.id.0),
            column(new, |payment| payment.booking_id.0),
            column(new, |payment| payment.method.as_str()),
            column(new, |payment| payment.provider.as_str()),
            column(new, |payment| payment.amount().get()),
            column(new, |payment| payment.state().as_str()),
            column(new, |payment| payment.paid_by.account().map(|id| id.0)),
            column(new, |payment| payment.transaction_id.as_deref()),
            column(new, |payment| payment.decline_code.as_deref()),
            column(new, |payment| at(payment.created_at)),
            column(new, |payment| payment.paid_at.map(at)),
        ],
    );
    let shares = shares(new);
    batch.add(
        INSERT_SHARES,
        vec![
            column(&shares, |(payment, _)| payment.id.0),
            column(&shares, |(_, share)| share.ticket_id.0),
            column(&shares, |(_, share)| share.amount.get()),
            column(&shares, |(_, share)| share.state.as_str()),
            column(&shares, |(_, share)| share.refunded_at.map(at)),
            column(&shares, |(payment, _)| payment.paid_by.account().map(|id| id.0)),
        ],
    );
}

fn update<'a>(batch: &mut Batch<'a>, known: &[&'a Payment]) {
    batch.add(
        UPDATE,
        vec![
            column(known, |payment| payment.id.0),
            column(known, |payment| payment.state().as_str()),
            column(known, |payment| payment.transaction_id.as_deref()),
            column(known, |payment| payment.decline_code.as_deref()),
            column(known, |payment| payment.paid_at.map(at)),
        ],
    );
    let shares = shares(known);
    batch.add(
        UPDATE_SHARES,
        vec![
            column(&shares, |(payment, _)| payment.id.0),
            column(&shares, |(_, share)| share.ticket_id.0),
            column(&shares, |(_, share)| share.state.as_str()),
            column(&shares, |(_, share)| share.refunded_at.map(at)),
        ],
    );
}
