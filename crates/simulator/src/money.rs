//! Whether the money adds up: our payments against the tickets, and both against the bank's books.

use std::collections::BTreeMap;

use domain::{PaymentId, PaymentState, PaymentStatus, TicketId, TicketStatus};
use uuid::Uuid;

use crate::bank::{BANK, Entry};
use crate::books::Books;
use crate::fault::{Checked, Fault, ensure};
use crate::rows::{PaymentRow, TicketRow};

/// At every moment: kept money belongs to exactly one paid ticket, nothing is given back twice or
/// without having been taken, and captured = paid + refunded + refunding.
pub(crate) fn check(books: &Books, bank: &BTreeMap<PaymentId, Entry>) -> Checked {
    let mut of_ticket: BTreeMap<u128, Vec<&PaymentRow>> = BTreeMap::new();
    for payment in &books.payments {
        of_ticket.entry(payment.ticket).or_default().push(payment);
    }
    let none = Vec::new();
    for (id, ticket) in &books.tickets {
        let payments = of_ticket.get(id).unwrap_or(&none);
        check_ticket(ticket, payments)
            .map_err(|fault| Fault(format!("ticket {id:032x}: {fault}: {payments:?}")))?;
    }
    for payment in books.payments.iter().filter(|payment| payment.provider == BANK) {
        let entry = bank.get(&PaymentId(Uuid::from_u128(payment.id)));
        check_with_bank(payment, entry)
            .map_err(|fault| Fault(format!("{payment:?}: {fault}, says the bank: {entry:?}")))?;
    }
    check_payments(books, bank)?;
    let captured: i64 = bank.values().filter(|entry| entry.is_captured).map(|e| e.amount).sum();
    let mut known = 0;
    for payment in books.payments.iter().filter(|payment| payment.provider == BANK) {
        let entry = bank.get(&PaymentId(Uuid::from_u128(payment.id)));
        let is_ours = match payment.state {
            PaymentState::Captured | PaymentState::Refunding | PaymentState::Refunded => true,
            // Taken, but the answer is still on its way to us.
            PaymentState::Started => entry.is_some_and(|entry| entry.is_captured),
            PaymentState::Declined => false,
        };
        known += if is_ours { payment.amount } else { 0 };
    }
    ensure(captured == known, || format!("the bank has taken {captured}, we know of {known}"))
}

/// At the end: no charge without an answer, no refund that is owed.
pub(crate) fn check_settled(books: &Books) -> Checked {
    match books.payments.iter().find(|payment| is_unfinished(payment)) {
        Some(payment) => Err(Fault(format!("never finished: {payment:?}"))),
        None => Ok(()),
    }
}

pub(crate) fn is_unfinished(payment: &PaymentRow) -> bool {
    matches!(payment.state, PaymentState::Started | PaymentState::Refunding)
}

/// A payment is for tickets of one booking, by one payer, and the bank was asked for all of its
/// shares together.
fn check_payments(books: &Books, bank: &BTreeMap<PaymentId, Entry>) -> Checked {
    let mut of_payment: BTreeMap<u128, Vec<&PaymentRow>> = BTreeMap::new();
    for share in &books.payments {
        of_payment.entry(share.id).or_default().push(share);
    }
    for (id, shares) in of_payment {
        let (first, sum) = (shares[0], shares.iter().map(|share| share.amount).sum::<i64>());
        let is_of_it = |share: &&PaymentRow| {
            let ticket = books.tickets.get(&share.ticket);
            (share.booking, share.payer) == (first.booking, first.payer)
                && ticket.is_some_and(|ticket| ticket.booking == first.booking)
        };
        ensure(shares.iter().all(is_of_it), || format!("a payment of several: {shares:?}"))?;
        let entry = bank.get(&PaymentId(Uuid::from_u128(id)));
        ensure(entry.is_none_or(|entry| entry.amount == sum), || {
            format!("its shares {shares:?} are not what was taken: {entry:?}")
        })?;
    }
    Ok(())
}

fn check_ticket(ticket: &TicketRow, payments: &[&PaymentRow]) -> Checked {
    let count = |state| payments.iter().filter(|payment| payment.state == state).count();
    let kept = count(PaymentState::Captured);
    let given_back = count(PaymentState::Refunding) + count(PaymentState::Refunded);
    let wanted = usize::from(ticket.payment_status == PaymentStatus::Paid);
    ensure(kept == wanted, || format!("{kept} payments are kept of a {:?} one", ticket))?;
    if ticket.payment_status == PaymentStatus::Refunded {
        ensure(given_back > 0, || "refunded, and nothing went back".to_owned())?;
    }
    if ticket.status == TicketStatus::Confirmed {
        ensure(ticket.payment_status == PaymentStatus::Paid, || "unpaid".to_owned())?;
    }
    ensure(count(PaymentState::Started) <= 1, || "two charges at once".to_owned())?;
    let right = payments.iter().all(|payment| payment.amount == ticket.price);
    ensure(right, || format!("not the price, {}", ticket.price))
}

fn check_with_bank(payment: &PaymentRow, entry: Option<&Entry>) -> Checked {
    let captured = entry.is_some_and(|entry| entry.is_captured);
    let ticket = TicketId(Uuid::from_u128(payment.ticket));
    let refund = entry.and_then(|entry| entry.refunds.get(&ticket)).copied();
    let is_whole = || refund.is_none_or(|amount| amount == payment.amount);
    let right = match payment.state {
        PaymentState::Started => refund.is_none(),
        PaymentState::Declined => !captured && refund.is_none(),
        PaymentState::Captured => captured && refund.is_none(),
        // The bank may have done it already, without our knowledge.
        PaymentState::Refunding => captured && is_whole(),
        PaymentState::Refunded => captured && refund.is_some() && is_whole(),
    };
    ensure(right, || "they differ".to_owned())
}
